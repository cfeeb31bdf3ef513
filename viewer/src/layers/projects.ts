/** Renewal project boundaries over ground and buildings, one blue from first to last stage. */
import type { Engine } from "../engine/createEngine";
import { drapeShapes } from "../engine/drape";
import type { Dispose } from "../engine/lifetime";
import { ACCENT } from "../domain/colors";
import { stageColor } from "../domain/styles";
import type { Catalog } from "../state/appState";
import type { Session } from "../state/session";

export function mountProjects(engine: Engine, session: Session, catalog: Catalog): Dispose {
  const { store } = session;
  const stages = Math.max(catalog.vocabulary.stages.length, 1);
  let shown: Dispose = () => undefined;
  const draw = () => {
    shown();
    const { hidden, selection } = store.get();
    const chosen = selection?.kind === "project" ? selection.id : null;
    const visible = catalog.projects.filter(({ properties }) => !hidden.has("projects") || properties.id === chosen);
    const shapes = visible.flatMap(({ geometry, properties }) => {
      if (!geometry) return [];
      const isChosen = properties.id === chosen;
      const color = stageColor(properties.stage_order, stages);
      return [
        { id: properties.id, geometry, color, fillAlpha: isChosen ? 0.34 : 0.2, lineWidth_px: 0 },
        { id: properties.id, geometry, color: isChosen ? ACCENT : color, fillAlpha: 0, lineWidth_px: isChosen ? 5 : 3 },
      ].filter((shape) => shape.fillAlpha > 0 || shape.lineWidth_px > 0);
    });
    shown = shapes.length > 0 ? drapeShapes(engine, shapes) : () => undefined;
  };
  draw();
  const key = () => `${store.get().hidden.has("projects")}|${store.get().selection?.kind === "project" ? store.get().selection?.id : ""}`;
  const unwatch = store.watch(key, draw);
  return () => {
    unwatch();
    shown();
  };
}
