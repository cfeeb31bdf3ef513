/** Search in the browser over names, addresses, ids and pinyin initials: what begins with the query stands first. */
import { pinyinInitials } from "./pinyin";
import type { BuildingHit, BuildingNames } from "./types";

const MOST = 40;
const LATIN = /^[a-z][a-z0-9]*$/;

const initials = new WeakMap<BuildingHit, string>();

/** Lower is better; -1 is no hit. */
function scoreOf(hit: BuildingHit, wanted: string): number {
  const name = (hit.name ?? "").toLowerCase();
  if (name.startsWith(wanted)) return 0;
  if (name.includes(wanted)) return 1;
  const id = hit.id.toLowerCase();
  if (id.endsWith(wanted)) return 2;
  if (id.includes(wanted)) return 3;
  if ((hit.address ?? "").toLowerCase().includes(wanted)) return 4;
  if (!LATIN.test(wanted)) return -1;
  let letters = initials.get(hit);
  if (letters === undefined) {
    letters = pinyinInitials(hit.name ?? hit.address ?? "");
    initials.set(hit, letters);
  }
  if (letters.startsWith(wanted)) return 5;
  return letters.includes(wanted) ? 6 : -1;
}

export function searchBuildings(index: readonly BuildingHit[], query: string): BuildingHit[] {
  const wanted = query.trim().toLowerCase();
  if (!wanted) return [];
  return index
    .map((hit) => ({ hit, score: scoreOf(hit, wanted) }))
    .filter(({ score }) => score >= 0)
    .sort((a, b) => a.score - b.score)
    .slice(0, MOST)
    .map(({ hit }) => hit);
}

/** Columns as they are sent, as one entry a building. */
export function hitsOf(names: BuildingNames): BuildingHit[] {
  return names.id.map((id, i) => ({
    id,
    dataset: names.dataset[i] ?? "",
    name: names.name[i] ?? null,
    address: names.address[i] ?? null,
    verdict: names.verdict[i] ?? null,
  }));
}
