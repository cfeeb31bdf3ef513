/** The town's terrain, switched on and off with its layer. */
import type { Engine } from "../engine/createEngine";
import { setTerrain } from "../engine/ground";
import type { Dispose } from "../engine/lifetime";
import type { Catalog } from "../state/appState";
import type { Session } from "../state/session";

export async function mountTerrain(engine: Engine, session: Session, catalog: Catalog): Promise<Dispose> {
  const { store, api } = session;
  const path = catalog.town.terrain?.url;
  if (!path) return () => undefined;
  const apply = () => setTerrain(engine, store.get().hidden.has("terrain") ? null : api.url(path));
  await apply().catch(() => undefined);
  return store.watch(
    (state) => state.hidden.has("terrain"),
    () => void apply().catch(() => undefined),
  );
}
