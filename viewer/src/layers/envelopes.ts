/** Height-limit envelopes: what may be built, as a pale volume from the ground to the limit. */

import { limitColors } from "../domain/styles";
import type { Engine } from "../engine/createEngine";
import type { Dispose } from "../engine/lifetime";
import { addVolumes, type Volume } from "../engine/volumes";
import type { Catalog } from "../state/appState";
import type { Session } from "../state/session";

const FILL_ALPHA = 0.16;

export function mountEnvelopes(engine: Engine, session: Session, catalog: Catalog): Dispose {
  const { store } = session;
  const limits = catalog.controls.zones.features.map(({ properties }) => properties.height_limit_m);
  const colors = limitColors(limits.filter((limit) => limit !== null));
  const volumes = catalog.controls.zones.features.flatMap(({ geometry, properties }): Volume[] => {
    const { id, height_limit_m, ground_m } = properties;
    if (!geometry || height_limit_m === null || height_limit_m === undefined) return [];
    const bottom_m = ground_m ?? 0;
    return [
      {
        id,
        geometry,
        bottom_m,
        top_m: bottom_m + height_limit_m,
        color: colors.get(height_limit_m) ?? "#2f878c",
        alpha: FILL_ALPHA,
      },
    ];
  });
  let shown: Dispose = () => undefined;
  const draw = () => {
    shown();
    shown = store.get().hidden.has("envelopes") ? () => undefined : addVolumes(engine, volumes);
  };
  draw();
  const unwatch = store.watch((state) => state.hidden.has("envelopes"), draw);
  return () => {
    unwatch();
    shown();
  };
}
