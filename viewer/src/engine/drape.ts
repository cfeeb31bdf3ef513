/**
 * A picture laid over buildings from straight above, read in their shader. Classification volumes would do the same
 * for any surface, but they cost seconds a frame in software rendering and fail there with anti-aliasing.
 */
import { Cartesian3, Matrix4, Transforms } from "@cesium/engine";
import { metresPerDegree } from "../domain/geo";
import type { Extent } from "../domain/types";
import { type GroundLayer, paintMap, prepareLayers } from "./groundCanvas";

/** Texels of the longer side. */
const SIZE = 3072;

export interface Drape {
  /** RGBA bytes, premultiplied, first row in the north */
  rgba: Uint8Array;
  width: number;
  height: number;
  extent_deg: Extent;
}

export function paintDrape(layers: readonly GroundLayer[], extent_deg: Extent): Drape {
  const [west, south, east, north] = extent_deg;
  const [kx, ky] = metresPerDegree((south + north) / 2);
  const [width_m, height_m] = [(east - west) * kx, (north - south) * ky];
  const scale = SIZE / Math.max(width_m, height_m);
  const [width, height] = [Math.round(width_m * scale), Math.round(height_m * scale)];
  const canvas = paintMap(prepareLayers(layers), extent_deg, width, height, null);
  const pixels =
    canvas.getContext("2d")?.getImageData(0, 0, width, height).data ?? new Uint8ClampedArray(width * height * 4);
  const rgba = new Uint8Array(pixels.length);
  for (let i = 0; i < pixels.length; i += 4) {
    const alpha = (pixels[i + 3] ?? 0) / 255;
    if (alpha === 0) continue;
    for (let channel = 0; channel < 3; channel++) rgba[i + channel] = Math.round((pixels[i + channel] ?? 0) * alpha);
    rgba[i + 3] = pixels[i + 3] ?? 0;
  }
  return { rgba, width, height, extent_deg };
}

/** Turns world positions into texture coordinates of the drape: u east, v south from the north edge, both 0 … 1. */
export function drapeMatrix({ extent_deg: [west, south, east, north] }: Drape): Matrix4 {
  const [kx, ky] = metresPerDegree((south + north) / 2);
  const frame = Transforms.eastNorthUpToFixedFrame(Cartesian3.fromDegrees((west + east) / 2, (south + north) / 2));
  const toLocal = Matrix4.inverseTransformation(frame, new Matrix4());
  const scale = Matrix4.fromScale(new Cartesian3(1 / ((east - west) * kx), -1 / ((north - south) * ky), 1));
  const shift = Matrix4.fromTranslation(new Cartesian3(0.5, 0.5, 0));
  return Matrix4.multiply(shift, Matrix4.multiply(scale, toLocal, new Matrix4()), new Matrix4());
}
