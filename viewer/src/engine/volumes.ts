/** Translucent volumes with thin edges: height envelopes. And the wire outline of one building. */
import {
  Cartesian3,
  Color,
  ColorGeometryInstanceAttribute,
  GeometryInstance,
  Material,
  PerInstanceColorAppearance,
  PolygonGeometry,
  PolygonHierarchy,
  PolygonOutlineGeometry,
  PolylineCollection,
  Primitive,
  ShadowMode,
} from "@cesium/engine";
import { cornersOf, offsetRing, polygonsOf } from "../domain/geo";
import type { Geometry } from "../domain/types";
import type { Engine } from "./createEngine";
import { createLifetime, type Dispose } from "./lifetime";

const CLEARANCE_M = 0.35;

export interface Volume {
  id: string;
  geometry: Geometry;
  /** ellipsoidal heights, metres */
  bottom_m: number;
  top_m: number;
  color: string;
  alpha: number;
}

export function addVolumes(engine: Engine, volumes: readonly Volume[]): Dispose {
  const lifetime = createLifetime();
  const solids = volumes.flatMap((volume) => instances(volume, volume.alpha, false));
  const edges = volumes.flatMap((volume) => instances(volume, 0.75, true));
  for (const [geometryInstances, closed] of [
    [solids, true],
    [edges, false],
  ] as const) {
    if (geometryInstances.length === 0) continue;
    const primitive = new Primitive({
      geometryInstances,
      appearance: new PerInstanceColorAppearance({ flat: true, translucent: true, closed }),
      allowPicking: false,
      shadows: ShadowMode.DISABLED,
    });
    engine.scene.primitives.add(primitive);
    lifetime.add(() => engine.scene.primitives.remove(primitive));
    lifetime.add(engine.expect("envelopes", () => primitive.ready));
  }
  const nudge = setInterval(() => (engine.pending().length === 0 ? clearInterval(nudge) : engine.requestFrame()), 60);
  lifetime.add(() => clearInterval(nudge));
  lifetime.add(engine.requestFrame);
  engine.requestFrame();
  return lifetime.end;
}

function instances(volume: Volume, alpha: number, outline: boolean): GeometryInstance[] {
  const color = ColorGeometryInstanceAttribute.fromColor(Color.fromCssColorString(volume.color).withAlpha(alpha));
  return polygonHierarchies(volume.geometry).map((polygonHierarchy) => {
    const shape = { polygonHierarchy, height: volume.bottom_m, extrudedHeight: volume.top_m };
    const geometry = outline
      ? new PolygonOutlineGeometry(shape)
      : new PolygonGeometry({ ...shape, vertexFormat: PerInstanceColorAppearance.FLAT_VERTEX_FORMAT });
    return new GeometryInstance({ geometry, attributes: { color } });
  });
}

/** Edges of a prism over a footprint, held a little off the walls so that they are never half buried in them. */
export function addWire(engine: Engine, footprint: Geometry, bottom_m: number, top_m: number, css: string): Dispose {
  const lines = new PolylineCollection();
  const color = Color.fromCssColorString(css);
  const add = (positions: Cartesian3[], width: number, alpha: number) =>
    lines.add({ positions, width, material: Material.fromType("Color", { color: color.withAlpha(alpha) }) });
  const place = (p: number[], height_m: number) => Cartesian3.fromDegrees(p[0] ?? 0, p[1] ?? 0, height_m);
  for (const ring of polygonsOf(footprint)
    .flat()
    .map((ring) => offsetRing(ring, CLEARANCE_M))) {
    for (const height_m of [bottom_m + CLEARANCE_M, top_m + CLEARANCE_M])
      add(
        ring.map((p) => place(p, height_m)),
        3,
        1,
      );
    for (const p of cornersOf(ring)) add([place(p, bottom_m + CLEARANCE_M), place(p, top_m + CLEARANCE_M)], 2, 0.9);
  }
  engine.scene.primitives.add(lines);
  engine.requestFrame();
  return () => {
    engine.scene.primitives.remove(lines);
    engine.requestFrame();
  };
}

function polygonHierarchies(geometry: Geometry): PolygonHierarchy[] {
  return polygonsOf(geometry).map(polygonHierarchy);
}

/** Rings of lon/lat degrees, the outer one first, as Cesium wants them. */
export function polygonHierarchy([outer = [], ...holes]: number[][][]): PolygonHierarchy {
  const positions = (ring: number[][]) => ring.map((p) => Cartesian3.fromDegrees(p[0] ?? 0, p[1] ?? 0));
  return new PolygonHierarchy(
    positions(outer),
    holes.map((hole) => new PolygonHierarchy(positions(hole))),
  );
}
