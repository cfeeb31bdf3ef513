/** What a scenario would build and no tile shows: prisms from its footprints and heights. */
import { ACCENT, PLAIN_WALL, VERDICT_PAINTS } from "../domain/colors";
import type { Engine } from "../engine/createEngine";
import type { Dispose } from "../engine/lifetime";
import { addPrisms, type Prism } from "../engine/prisms";
import type { AppState } from "../state/appState";
import type { Session } from "../state/session";

export function mountProposals(engine: Engine, session: Session): Dispose {
  const { store } = session;
  let shown: Dispose = () => undefined;
  const draw = () => {
    shown();
    shown = addPrisms(engine, prismsOf(store.get()));
  };
  const parts = [
    (state: AppState) => state.view,
    (state: AppState) => state.scenario.value,
    (state: AppState) => state.color,
  ];
  const unwatch = parts.map((part) => store.watch<unknown>(part, draw));
  draw();
  return () => {
    for (const end of unwatch) end();
    shown();
  };
}

function prismsOf({ view, scenario, color }: AppState): Prism[] {
  if (view === "existing" || !scenario.value) return [];
  return scenario.value.shapes.flatMap(({ geometry, properties: p }): Prism[] => {
    const bottom_m = p.position_deg?.[2];
    if (!p.drawn || !geometry || bottom_m === undefined || p.height_m === null) return [];
    const facade = p.attributes?.facade_main_color;
    const own = color === "facade" && typeof facade === "string" ? facade : PLAIN_WALL;
    const painted = color === "verdict" && p.verdict_after ? VERDICT_PAINTS[p.verdict_after] : own;
    return [{ geometry, bottom_m, top_m: bottom_m + p.height_m, color: painted, edge: ACCENT }];
  });
}
