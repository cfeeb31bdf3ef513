/** Checks that were made and what flipped between two. */
import type { Verdict, VerdictCounts } from "./common";

export interface CheckRun {
  id: string;
  checked_on: string;
  checked_at: string;
  code_version: string;
  buildings: number;
  findings: number;
  counts: VerdictCounts;
  /** its details are still kept */
  comparable: boolean;
}
export interface ValueChange {
  from: unknown;
  to: unknown;
}
export interface Flip {
  dataset: string;
  building_id: string;
  rule_id: string;
  street_id: string | null;
  zone_id: string | null;
  verdict_from: Verdict | null;
  verdict_to: Verdict | null;
  measured_from: number | null;
  measured_to: number | null;
  reasons: string[];
  attributes: (ValueChange & { attribute: string })[];
  rule_changes: (ValueChange & { path: string })[];
}
export interface RunDiff {
  from: CheckRun;
  to: CheckRun;
  total: number;
  reasons: Record<string, number>;
  verdicts: Record<string, number>;
  flips: Flip[];
}
