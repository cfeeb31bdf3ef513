/** What each quality preset draws. Low is for software rendering: office machines and remote desktops. */
import type { Quality } from "./urlState";

export interface QualitySettings {
  msaaSamples: 1 | 2 | 4;
  resolutionScale: number;
  fxaa: boolean;
  /** aerial haze and sky gradient as one full-screen pass */
  haze: boolean;
  shadows: boolean;
  /** pixels of error tolerated in buildings and in the ground */
  tilesetError: number;
  groundError: number;
  storeyLines: boolean;
}

export const QUALITY: Record<Quality, QualitySettings> = {
  low: {
    msaaSamples: 1,
    resolutionScale: 1,
    fxaa: false,
    haze: false,
    shadows: false,
    tilesetError: 24,
    groundError: 2,
    storeyLines: true,
  },
  medium: {
    msaaSamples: 4,
    resolutionScale: 1,
    fxaa: false,
    haze: true,
    shadows: false,
    tilesetError: 16,
    groundError: 2,
    storeyLines: true,
  },
  high: {
    msaaSamples: 4,
    resolutionScale: 1.5,
    fxaa: true,
    haze: true,
    shadows: true,
    tilesetError: 8,
    groundError: 1.5,
    storeyLines: true,
  },
};

/** Software renderers by the name they give themselves: there low quality is the pleasant one. */
export function qualityFor(renderer: string): Quality {
  return /llvmpipe|swiftshader|softpipe|basic render|software/i.test(renderer) ? "low" : "medium";
}
