/** Search over building names and ids in the browser: names that begin with the query first. */
import type { BuildingHit } from "./types";

const MOST = 40;

export function searchBuildings(index: readonly BuildingHit[], query: string): BuildingHit[] {
  const wanted = query.trim().toLowerCase();
  if (!wanted) return [];
  const scored = index.flatMap((hit) => {
    const name = (hit.name ?? "").toLowerCase();
    const id = hit.id.toLowerCase();
    const score = name.startsWith(wanted)
      ? 0
      : name.includes(wanted)
        ? 1
        : id.endsWith(wanted)
          ? 2
          : id.includes(wanted)
            ? 3
            : -1;
    return score < 0 ? [] : [{ hit, score }];
  });
  return scored
    .sort((a, b) => a.score - b.score)
    .slice(0, MOST)
    .map(({ hit }) => hit);
}
