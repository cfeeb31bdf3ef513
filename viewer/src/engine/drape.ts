/** Thin boundaries and pale fills laid over both ground and buildings. */
import {
  Cartesian3,
  ClassificationType,
  Color,
  ColorGeometryInstanceAttribute,
  GeometryInstance,
  GroundPolylineGeometry,
  GroundPolylinePrimitive,
  GroundPrimitive,
  PerInstanceColorAppearance,
  PolygonGeometry,
  PolygonHierarchy,
  PolylineColorAppearance,
} from "@cesium/engine";
import { linesOf, polygonsOf } from "../domain/geo";
import type { Geometry } from "../domain/types";
import type { Engine } from "./createEngine";
import { createLifetime, type Dispose } from "./lifetime";

export interface DrapedShape {
  id: string;
  geometry: Geometry;
  color: string;
  fillAlpha: number;
  lineWidth_px: number;
}

export function drapeShapes(engine: Engine, shapes: readonly DrapedShape[]): Dispose {
  const lifetime = createLifetime();
  const fills = shapes.flatMap(fillInstances);
  const lines = shapes.flatMap(lineInstances);
  if (fills.length > 0) lifetime.add(addGround(engine, new GroundPrimitive({
    geometryInstances: fills,
    appearance: new PerInstanceColorAppearance({ flat: true, translucent: true }),
    classificationType: ClassificationType.BOTH,
    allowPicking: false,
  })));
  if (lines.length > 0) lifetime.add(addGround(engine, new GroundPolylinePrimitive({
    geometryInstances: lines,
    appearance: new PolylineColorAppearance({ translucent: false }),
    classificationType: ClassificationType.BOTH,
    allowPicking: false,
  })));
  return lifetime.end;
}

function addGround(engine: Engine, primitive: GroundPrimitive | GroundPolylinePrimitive): Dispose {
  engine.scene.groundPrimitives.add(primitive);
  const forget = engine.expect("boundaries", () => primitive.ready);
  const nudge = setInterval(() => (primitive.isDestroyed() || primitive.ready ? clearInterval(nudge) : engine.requestFrame()), 60);
  engine.requestFrame();
  return () => {
    clearInterval(nudge);
    forget();
    engine.scene.groundPrimitives.remove(primitive);
    engine.requestFrame();
  };
}

const ringPositions = (ring: number[][]) => ring.map((p) => Cartesian3.fromDegrees(p[0] ?? 0, p[1] ?? 0));

export function polygonHierarchies(geometry: Geometry): PolygonHierarchy[] {
  return polygonsOf(geometry).map(
    ([outer = [], ...holes]) => new PolygonHierarchy(ringPositions(outer), holes.map((hole) => new PolygonHierarchy(ringPositions(hole)))),
  );
}

function fillInstances(shape: DrapedShape): GeometryInstance[] {
  if (shape.fillAlpha <= 0) return [];
  const color = ColorGeometryInstanceAttribute.fromColor(Color.fromCssColorString(shape.color).withAlpha(shape.fillAlpha));
  return polygonHierarchies(shape.geometry).map(
    (polygonHierarchy) => new GeometryInstance({ geometry: new PolygonGeometry({ polygonHierarchy }), attributes: { color } }),
  );
}

function lineInstances(shape: DrapedShape): GeometryInstance[] {
  if (shape.lineWidth_px <= 0) return [];
  const color = ColorGeometryInstanceAttribute.fromColor(Color.fromCssColorString(shape.color));
  const paths = [...polygonsOf(shape.geometry).flat(), ...linesOf(shape.geometry)].filter((path) => path.length > 1);
  return paths.map(
    (path) =>
      new GeometryInstance({
        geometry: new GroundPolylineGeometry({ positions: ringPositions(path), width: shape.lineWidth_px }),
        attributes: { color },
      }),
  );
}
