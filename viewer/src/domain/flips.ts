/** Verdicts that turned between two checks, grouped by what was checked. */
import { type Flip, VERDICTS } from "./types";

export interface FlipGroup {
  dataset: string;
  building_id: string;
  flips: Flip[];
}

const rank = ({ verdict_to }: Flip) => (verdict_to === null ? VERDICTS.length : VERDICTS.indexOf(verdict_to));

/** Flips of each building together, the building with the worst new verdict first; of one reason, or of all. */
export function groupFlips(flips: readonly Flip[], reason: string | null): FlipGroup[] {
  const groups = new Map<string, FlipGroup>();
  for (const flip of flips) {
    if (reason && !flip.reasons.includes(reason)) continue;
    const key = `${flip.dataset}/${flip.building_id}`;
    const group = groups.get(key) ?? { dataset: flip.dataset, building_id: flip.building_id, flips: [] };
    group.flips.push(flip);
    groups.set(key, group);
  }
  const worst = (group: FlipGroup) => Math.min(...group.flips.map(rank));
  return [...groups.values()].sort((a, b) => worst(a) - worst(b) || b.flips.length - a.flips.length);
}
