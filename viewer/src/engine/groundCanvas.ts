/**
 * Water, green, roads and zones painted into the ground's own texture, tile by tile. Against draped polygons this costs
 * nothing a frame, follows any terrain and gives clean anti-aliased edges, also in software rendering.
 */
import {
  Math as CesiumMath,
  Event,
  GeographicTilingScheme,
  type ImageryLayer,
  type ImageryProvider,
  Rectangle,
} from "@cesium/engine";
import { extentOf, linesOf, metresPerDegree, polygonsOf } from "../domain/geo";
import type { Extent, Geometry } from "../domain/types";
import { type Engine, GROUND_COLOR } from "./createEngine";
import type { Dispose } from "./lifetime";

const TILE = 512;
const MAXIMUM_LEVEL = 19;

export interface GroundStyle {
  fill: string | null;
  /** hairline around polygons, or the casing of lines */
  edge: string | null;
  edgeWidth_px: number;
  dash?: readonly number[];
  /** lines as one translucent stroke of this color, without casing */
  line?: string;
  lineDash_m?: readonly number[];
}

export interface GroundLayer {
  id: string;
  style: GroundStyle;
  shapes: { geometry: Geometry; width_m: number }[];
}

export interface PreparedLayer {
  style: GroundStyle;
  shapes: PreparedShape[];
}

export interface PreparedShape {
  extent: Extent;
  polygons: number[][][][];
  lines: number[][][];
  width_m: number;
}

/** Adds the layers in drawing order, first one lowest. */
export function addGroundCanvas(engine: Engine, layers: readonly GroundLayer[], extent: Extent): Dispose {
  const provider = createProvider(layers, extent);
  const imagery: ImageryLayer = engine.scene.imageryLayers.addImageryProvider(provider);
  engine.requestFrame();
  return () => {
    engine.scene.imageryLayers.remove(imagery);
    engine.requestFrame();
  };
}

function createProvider(layers: readonly GroundLayer[], extent: Extent): ImageryProvider {
  const tilingScheme = new GeographicTilingScheme();
  const prepared = prepareLayers(layers);
  const provider = {
    rectangle: Rectangle.fromDegrees(...extent),
    tileWidth: TILE,
    tileHeight: TILE,
    minimumLevel: 0,
    maximumLevel: MAXIMUM_LEVEL,
    tilingScheme,
    tileDiscardPolicy: undefined,
    errorEvent: new Event(),
    credit: undefined,
    proxy: undefined,
    hasAlphaChannel: false,
    getTileCredits: () => [],
    pickFeatures: () => undefined,
    requestImage(x: number, y: number, level: number) {
      const rectangle = tilingScheme.tileXYToRectangle(x, y, level);
      const tile: Extent = [
        CesiumMath.toDegrees(rectangle.west),
        CesiumMath.toDegrees(rectangle.south),
        CesiumMath.toDegrees(rectangle.east),
        CesiumMath.toDegrees(rectangle.north),
      ];
      // Opaque: at a transparent edge the filtered texture would mix in black.
      return Promise.resolve(paintMap(prepared, tile, TILE, TILE, GROUND_COLOR));
    },
  };
  return provider as unknown as ImageryProvider;
}

function prepare(shape: { geometry: Geometry; width_m: number }): PreparedShape {
  const extent = extentOf(shape.geometry);
  const [kx, ky] = metresPerDegree(extent[1]);
  const margin_m = shape.width_m / 2 + 5;
  return {
    extent: [
      extent[0] - margin_m / kx,
      extent[1] - margin_m / ky,
      extent[2] + margin_m / kx,
      extent[3] + margin_m / ky,
    ],
    polygons: polygonsOf(shape.geometry),
    lines: linesOf(shape.geometry),
    width_m: shape.width_m,
  };
}

export function prepareLayers(layers: readonly GroundLayer[]): PreparedLayer[] {
  return layers.map((layer) => ({ style: layer.style, shapes: layer.shapes.map(prepare) }));
}

/** The layers over one extent as a picture, north up. Without a background it is transparent where nothing lies. */
export function paintMap(
  layers: readonly PreparedLayer[],
  [west, south, east, north]: Extent,
  width: number,
  height: number,
  background: string | null,
): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d");
  if (!context) return canvas;
  if (background) {
    context.fillStyle = background;
    context.fillRect(0, 0, width, height);
  }
  const [kx, ky] = metresPerDegree((south + north) / 2);
  const [perX, perY] = [width / ((east - west) * kx), height / ((north - south) * ky)];
  context.setTransform(perX, 0, 0, -perY, 0, height);
  context.lineJoin = "round";
  context.lineCap = "butt";
  const trace = (line: number[][]) => {
    line.forEach((p, i) => {
      const [x, y] = [((p[0] ?? 0) - west) * kx, ((p[1] ?? 0) - south) * ky];
      if (i === 0) context.moveTo(x, y);
      else context.lineTo(x, y);
    });
  };
  const pixel_m = 1 / perY;
  for (const { style, shapes } of layers) {
    const visible = shapes.filter(({ extent: [w, s, e, n] }) => w < east && e > west && s < north && n > south);
    paintLayer(context, style, visible, trace, pixel_m);
  }
  return canvas;
}

/** All edges first, then all fills: where two roads meet no edge is left across the junction. */
function paintLayer(
  context: CanvasRenderingContext2D,
  style: GroundStyle,
  shapes: PreparedShape[],
  trace: (line: number[][]) => void,
  pixel_m: number,
): void {
  const edge_m = style.edgeWidth_px * pixel_m;
  for (const pass of ["edge", "fill"] as const) {
    const color = style[pass];
    if (!color) continue;
    for (const shape of shapes) {
      context.beginPath();
      for (const rings of shape.polygons) {
        for (const ring of rings) {
          trace(ring);
          context.closePath();
        }
      }
      if (shape.polygons.length > 0) {
        if (pass === "edge")
          stroke(
            context,
            color,
            edge_m * 2,
            (style.dash ?? []).map((d) => d * pixel_m),
          );
        else fill(context, color);
      }
      context.beginPath();
      for (const line of shape.lines) trace(line);
      if (shape.lines.length === 0 || (style.line && pass === "edge")) continue;
      const width_m =
        Math.max(shape.width_m, (style.lineDash_m ? 0 : 1.5) * pixel_m) + (pass === "edge" ? edge_m * 2 : 0);
      stroke(context, style.line ?? color, width_m, style.lineDash_m ?? []);
    }
  }
}

function stroke(context: CanvasRenderingContext2D, color: string, width_m: number, dash: readonly number[]): void {
  context.strokeStyle = color;
  context.lineWidth = width_m;
  context.setLineDash([...dash]);
  context.stroke();
}

function fill(context: CanvasRenderingContext2D, color: string): void {
  context.fillStyle = color;
  context.fill("evenodd");
}
