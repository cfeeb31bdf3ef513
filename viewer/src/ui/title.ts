/** The page's language and title follow the language of the state. */
import { translate } from "../i18n";
import type { AppState } from "../state/appState";
import type { Dispose, Store } from "../state/store";

export function followLanguage(store: Store<AppState>, page: Document): Dispose {
  const apply = (lang: "zh" | "en") => {
    page.documentElement.lang = lang === "zh" ? "zh-CN" : "en";
    page.title = translate(lang, "app.title");
  };
  apply(store.get().lang);
  return store.watch((state) => state.lang, apply);
}
