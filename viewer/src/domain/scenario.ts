/** Existing, proposed, removed: states of one place, and what is drawn of it in each view of the town. */
import { parseHex } from "./colors";
import type { ScenarioShape, StateColumn } from "./types";

export const TOWN_VIEWS = ["existing", "proposed", "both"] as const;
export type TownView = (typeof TOWN_VIEWS)[number];

/** `going`: drawn, but marked as what the scenario takes away. */
export type Standing = "present" | "absent" | "going";

/** States that a tile cannot show as proposed: the place is empty then, or has another shape. */
const GOES = new Set(["removed", "reshaped"]);
const NOT_YET = new Set(["proposed", "removed"]);

/**
 * What to do with each gid. Without a scenario the town's own states count: designs that nobody adopted and buildings
 * that are gone are not drawn. `place` holds the code of every gid.
 */
export function standingOf(view: TownView, place: StateColumn | null): ((gid: number) => Standing) | null {
  if (!place) return null;
  const state = (gid: number) => place.codes[place.values[gid] ?? 255];
  if (view === "existing") return (gid) => (NOT_YET.has(state(gid) ?? "") ? "absent" : "present");
  return (gid) => {
    const code = state(gid);
    if (code === undefined) return "absent";
    if (!GOES.has(code)) return "present";
    return view === "both" ? "going" : "absent";
  };
}

/** A column of the town with what a scenario sets: colors, codes and numbers of the places it touches. */
export function withScenarioValues(column: StateColumn, shapes: readonly ScenarioShape[]): StateColumn {
  const set = shapes.filter(({ gid, attributes }) => gid !== null && attributes?.[column.name] !== undefined);
  if (set.length === 0) return column;
  const values = Array.from(column.values);
  for (const { gid, attributes } of set) {
    const numbers = numbersOf(attributes?.[column.name] ?? null, column);
    numbers.forEach((number, i) => {
      values[(gid ?? 0) * column.components + i] = number;
    });
  }
  return { ...column, values };
}

function numbersOf(value: string | number | null, { components, codes, noData }: StateColumn): number[] {
  if (components > 1) return typeof value === "string" ? [...parseHex(value), 255].slice(0, components) : [];
  if (typeof value === "number") return [value];
  const code = codes.indexOf(value ?? "");
  return [code >= 0 ? code : (noData ?? 255)];
}
