/** Asking the server from a panel: the latest question counts, and every failure is a sentence. */
import { type Ref, ref, type ShallowRef, shallowRef, watch } from "vue";
import { type Problem, toProblem } from "../domain/problem";

export interface Asked<T> {
  value: Readonly<ShallowRef<T | null>>;
  problem: Readonly<ShallowRef<Problem | null>>;
  loading: Readonly<Ref<boolean>>;
  again: () => Promise<void>;
}

/** Asks whenever `about` changes; an answer to an earlier question is ignored. Null from `ask` asks nothing. */
export function useAnswer<T>(about: () => unknown, ask: () => Promise<T> | null): Asked<T> {
  const value = shallowRef<T | null>(null);
  const problem = shallowRef<Problem | null>(null);
  const loading = ref(false);
  let turn = 0;
  async function again(): Promise<void> {
    const mine = ++turn;
    const asked = ask();
    problem.value = null;
    loading.value = asked !== null;
    try {
      const answer = await asked;
      if (mine === turn) value.value = answer;
    } catch (error) {
      if (mine === turn) {
        value.value = null;
        problem.value = toProblem(error);
      }
    }
    if (mine === turn) loading.value = false;
  }
  watch(about, again, { immediate: true });
  return { value, problem, loading, again };
}

/** Something a person sends; while it is under way it cannot be sent again. */
export function useSending() {
  const busy = ref(false);
  const problem = shallowRef<Problem | null>(null);
  /** True when it was done. */
  async function send(work: () => Promise<unknown>): Promise<boolean> {
    if (busy.value) return false;
    busy.value = true;
    problem.value = null;
    try {
      await work();
      return true;
    } catch (error) {
      problem.value = toProblem(error);
      return false;
    } finally {
      busy.value = false;
    }
  }
  return { busy, problem, send };
}
