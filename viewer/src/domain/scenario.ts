/** Existing, proposed, removed: states of one place, and what is drawn of it in each view of the town. */
import type { StateColumn } from "./types";

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
