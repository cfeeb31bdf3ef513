/** Order of findings: what is broken comes first, and most broken first of all. */
import { type Finding, VERDICTS, type VerdictCounts } from "./types";

export const FINDING_SORTS = ["margin", "-margin", "building", "kind"] as const;
export type FindingSort = (typeof FINDING_SORTS)[number];

const rank = (finding: Finding) => VERDICTS.indexOf(finding.verdict);
const margin = (finding: Finding) => finding.margin ?? Number.POSITIVE_INFINITY;

/** Compares by verdict (worst first), then by margin (most broken first), then by clause. */
export function compareBySeverity(a: Finding, b: Finding): number {
  return rank(a) - rank(b) || subtract(margin(a), margin(b)) || compareClauses(a.clause, b.clause);
}

/** A sorted copy; findings without a margin stay last whichever way margins run. */
export function sortFindings(findings: readonly Finding[], sort: FindingSort): Finding[] {
  const compare: Record<FindingSort, (a: Finding, b: Finding) => number> = {
    margin: (a, b) => subtract(margin(a), margin(b)),
    "-margin": (a, b) => missingLast(a, b) || subtract(margin(b), margin(a)),
    building: (a, b) => name(a).localeCompare(name(b), "zh") || a.building_id.localeCompare(b.building_id),
    kind: (a, b) => a.kind.localeCompare(b.kind) || subtract(margin(a), margin(b)),
  };
  return [...findings].sort((a, b) => compare[sort](a, b) || compareBySeverity(a, b));
}

const name = (finding: Finding) => finding.building_name ?? "\uffff";
const subtract = (a: number, b: number) => (a === b ? 0 : a - b);
const missingLast = (a: Finding, b: Finding) => Number(a.margin === null) - Number(b.margin === null);

/** "3.2.10" comes after "3.2.9". */
export function compareClauses(a: string, b: string): number {
  return a.localeCompare(b, "en", { numeric: true });
}

/** Verdicts that occur, worst first. */
export function presentVerdicts(counts: VerdictCounts): [(typeof VERDICTS)[number], number][] {
  return VERDICTS.flatMap((verdict) => {
    const count = counts[verdict] ?? 0;
    return count > 0 ? [[verdict, count] as [typeof verdict, number]] : [];
  });
}
