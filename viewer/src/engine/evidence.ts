/**
 * Marks that show where a rule is broken: a collar at the height a limit allows, a line of sight, the stretch of a
 * facade, the plot a figure was measured on. Thin and in the color of the verdict; the building itself stays as it is.
 */
import {
  Cartesian3,
  Color,
  ColorGeometryInstanceAttribute,
  GeometryInstance,
  Material,
  PerInstanceColorAppearance,
  PolygonGeometry,
  PolylineCollection,
  Primitive,
  ShadowMode,
} from "@cesium/engine";
import { hasHeights, linesOf, offsetRing, partsOf, polygonsOf } from "../domain/geo";
import type { AnyGeometry } from "../domain/types";
import type { Engine } from "./createEngine";
import { createLifetime, type Dispose } from "./lifetime";
import { polygonHierarchy } from "./volumes";

export interface Evidence {
  /** lon, lat degrees and, where it has one, the ellipsoidal height in metres */
  geometry: AnyGeometry;
  /** what flat shapes span, ellipsoidal heights in metres */
  bottom_m: number;
  top_m: number;
  color: string;
}

/** A limit drawn at the wall would vanish in it: the collar stands out by this much. */
const COLLAR_M = 1.6;
const CLEAR_M = 0.4;
const FILL_ALPHA = 0.3;

export function addEvidence(engine: Engine, shown: readonly Evidence[]): Dispose {
  const lifetime = createLifetime();
  const lines = new PolylineCollection();
  const fills: GeometryInstance[] = [];
  for (const evidence of shown) {
    for (const part of partsOf(evidence.geometry)) {
      if (hasHeights(part)) drawAtItsHeight(part, evidence, lines, fills);
      else drawUpright(part, evidence, lines);
    }
  }
  engine.scene.primitives.add(lines);
  lifetime.add(() => engine.scene.primitives.remove(lines));
  if (fills.length > 0) {
    const primitive = new Primitive({
      geometryInstances: fills,
      appearance: new PerInstanceColorAppearance({ flat: true, translucent: true, closed: false }),
      allowPicking: false,
      asynchronous: false,
      shadows: ShadowMode.DISABLED,
    });
    engine.scene.primitives.add(primitive);
    lifetime.add(() => engine.scene.primitives.remove(primitive));
  }
  lifetime.add(engine.requestFrame);
  engine.requestFrame();
  return lifetime.end;
}

function drawAtItsHeight(
  part: AnyGeometry,
  { color }: Evidence,
  lines: PolylineCollection,
  fills: GeometryInstance[],
): void {
  const css = Color.fromCssColorString(color);
  for (const line of linesOf(part)) addLine(lines, line, css, 3);
  for (const rings of polygonsOf(part)) {
    const [outer = []] = rings;
    const height = outer[0]?.[2] ?? 0;
    const collar = offsetRing(outer, COLLAR_M).map((p) => [p[0] ?? 0, p[1] ?? 0, height]);
    addLine(lines, collar, css, 3);
    fills.push(
      new GeometryInstance({
        geometry: new PolygonGeometry({
          polygonHierarchy: polygonHierarchy([collar]),
          height,
          vertexFormat: PerInstanceColorAppearance.FLAT_VERTEX_FORMAT,
        }),
        attributes: { color: ColorGeometryInstanceAttribute.fromColor(css.withAlpha(FILL_ALPHA)) },
      }),
    );
  }
}

/** A flat line or outline stands as a frame from the ground to the top of what it belongs to. */
function drawUpright(part: AnyGeometry, { bottom_m, top_m, color }: Evidence, lines: PolylineCollection): void {
  const css = Color.fromCssColorString(color);
  for (const path of [...linesOf(part), ...polygonsOf(part).flat()]) {
    const at = (height_m: number) => path.map((p) => [p[0] ?? 0, p[1] ?? 0, height_m]);
    addLine(lines, at(bottom_m + CLEAR_M), css, 5);
    addLine(lines, at(top_m + CLEAR_M), css, 3);
    const ends = [path[0], path[path.length - 1]].filter((p) => p !== undefined);
    for (const p of ends) {
      const [lon = 0, lat = 0] = p;
      addLine(
        lines,
        [
          [lon, lat, bottom_m + CLEAR_M],
          [lon, lat, top_m + CLEAR_M],
        ],
        css,
        3,
      );
    }
  }
}

function addLine(lines: PolylineCollection, path: number[][], color: Color, width: number): void {
  lines.add({
    positions: path.map((p) => Cartesian3.fromDegrees(p[0] ?? 0, p[1] ?? 0, p[2] ?? 0)),
    width,
    material: Material.fromType("Color", { color }),
  });
}
