/** Renewal project boundaries over ground and buildings, one blue from first to last stage. */
import type { Engine } from "../engine/createEngine";
import { drapeShapes } from "../engine/drape";
import type { Dispose } from "../engine/lifetime";
import { circleRing, pointsOf } from "../domain/geo";
import { ACCENT } from "../domain/colors";
import { stageColor } from "../domain/styles";
import type { Geometry } from "../domain/types";
import type { Catalog } from "../state/appState";
import type { Session } from "../state/session";

const POINT_RADIUS_M = 15;

export function mountProjects(engine: Engine, session: Session, catalog: Catalog): Dispose {
  const { store } = session;
  const stages = catalog.vocabulary.stages.map((stage) => stage.value);
  let shown: Dispose = () => undefined;
  const draw = () => {
    shown();
    const { hidden, selection } = store.get();
    const chosen = selection?.kind === "project" ? selection.id : null;
    const visible = catalog.projects.filter(({ properties }) => !hidden.has("projects") || properties.id === chosen);
    const shapes = visible.flatMap(({ geometry, properties }) => {
      const shape = geometry && drawable(geometry);
      if (!shape) return [];
      const isChosen = properties.id === chosen;
      const color = stageColor(stages.indexOf(properties.stage), stages.length);
      return [
        { id: properties.id, geometry: shape, color, fillAlpha: isChosen ? 0.34 : 0.2, lineWidth_px: 0 },
        { id: properties.id, geometry: shape, color: isChosen ? ACCENT : color, fillAlpha: 0, lineWidth_px: isChosen ? 5 : 3 },
      ];
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

/** Projects known only as points are drawn as small circles. */
function drawable(geometry: Geometry): Geometry {
  const points = pointsOf(geometry);
  if (points.length === 0) return geometry;
  return { type: "MultiPolygon", coordinates: points.map((point) => [circleRing(point, POINT_RADIUS_M)]) };
}
