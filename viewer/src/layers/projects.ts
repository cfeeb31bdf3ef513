/** Renewal projects by stage: one blue, light to dark, painted on the ground and draped over buildings. */

import { ACCENT, parseHex } from "../domain/colors";
import { circleRing, pointsOf } from "../domain/geo";
import { stageColor } from "../domain/styles";
import type { Geometry, ProjectFeature } from "../domain/types";
import type { GroundLayer } from "../engine/groundCanvas";
import type { AppState, Catalog } from "../state/appState";

const POINT_RADIUS_M = 15;
const LINE_WIDTH_M = 7;
const LINE_ALPHA = 0.6;

/** Changes whenever the projects have to be drawn anew. */
export function projectsKey(state: AppState): string {
  return `${state.revision}|${state.hidden.has("projects")}|${state.selection?.kind === "project" ? state.selection.id : ""}`;
}

/** What to paint for projects: all of them when their layer is on, and the chosen one in any case. */
export function projectLayers(state: AppState, catalog: Catalog): GroundLayer[] {
  const chosen = state.selection?.kind === "project" ? state.selection.id : null;
  const stages = catalog.vocabulary.stages.map((stage) => stage.value);
  const others = state.hidden.has("projects")
    ? []
    : catalog.projects.filter(({ properties }) => properties.id !== chosen);
  const byStage = stages.map((stage, i): GroundLayer => {
    const color = stageColor(i, stages.length);
    return layerOf(
      `projects-${stage}`,
      others.filter(({ properties }) => properties.stage === stage),
      color,
      color,
      0.26,
      1.4,
    );
  });
  const chosenFeature = catalog.projects.filter(({ properties }) => properties.id === chosen);
  const color = stageColor(stages.indexOf(chosenFeature[0]?.properties.stage ?? ""), stages.length);
  return [...byStage, layerOf("project-chosen", chosenFeature, color, ACCENT, 0.4, 2.4)].filter(
    ({ shapes }) => shapes.length > 0,
  );
}

function layerOf(
  id: string,
  features: ProjectFeature[],
  fill: string,
  edge: string,
  alpha: number,
  edgeWidth_px: number,
): GroundLayer {
  const shapes = features.flatMap(({ geometry }) =>
    geometry ? [{ geometry: drawable(geometry), width_m: LINE_WIDTH_M }] : [],
  );
  const rgba = (hex: string, opacity: number) => `rgba(${parseHex(hex).join(", ")}, ${opacity})`;
  return { id, shapes, style: { fill: rgba(fill, alpha), edge, edgeWidth_px, line: rgba(edge, LINE_ALPHA) } };
}

/** Projects known only as points are drawn as small circles. */
function drawable(geometry: Geometry): Geometry {
  const points = pointsOf(geometry);
  if (points.length === 0) return geometry;
  return { type: "MultiPolygon", coordinates: points.map((point) => [circleRing(point, POINT_RADIUS_M)]) };
}
