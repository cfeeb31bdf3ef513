/** Street names along their centrelines, repeated so that one is in sight wherever the camera stands. */
import { Cartesian3 } from "@cesium/engine";
import { lineLength, linePositions, pointAlong } from "../domain/geo";
import type { LonLat, Street } from "../domain/types";
import type { Engine } from "../engine/createEngine";
import { sampleGround } from "../engine/ground";
import type { Dispose } from "../engine/lifetime";
import { addLineLabels, type LineLabel } from "../engine/lineLabels";
import { pick } from "../i18n";
import type { Catalog } from "../state/appState";
import type { Session } from "../state/session";

const SPACING_M = 260;
const AHEAD_M = 40;
const RANGE_M: Record<string, number> = { trunk: 4200, main: 3200, branch: 1500, lane: 700 };

export async function mountStreetNames(engine: Engine, session: Session, catalog: Catalog): Promise<Dispose> {
  const { store } = session;
  const anchors = catalog.streets.flatMap(anchorsOf);
  const heights = await sampleGround(
    engine,
    anchors.flatMap(({ at, ahead }) => [at, ahead]),
  );
  let shown: Dispose = () => undefined;
  const draw = () => {
    shown();
    const { hidden, lang, street: chosen } = store.get();
    if (hidden.has("names")) {
      shown = () => undefined;
      return;
    }
    const labels = anchors.map(({ street, at, ahead }, i): LineLabel => {
      const place = (p: LonLat, h: number) => Cartesian3.fromDegrees(p[0], p[1], h + 1.5);
      return {
        text: pick(lang, street.name),
        position: place(at, heights[i * 2] ?? 0),
        ahead: place(ahead, heights[i * 2 + 1] ?? 0),
        range_m: RANGE_M[street.class] ?? 1500,
        weight: (street.id === chosen ? 1000 : 0) + (street.width_m ?? 0),
      };
    });
    shown = addLineLabels(engine, labels);
  };
  draw();
  const unwatch = store.watch((state) => `${state.hidden.has("names")}|${state.lang}|${state.street}`, draw);
  return () => {
    unwatch();
    shown();
  };
}

function anchorsOf(street: Street): { street: Street; at: LonLat; ahead: LonLat }[] {
  const line = linePositions(street.centerline);
  const length_m = lineLength(line);
  if (length_m < AHEAD_M * 2) return [];
  const count = Math.max(1, Math.floor(length_m / SPACING_M));
  return Array.from({ length: count }, (_, i) => {
    const chainage_m = ((i + 0.5) * length_m) / count - AHEAD_M / 2;
    return { street, at: pointAlong(line, chainage_m), ahead: pointAlong(line, chainage_m + AHEAD_M) };
  });
}
