/** The flat map under the town: green, water, roads and control zones. */

import { extentOf } from "../domain/geo";
import type { Extent, FeatureCollection, Geometry } from "../domain/types";
import type { Engine } from "../engine/createEngine";
import { addGroundCanvas, type GroundLayer, type GroundStyle } from "../engine/groundCanvas";
import { createLifetime, type Dispose } from "../engine/lifetime";
import type { Catalog } from "../state/appState";
import type { Session } from "../state/session";
import { projectLayers, projectsKey } from "./projects";

/** Drawing order, lowest first. A layer the server has and this list does not is drawn in the neutral style. */
export const GROUND_STYLES: Record<string, GroundStyle> = {
  green: { fill: "#dbe6d3", edge: "#cbdac0", edgeWidth_px: 0.6 },
  water: { fill: "#c9dfe6", edge: "#a8cbd6", edgeWidth_px: 0.8 },
  roads: { fill: "#ffffff", edge: "#d6cfc1", edgeWidth_px: 0.9 },
  "built-up": { fill: null, edge: "#b59a86", edgeWidth_px: 1, dash: [10, 4] },
  units: { fill: null, edge: "#a58a5c", edgeWidth_px: 0.8, dash: [3, 4] },
  corridors: { fill: null, edge: null, edgeWidth_px: 0, line: "rgba(224, 160, 48, 0.28)" },
  zones: { fill: "rgba(31, 95, 168, 0.07)", edge: "#6d8fb5", edgeWidth_px: 0.6, dash: [8, 5] },
};
/** Lane markings: only near do they add up to more than a shade of the road. */
const CENTERLINE: GroundStyle = { fill: "#d5cfc2", edge: null, edgeWidth_px: 0, line: "#d5cfc2", lineDash_m: [5, 5] };
const CENTERLINE_M = 0.3;
const MARKED_CLASSES = new Set(["trunk", "main"]);
const NEUTRAL: GroundStyle = { fill: "#e6e1d6", edge: "#cfc8ba", edgeWidth_px: 0.8 };
const DEFAULT_ROAD_M = 6;
/** Drawn from the catalog, or by other layers. */
const OWN_SOURCE = new Set(["streets", "projects", "zones", "units", "corridors"]);

export function mountGroundMap(engine: Engine, session: Session, catalog: Catalog): Dispose {
  const { store, api } = session;
  const lifetime = createLifetime();
  let shown: Dispose = () => undefined;
  let layers: GroundLayer[] | null = null;
  let ended = false;
  lifetime.add(engine.expect("ground map", () => layers !== null));
  lifetime.add(() => {
    ended = true;
    shown();
  });

  const centerlines: GroundLayer = {
    id: "centerlines",
    style: CENTERLINE,
    shapes: catalog.streets
      .filter((street) => MARKED_CLASSES.has(street.class))
      .map(({ centerline }) => ({ geometry: centerline, width_m: CENTERLINE_M })),
  };
  const draw = () => {
    if (!layers || ended) return;
    shown();
    const base = layers.filter(({ id, shapes }) => shapes.length > 0 && !store.get().hidden.has(id));
    if (!store.get().hidden.has("roads")) base.push(centerlines);
    const visible = [...base, ...projectLayers(store.get(), store.get().catalog.value ?? catalog)];
    const extent = extentOfLayers(visible);
    shown = extent ? addGroundCanvas(engine, visible, extent) : () => undefined;
  };

  void Promise.all(
    catalog.layers
      .filter((layer) => !OWN_SOURCE.has(layer.id))
      .map(async ({ id }) => toGroundLayer(id, await api.layer(id).catch(() => null))),
  ).then((fetched) => {
    const order = Object.keys(GROUND_STYLES);
    layers = [...fetched, ...controlLayers(catalog)].sort((a, b) => order.indexOf(a.id) - order.indexOf(b.id));
    draw();
  });
  const key = () => (layers ?? []).map(({ id }) => store.get().hidden.has(id)).join() + projectsKey(store.get());
  lifetime.add(store.watch(key, draw));
  return lifetime.end;
}

function controlLayers({ controls, planUnits, viewCorridors }: Catalog): GroundLayer[] {
  const plain = (features: { geometry: Geometry | null }[]) =>
    features.flatMap(({ geometry }) => (geometry ? [{ geometry, width_m: DEFAULT_ROAD_M }] : []));
  const corridors = viewCorridors.features.flatMap(({ geometry, properties: p }) =>
    geometry ? [{ geometry, width_m: (p.width_from_m + p.width_to_m) / 2 }] : [],
  );
  return [
    { id: "zones", shapes: plain(controls.zones.features) },
    { id: "units", shapes: plain(planUnits.features) },
    { id: "corridors", shapes: corridors },
  ].map((layer) => ({ ...layer, style: GROUND_STYLES[layer.id] ?? NEUTRAL }));
}

function toGroundLayer(id: string, collection: FeatureCollection<Record<string, unknown>> | null): GroundLayer {
  const shapes = (collection?.features ?? []).flatMap(({ geometry, properties }) => {
    const width = properties.width_m;
    return geometry ? [{ geometry, width_m: typeof width === "number" ? width : DEFAULT_ROAD_M }] : [];
  });
  return { id, style: GROUND_STYLES[id] ?? NEUTRAL, shapes };
}

function extentOfLayers(layers: readonly GroundLayer[]): Extent | null {
  const extents = layers.flatMap(({ shapes }) => shapes.map(({ geometry }) => extentOf(geometry)));
  if (extents.length === 0) return null;
  const margin_deg = 0.002;
  return [
    Math.min(...extents.map((e) => e[0])) - margin_deg,
    Math.min(...extents.map((e) => e[1])) - margin_deg,
    Math.max(...extents.map((e) => e[2])) + margin_deg,
    Math.max(...extents.map((e) => e[3])) + margin_deg,
  ];
}
