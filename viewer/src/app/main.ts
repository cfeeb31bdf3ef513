/** Start of the page: panels first, then data, then the scene. */
import { createApp } from "vue";
import { qualityFor } from "../domain/quality";
import { createApi } from "../state/api";
import type { Catalog } from "../state/appState";
import { applyLink, followLink, readLink } from "../state/link";
import { followPreferences } from "../state/preferences";
import { createSession } from "../state/session";
import App from "../ui/App.vue";
import { SESSION } from "../ui/session";
import { followState } from "../ui/title";
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
followPreferences(store, () => window.localStorage);
applyLink(store, link);

followState(store, document);

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
  if (link.scenario) void session.openScenario(link.scenario, link.view);
  const renderer = rendererName();
  if (renderer === null) {
    store.set({ sceneProblem: "state.nowebgl" });
    return;
  }
  if (!link.quality) store.set({ quality: qualityFor(renderer) });
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

/** What draws here, or null where nothing can. */
function rendererName(): string | null {
  const gl = document.createElement("canvas").getContext("webgl2");
  if (!gl) return null;
  const info = gl.getExtension("WEBGL_debug_renderer_info");
  const name = info ? String(gl.getParameter(info.UNMASKED_RENDERER_WEBGL)) : "";
  gl.getExtension("WEBGL_lose_context")?.loseContext();
  return name;
}

createApp(App).provide(SESSION, session).mount("#app");
void session.load();
