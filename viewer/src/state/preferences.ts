/** What a person keeps from visit to visit in this browser: the theme, and the name they work under. */
import { type AppState, THEMES } from "./appState";
import type { Dispose, Store } from "./store";

const KEY = "xiushui-cim";

/** Takes what was kept into the state, and keeps what changes. A browser that refuses storage keeps nothing. */
export function followPreferences(store: Store<AppState>, storage: () => Storage): Dispose {
  try {
    const kept: unknown = JSON.parse(storage().getItem(KEY) ?? "{}");
    const { theme, actor } = kept as { theme?: unknown; actor?: unknown };
    const known = THEMES.find((one) => one === theme);
    store.set({ ...(known && { theme: known }), ...(typeof actor === "string" && { actor }) });
  } catch {
    /* kept by another version, or refused: as at the first visit */
  }
  return store.watch(
    ({ theme, actor }) => JSON.stringify({ theme, actor }),
    (text) => {
      try {
        storage().setItem(KEY, text);
      } catch {
        /* refused */
      }
    },
  );
}
