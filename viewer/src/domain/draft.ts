/** What a designer tries on a building, and how it becomes a change of a scenario. */
import type { AttributeValue, BuildingChange, Scenario, ScenarioChange, WhatIf, WhatIfFinding } from "./types";
import { VERDICTS, type Verdict } from "./types";

/** What of a building can be tried, in the order of the form. */
export const TRIED = [
  "height_m",
  "storeys",
  "roof_form",
  "roof_material",
  "roof_color",
  "facade_main_color",
  "facade_material",
  "style",
  "use",
] as const;

export type Values = Record<string, AttributeValue>;
const COLOR = /^#[0-9a-f]{6}$/i;
const isSame = (a: AttributeValue | undefined, b: AttributeValue | undefined) =>
  typeof a === "string" && typeof b === "string" ? a.toLowerCase() === b.toLowerCase() : (a ?? null) === (b ?? null);

/** What was typed as a value: a number for a number, nothing for an empty field; null where it is none. */
export function parseValue(name: string, text: string): AttributeValue | undefined {
  const trimmed = text.trim();
  if (trimmed === "") return undefined;
  if (name === "height_m" || name === "storeys") {
    const value = Number(trimmed);
    if (!Number.isFinite(value) || value <= 0 || (name === "storeys" && !Number.isInteger(value))) return undefined;
    return value;
  }
  return name.endsWith("_color") && !COLOR.test(trimmed) ? undefined : trimmed;
}

/** The values that differ from what stands. */
export function changedValues(stands: Values, tried: Values): Values {
  return Object.fromEntries(Object.entries(tried).filter(([name, value]) => !isSame(stands[name], value)));
}

/** The changes of a draft with one more; what was set on this building alone before is set anew. */
export function withChange(changes: readonly ScenarioChange[], change: BuildingChange): ScenarioChange[] {
  const ref = `${change.dataset}/${change.building_id}`;
  const isOwn = (one: ScenarioChange) =>
    (one.kind === "set" || one.kind === "demolish") && one.buildings.length === 1 && one.buildings[0] === ref;
  const former: Values = Object.assign({}, ...changes.filter(isOwn).map(({ attributes }) => attributes));
  const made: ScenarioChange = {
    kind: change.removed ? "demolish" : "set",
    buildings: [ref],
    new_id: null,
    attributes: change.removed ? {} : { ...former, ...change.set },
    design: null,
    note: "",
    footprint: null,
  };
  return [...changes.filter((one) => !isOwn(one)), made];
}

/** A scenario as the server takes it: the content of a scenario file, corners in degrees. */
export function scenarioBody(
  { id, name, project_id, note }: Pick<Scenario, "id" | "name" | "project_id" | "note">,
  changes: readonly ScenarioChange[],
  by: string,
): object {
  return {
    id,
    name: { zh: name.zh, en: name.en },
    ...(project_id && { project: project_id }),
    ...(note && { note }),
    crs: "EPSG:4490",
    changes: changes.map(changeBody),
    by,
  };
}

function changeBody(change: ScenarioChange): object {
  const { kind, buildings, attributes, design, note } = change;
  const said = note ? { note } : {};
  if (kind === "demolish") return { demolish: buildings, ...said };
  if (kind === "set") return { set: { buildings, ...attributes }, ...said };
  if (kind === "add") return { add: drawn(change), ...said };
  return { replace: { buildings, by: design ? { design } : drawn(change) }, ...said };
}

function drawn({ new_id, footprint, attributes }: ScenarioChange): object {
  const ring = footprint?.type === "Polygon" ? footprint.coordinates[0] : footprint?.coordinates[0]?.[0];
  return { id: new_id, footprint: (ring ?? []).slice(0, -1), ...attributes };
}

/** An id for a new draft that none has yet: `draft-2026-11-22`, then `draft-2026-11-22-2`. */
export function newScenarioId(day: string, taken: readonly string[]): string {
  const first = `draft-${day}`;
  for (let n = 2; ; n++) {
    const id = n === 2 && !taken.includes(first) ? first : `${first}-${n}`;
    if (!taken.includes(id)) return id;
  }
}

/** A rule before and after what is tried; `after` null where it no longer applies. */
export interface Outcome {
  finding: Omit<WhatIfFinding, "verdict"> & { verdict: Verdict | null };
  /** the building that is tried, not a neighbour */
  own: boolean;
  turn: "worse" | "lost" | "better" | "same";
}

const rank = (verdict: Verdict | null) => (verdict === null ? VERDICTS.length : VERDICTS.indexOf(verdict));
/** A rule that does not apply breaks as little as one that is kept. */
const harm = (verdict: Verdict | null) => VERDICTS.indexOf(verdict ?? "pass");

/** What was judged and no longer can be is no improvement, whatever it was judged to be. */
const losesEvidence = ({ verdict, verdict_before }: Outcome["finding"]) =>
  verdict === "no_data" && verdict_before !== null && verdict_before !== "no_data";

/** What a trial does, the worst first: rules of the building itself, and of neighbours whose verdict turns. */
export function outcomes(answer: WhatIf, change: BuildingChange): Outcome[] {
  const isOwn = (one: { dataset: string; building_id: string }) =>
    one.dataset === change.dataset && one.building_id === change.building_id;
  const gone = answer.gone.map((one) => ({
    ...one,
    zone_id: null,
    verdict: null,
    measured: null,
    measured_before: null,
    measured_text: null,
    limit_text: null,
    margin: null,
    unit: null,
    message: { zh: "", en: "" },
  }));
  return [...answer.findings, ...gone]
    .map((finding): Outcome => {
      const step = harm(finding.verdict) - harm(finding.verdict_before);
      const turn = losesEvidence(finding) ? "lost" : step < 0 ? "worse" : step > 0 ? "better" : "same";
      return { finding, own: isOwn(finding), turn };
    })
    .filter(({ own, turn }) => own || turn !== "same")
    .sort(
      (a, b) =>
        rank(a.finding.verdict) - rank(b.finding.verdict) ||
        Number(b.own) - Number(a.own) ||
        (a.finding.margin ?? 0) - (b.finding.margin ?? 0),
    );
}
