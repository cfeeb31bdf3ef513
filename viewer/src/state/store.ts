/** A value that can be watched. Framework-free: panels and the scene subscribe in the same way. */
export type Dispose = () => void;

export interface Store<S extends object> {
  get(): S;
  set(patch: Partial<S>): void;
  /** Calls `listener` whenever the selected part changes (by identity); returns its removal. */
  watch<T>(select: (state: S) => T, listener: (value: T, before: T) => void): Dispose;
}

export function createStore<S extends object>(initial: S): Store<S> {
  let state = initial;
  const listeners = new Set<() => void>();
  return {
    get: () => state,
    set(patch) {
      state = { ...state, ...patch };
      for (const listener of [...listeners]) listener();
    },
    watch(select, listener) {
      let before = select(state);
      const check = () => {
        const value = select(state);
        if (Object.is(value, before)) return;
        const old = before;
        before = value;
        listener(value, old);
      };
      listeners.add(check);
      return () => listeners.delete(check);
    },
  };
}
