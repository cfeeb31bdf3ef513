/** Renewal projects, their gates, moves, checks and totals. */
import type { Bilingual, Verdict, VerdictCounts } from "./common";
import type { Feature } from "./geometry";

export interface ProjectProperties {
  id: string;
  name: Bilingual;
  type: string;
  batch: string;
  stage: string;
  stage_order: number;
  buildings: number;
  geometry_note: Bilingual | string | null;
  synthetic_geometry: boolean;
  investment_cny?: number | null;
  maturity_percent?: number | null;
  starts_on?: string | null;
  ends_on?: string | null;
}
export type ProjectFeature = Feature<ProjectProperties>;
/** A building of a project; `included` false is one a person took out. */
export interface ProjectLink {
  dataset: string;
  building_id: string;
  building_name?: string | null;
  area_share?: number | null;
  origin?: "geometry" | "manual";
  included?: boolean;
  action?: string | null;
  reason?: string | null;
  by?: string | null;
}
/** A project with its links, its progress and what is odd about it. */
export type ProjectDetail = ProjectFeature & { links?: ProjectLink[]; progress?: Progress; warnings?: Bilingual[] };
/** How far a project is, where it may go, and what it shows before it leaves its stage. */
export interface Progress {
  maturity_percent: number | null;
  missing_procedures: string[];
  allowed_transitions: string[];
  gate: { evidence: string[]; checks: string[] };
}
export interface Evidence {
  kind: string;
  reference: string;
}
export interface Move {
  id: string;
  origin: string;
  target: string;
  status: "submitted" | "approved" | "rejected";
  submitted_by: string;
  submitted_at: string;
  evidence: Evidence[];
  reason: string;
  decided_by: string | null;
  decided_at: string | null;
  decision_note: string;
}
export interface Standing {
  stage: string;
  progress: Progress;
}
export type MovesAnswer = Standing & { moves: Move[] };
export interface MoveRequest {
  act: "submit" | "approve" | "return";
  by: string;
  target?: string;
  evidence?: Evidence[];
  reason?: string;
}
/** An automatic check of a project; shares and ratios have no unit. */
export interface ProjectCheck {
  check: string;
  name: Bilingual;
  verdict: Verdict;
  original_verdict: Verdict | null;
  message: Bilingual;
  clause: Bilingual;
}
export interface ProjectTotals {
  projects: number;
  buildings: number;
  buildings_without_floor: number;
  existing_floor_m2: number | null;
  demolished_floor_m2: number | null;
  new_floor_m2: number | null;
  floor_after_m2: number | null;
  households: number | null;
  households_to_resettle: number | null;
  investment_cny: number | null;
  verdicts_before: VerdictCounts;
  verdicts_after: VerdictCounts;
}
export interface LinkChange {
  included: boolean;
  action?: string | null;
  reason: string;
  by: string;
}
