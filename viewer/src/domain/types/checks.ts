/** What a change would do, and decisions that exempt. */
import type { Bilingual, Verdict } from "./common";

export type AttributeValue = string | number | null;
export interface BuildingChange {
  dataset: string;
  building_id: string;
  set?: Record<string, AttributeValue>;
  removed?: boolean;
}
export interface WhatIfFinding {
  dataset: string;
  building_id: string;
  rule_id: string;
  kind: string;
  clause: string;
  zone_id: string | null;
  street_id: string | null;
  verdict: Verdict;
  verdict_before: Verdict | null;
  measured: number | null;
  measured_before: number | null;
  measured_text: string | null;
  limit_text: string | null;
  margin: number | null;
  unit: string | null;
  message: Bilingual;
}
export interface WhatIf {
  findings: WhatIfFinding[];
  gone: Pick<
    WhatIfFinding,
    "dataset" | "building_id" | "rule_id" | "kind" | "clause" | "street_id" | "verdict_before"
  >[];
  flips: number;
}
export interface Exemption {
  /** null: any dataset */
  dataset: string | null;
  building_id: string;
  rule_id: string;
  reason: Bilingual;
  decided_by: string;
  decided_on: string;
  expires_on: string;
  /** gone: its building is */
  state: "valid" | "expired" | "not_yet" | "gone";
  origin: "pack" | "town";
}
export interface ExemptionBody {
  reason_zh: string;
  reason_en: string;
  decided_by: string;
  decided_on: string;
  expires_on: string;
}
