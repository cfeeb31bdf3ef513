/** Solid prisms over footprints: buildings that no tile shows yet. */
import {
  Color,
  ColorGeometryInstanceAttribute,
  GeometryInstance,
  PerInstanceColorAppearance,
  PolygonGeometry,
  PolygonOutlineGeometry,
  Primitive,
  ShadowMode,
} from "@cesium/engine";
import { polygonsOf } from "../domain/geo";
import type { Geometry } from "../domain/types";
import type { Engine } from "./createEngine";
import { createLifetime, type Dispose } from "./lifetime";
import { polygonHierarchy } from "./volumes";

export interface Prism {
  geometry: Geometry;
  /** ellipsoidal heights, metres */
  bottom_m: number;
  top_m: number;
  color: string;
  edge: string;
}

export function addPrisms(engine: Engine, prisms: readonly Prism[]): Dispose {
  const lifetime = createLifetime();
  const attributes = (css: string) => ({
    color: ColorGeometryInstanceAttribute.fromColor(Color.fromCssColorString(css)),
  });
  const shapes = prisms.flatMap((prism) =>
    polygonsOf(prism.geometry).map((rings) => ({
      prism,
      shape: { polygonHierarchy: polygonHierarchy(rings), height: prism.bottom_m, extrudedHeight: prism.top_m },
    })),
  );
  const solids = shapes.map(
    ({ prism, shape }) =>
      new GeometryInstance({
        geometry: new PolygonGeometry({ ...shape, vertexFormat: PerInstanceColorAppearance.VERTEX_FORMAT }),
        attributes: attributes(prism.color),
      }),
  );
  const edges = shapes.map(
    ({ prism, shape }) =>
      new GeometryInstance({ geometry: new PolygonOutlineGeometry(shape), attributes: attributes(prism.edge) }),
  );
  for (const [geometryInstances, flat] of [
    [solids, false],
    [edges, true],
  ] as const) {
    if (geometryInstances.length === 0) continue;
    const primitive = new Primitive({
      geometryInstances,
      appearance: new PerInstanceColorAppearance({ flat, translucent: false, closed: true }),
      asynchronous: false,
      allowPicking: false,
      shadows: ShadowMode.ENABLED,
    });
    engine.scene.primitives.add(primitive);
    lifetime.add(() => engine.scene.primitives.remove(primitive));
  }
  lifetime.add(engine.requestFrame);
  engine.requestFrame();
  return lifetime.end;
}
