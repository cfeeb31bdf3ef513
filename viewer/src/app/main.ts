/** Start of the page: panels first, then data, then the scene. */
import { createApp } from "vue";
import { createApi } from "../state/api";
import type { Catalog } from "../state/appState";
import { applyLink, followLink, readLink } from "../state/link";
import { createSession } from "../state/session";
import App from "../ui/App.vue";
import { SESSION } from "../ui/session";
import "../ui/base.css";

declare global {
  interface Window {
    xiushui?: Record<string, unknown>;
  }
}

const session = createSession(createApi(document.baseURI.replace(/[#?].*$/, "")));
const { store } = session;
const link = readLink(window.location);
const sceneModule = import("./scene");
applyLink(store, link);

const setPageLanguage = (lang: "zh" | "en") => {
  document.documentElement.lang = lang === "zh" ? "zh-CN" : "en";
};
setPageLanguage(store.get().lang);
store.watch((state) => state.lang, setPageLanguage);

let mounted = false;
store.watch(
  (state) => state.catalog.value,
  (catalog) => {
    if (!catalog || mounted) return;
    mounted = true;
    void mount(catalog);
  },
);

async function mount(catalog: Catalog): Promise<void> {
  const container = document.getElementById("scene");
  if (!container) return;
  followLink(store, window.history);
  const selecting = link.select ? session.select(link.select) : null;
  if (!document.createElement("canvas").getContext("webgl2")) {
    store.set({ sceneProblem: "state.nowebgl" });
    return;
  }
  try {
    const { mountScene, testHandle } = await sceneModule;
    const handle = await mountScene(container, session, catalog);
    window.xiushui = testHandle(session, handle);
    await selecting;
    const position_deg = store.get().subject.value?.building?.position_deg;
    if (position_deg) session.wish({ kind: "place", position_deg, range_m: 220 });
  } catch (error) {
    console.error(error);
    store.set({ sceneProblem: "state.rendererror" });
  }
}

createApp(App).provide(SESSION, session).mount("#app");
void session.load();
