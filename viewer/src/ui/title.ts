/** The page's language, title and theme follow the state. */
import { translate } from "../i18n";
import type { AppState } from "../state/appState";
import type { Dispose, Store } from "../state/store";

export function followState(store: Store<AppState>, page: Document): Dispose {
  const apply = (lang: "zh" | "en") => {
    page.documentElement.lang = lang === "zh" ? "zh-CN" : "en";
    page.title = translate(lang, "app.title");
  };
  const paint = (theme: string) => {
    page.documentElement.dataset.theme = theme;
  };
  apply(store.get().lang);
  paint(store.get().theme);
  const unwatch = [store.watch((state) => state.lang, apply), store.watch((state) => state.theme, paint)];
  return () => {
    for (const end of unwatch) end();
  };
}
