/** The ground the town stands on: its terrain, or a level plane at the foot of its lowest building. */
import type { Engine } from "../engine/createEngine";
import { setFlatGround, setTerrain } from "../engine/ground";
import type { Dispose } from "../engine/lifetime";
import type { Catalog } from "../state/appState";
import type { Session } from "../state/session";

export async function mountTerrain(engine: Engine, session: Session, catalog: Catalog): Promise<Dispose> {
  const { store, api } = session;
  const path = catalog.town.terrain?.url;
  const apply = async () => {
    const wanted = path && !store.get().hidden.has("terrain");
    if (wanted) await setTerrain(engine, api.url(path)).catch(() => flatten(engine, session, catalog));
    else await flatten(engine, session, catalog);
  };
  await apply();
  return store.watch(
    (state) => state.hidden.has("terrain"),
    () => void apply(),
  );
}

async function flatten(engine: Engine, { api }: Session, catalog: Catalog): Promise<void> {
  const urls = catalog.datasets.flatMap(({ tileset_url }) => (tileset_url ? [tileset_url] : []));
  const lows = await Promise.all(urls.map((url) => api.lowestHeight(url).catch(() => null)));
  const known = lows.filter((low) => low !== null);
  setFlatGround(engine, known.length > 0 ? Math.min(...known) : 0);
}
