/** Colors as bytes: parsing, ramps and the palette whose every color has a meaning. */
import type { Verdict } from "./types";

export type Rgb = readonly [number, number, number];

/** `#rrggbb` → three bytes. Anything else is a programming error. */
export function parseHex(hex: string): Rgb {
  const match = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(hex);
  if (!match) throw new TypeError(`not a #rrggbb color: ${hex}`);
  return [
    Number.parseInt(match[1] ?? "", 16),
    Number.parseInt(match[2] ?? "", 16),
    Number.parseInt(match[3] ?? "", 16),
  ];
}

export function toHex(rgb: Rgb): string {
  return `#${rgb.map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

/** Linear mix of two sRGB colors; `t` 0 gives `a`. Used only for tints of the plain material. */
export function mixColors(a: Rgb, b: Rgb, t: number): Rgb {
  const at = (i: 0 | 1 | 2) => Math.round(a[i] + (b[i] - a[i]) * t);
  return [at(0), at(1), at(2)];
}

export const VERDICT_COLORS: Record<Verdict, string> = {
  pass: "#2a9d8f",
  fail: "#c8443c",
  review: "#e0a030",
  no_data: "#9aa3ab",
  exempt: "#6c5b9e",
};
/**
 * What a verdict looks like on a building. A town passes almost everywhere: there the color is thinned, so that the
 * few that do not pass are what the eye finds.
 */
export const VERDICT_PAINTS: Record<Verdict, string> = { ...VERDICT_COLORS, pass: "#9fd0c8", no_data: "#b9bfc4" };
/** The sign beside each color: nobody has to tell red from green. */
export const VERDICT_MARKS: Record<Verdict, string> = { pass: "✓", fail: "✕", review: "?", no_data: "–", exempt: "§" };

export const ACCENT = "#1f5fa8";
export const PLAIN_WALL = "#e7e3db";
export const PLAIN_ROOF = "#efece5";
/** Hatched, for what a scenario takes away. */
export const GOING = "#c9a7a0";
export const NO_VALUE = "#d5d3cd";

/** One blue, light to dark, for the nine stages of a project. */
export const STAGE_RAMP = [
  "#cfe0f0",
  "#b4d0e8",
  "#98bfdf",
  "#7badd5",
  "#5f9acb",
  "#4686bd",
  "#3271a9",
  "#215b90",
  "#124474",
];
/** Even in lightness, safe for color-blind eyes (a muted viridis run the way ink reads: low light, high dark). */
export const HEIGHT_RAMP = ["#f0e9b8", "#c5dc9a", "#8cc593", "#53a894", "#2f878c", "#26637f", "#2b3f68"];
/** Old is dark brown, new is pale: one hue, so that it cannot be mistaken for the height ramp. */
export const YEAR_RAMP = ["#5b3320", "#8a5230", "#b57946", "#d3a26c", "#e6c89c", "#f3e6cb"];
/** Ten quiet hues for uses; the legend names each, and no two neighbors share a lightness. */
export const USE_COLORS: Record<string, string> = {
  residential: "#e6c979",
  commercial: "#d2694c",
  mixed: "#e39a62",
  office: "#7a8fc0",
  public: "#4f74ad",
  education: "#9a78b8",
  medical: "#c993b4",
  industrial: "#94877a",
  heritage: "#8c3f35",
  utility: "#6d9c9a",
  other: "#c4c0b6",
};
