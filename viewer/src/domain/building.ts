/** Where a building stands: its prism above the ellipsoid. */
import type { BuildingRecord, Dataset } from "./types";

/** Bottom and top in metres above the ellipsoid, or null without a height. The position given by the API is its foot. */
export function prismOf(
  building: BuildingRecord,
  dataset: Dataset | undefined,
): { bottom_m: number; top_m: number } | null {
  const { height_m, base_m } = building.attributes;
  if (typeof height_m !== "number" || !(height_m > 0)) return null;
  if (typeof base_m === "number") {
    const bottom_m = base_m + (dataset?.heights?.undulation_m ?? 0);
    return { bottom_m, top_m: bottom_m + height_m };
  }
  const bottom_m = building.position_deg?.[2];
  return bottom_m === undefined ? null : { bottom_m, top_m: bottom_m + height_m };
}
