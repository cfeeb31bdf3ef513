/** What a scenario changes and the difference it makes. */
import type { Bilingual, Verdict, VerdictCounts } from "./common";

export const DIFFERENCES = ["worse", "better", "changed", "appeared", "gone"] as const;
export type Difference = (typeof DIFFERENCES)[number];
export interface ScenarioClause {
  clause: string;
  kind: string;
  rule_id: string;
  worse: number;
  better: number;
  before: VerdictCounts;
  after: VerdictCounts;
}
export interface Scenario {
  id: string;
  name: Bilingual;
  state: "draft" | "adopted" | "discarded";
  project_id: string | null;
  note: string;
  checked_at: string | null;
  stale: boolean;
  synthetic: boolean;
  summary: {
    changes: number;
    places: Record<string, number>;
    differences: Partial<Record<Difference, number>>;
    buildings_with_another_verdict: number;
    clauses: ScenarioClause[];
  } | null;
}
export interface ScenarioDetail extends Scenario {
  place_codes: string[];
  states: { dataset: string; place_url: string; verdict_url: string }[];
}
/** A place a scenario touches. `drawn`: no tile shows this shape. */
export interface ScenarioShape {
  dataset: string;
  building_id: string;
  gid: number | null;
  state: string;
  drawn: boolean;
  base_m: number | null;
  height_m: number | null;
  position_deg: [number, number, number] | null;
  verdict_before: Verdict | null;
  verdict_after: Verdict | null;
}

export interface DifferenceSide {
  verdict: Verdict | null;
  text: string | null;
  limit: string | null;
  message: Bilingual;
}
/** A finding a scenario makes differ. */
export interface ScenarioDifference {
  rule_id: string;
  kind: string;
  clause: string;
  zone_id: string | null;
  street_id: string | null;
  difference: Difference;
  before: DifferenceSide;
  after: DifferenceSide;
}
