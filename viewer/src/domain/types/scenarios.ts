/** What a scenario changes and the difference it makes. */
import type { AttributeValue } from "./checks";
import type { Bilingual, Verdict, VerdictCounts } from "./common";
import type { MultiPolygon, Polygon } from "./geometry";

export const DIFFERENCES = ["worse", "lost", "better", "changed", "appeared", "gone"] as const;
export type Difference = (typeof DIFFERENCES)[number];
export interface ScenarioClause {
  clause: string;
  kind: string;
  rule_id: string;
  worse: number;
  /** judged before, no data afterwards */
  lost: number;
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
  decided_by?: string | null;
  reason?: string | null;
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
  /** what the scenario sets */
  attributes?: Record<string, AttributeValue>;
  verdict_before: Verdict | null;
  verdict_after: Verdict | null;
}

export interface DifferenceSide {
  verdict: Verdict | null;
  text: string | null;
  limit: string | null;
  margin: number | null;
  message: Bilingual;
}
/** A finding a scenario makes differ. */
export interface ScenarioDifference {
  rule_id: string;
  kind: string;
  clause: string;
  unit: string | null;
  zone_id: string | null;
  street_id: string | null;
  difference: Difference;
  before: DifferenceSide;
  after: DifferenceSide;
}
/** One change of a scenario, in its order. `buildings` are `dataset/id`. */
export interface ScenarioChange {
  kind: "demolish" | "add" | "replace" | "set";
  buildings: string[];
  new_id: string | null;
  attributes: Record<string, AttributeValue>;
  design: string | null;
  note: string;
  footprint: Polygon | MultiPolygon | null;
}
