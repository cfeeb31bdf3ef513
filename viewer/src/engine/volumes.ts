/** Translucent volumes with thin edges: height envelopes. And the wire outline of one building. */
import {
  Cartesian3,
  Color,
  ColorGeometryInstanceAttribute,
  GeometryInstance,
  Material,
  PerInstanceColorAppearance,
  PolygonGeometry,
  PolygonOutlineGeometry,
  PolylineCollection,
  Primitive,
  ShadowMode,
} from "@cesium/engine";
import { polygonsOf } from "../domain/geo";
import type { Geometry } from "../domain/types";
import type { Engine } from "./createEngine";
import { polygonHierarchies } from "./drape";
import { createLifetime, type Dispose } from "./lifetime";

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
  for (const [geometryInstances, closed] of [[solids, true], [edges, false]] as const) {
    if (geometryInstances.length === 0) continue;
    const primitive = new Primitive({
      geometryInstances,
      appearance: new PerInstanceColorAppearance({ flat: true, translucent: true, closed }),
      allowPicking: false,
      shadows: ShadowMode.DISABLED,
    });
    engine.scene.primitives.add(primitive);
    lifetime.add(() => engine.scene.primitives.remove(primitive));
    lifetime.add(engine.expect(() => primitive.ready));
  }
  const nudge = setInterval(() => (engine.isSettled() ? clearInterval(nudge) : engine.requestFrame()), 60);
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

/** Edges of a prism over a footprint, visible in part through what stands before it. */
export function addWire(engine: Engine, footprint: Geometry, bottom_m: number, top_m: number, css: string): Dispose {
  const lines = new PolylineCollection();
  const color = Color.fromCssColorString(css);
  const add = (positions: Cartesian3[], width: number, alpha: number) =>
    lines.add({ positions, width, material: Material.fromType("Color", { color: color.withAlpha(alpha) }) });
  for (const ring of polygonsOf(footprint).flat()) {
    const at = (height_m: number) => ring.map((p) => Cartesian3.fromDegrees(p[0] ?? 0, p[1] ?? 0, height_m));
    add(at(top_m), 3, 1);
    add(at(bottom_m + 0.3), 3, 1);
    for (const p of ring.slice(1)) {
      add([bottom_m + 0.3, top_m].map((h) => Cartesian3.fromDegrees(p[0] ?? 0, p[1] ?? 0, h)), 1.5, 0.9);
    }
  }
  engine.scene.primitives.add(lines);
  engine.requestFrame();
  return () => {
    engine.scene.primitives.remove(lines);
    engine.requestFrame();
  };
}
