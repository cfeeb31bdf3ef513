/** What panels use: the session, watched state, and words in the language of the page. */
import { computed, type InjectionKey, inject, onScopeDispose, type ShallowRef, shallowRef } from "vue";
import { attributeText, codeWords, inWords } from "../domain/labels";
import type { Bilingual, Code, Verdict } from "../domain/types";
import { isKey, type Key, pick, translate } from "../i18n";
import type { AppState } from "../state/appState";
import type { Session } from "../state/session";

export const SESSION: InjectionKey<Session> = Symbol("session");

export function useSession(): Session {
  const session = inject(SESSION);
  if (!session) throw new Error("no session provided");
  return session;
}

/** A part of the state as a ref. */
export function useState<T>(select: (state: AppState) => T): Readonly<ShallowRef<T>> {
  const { store } = useSession();
  const value = shallowRef(select(store.get()));
  onScopeDispose(
    store.watch(select, (next) => {
      value.value = next;
    }),
  );
  return value;
}

export function useWords() {
  const lang = useState((state) => state.lang);
  const vocabulary = useState((state) => state.catalog.value?.vocabulary ?? null);
  const t = (key: Key, parameters?: Record<string, string | number>) => translate(lang.value, key, parameters);
  const label = (codes: Code[] | undefined, value: string | null | undefined) => {
    const code = codes?.find((candidate) => candidate.value === value);
    return code ? pick(lang.value, code) : (value ?? "");
  };
  return {
    lang,
    t,
    /** a key built from data; the fallback where the dictionary has no such word */
    tOr: (key: string, fallback: string) => (isKey(key) ? t(key) : fallback),
    name: (value: Bilingual | string | null | undefined) => pick(lang.value, value),
    verdictName: (verdict: Verdict) => t(`verdict.${verdict}`),
    kindName: (kind: string) => label(vocabulary.value?.control_kinds, kind),
    natureName: (nature: string) => label(vocabulary.value?.natures, nature),
    stageName: (stage: string) => label(vocabulary.value?.stages, stage),
    batchName: (batch: string) => label(vocabulary.value?.batches, batch),
    typeName: (type: string) => label(vocabulary.value?.project_types, type),
    actionName: (action: string | null | undefined) => label(vocabulary.value?.actions, action),
    evidenceName: (kind: string) => label(vocabulary.value?.evidence_kinds, kind),
    reasonName: (reason: string) => label(vocabulary.value?.flip_reasons, reason),
    changeName: (kind: string) => label(vocabulary.value?.change_kinds, kind),
    vocabulary: computed(() => vocabulary.value),
    /** name, value and unit of a column of a building */
    attribute: (column: string, value: unknown) => {
      const found = vocabulary.value?.attributes.find((candidate) => candidate.name === column);
      const said = (words: Bilingual) => pick(lang.value, words);
      return {
        label: found ? said(found) : column,
        text: attributeText(found, value, said),
        unit: found?.unit ?? "",
        color: typeof value === "string" && /^#[0-9a-f]{6}$/i.test(value) ? value : null,
      };
    },
    /** a limit or a source, its codes and columns in words */
    told: (text: string | null | undefined) => {
      const said = (words: Bilingual) => pick(lang.value, words);
      return text ? inWords(text, codeWords(vocabulary.value, said), said) : "";
    },
    codeLabels: computed(() => codeWords(vocabulary.value, (words) => pick(lang.value, words))),
  };
}

/** Arrow keys move between the buttons of a list. */
export function moveFocus(event: KeyboardEvent): void {
  const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
  const list = event.currentTarget;
  if (step === 0 || !(list instanceof HTMLElement)) return;
  const items = [...list.querySelectorAll<HTMLElement>("[data-item]")];
  const next = items[items.indexOf(document.activeElement as HTMLElement) + step];
  if (!next) return;
  event.preventDefault();
  next.focus();
}
