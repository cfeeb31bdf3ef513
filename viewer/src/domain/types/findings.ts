/** What a rule says of a building, street or plan unit. */
import type { Bilingual, Verdict, VerdictCounts } from "./common";
import type { AnyGeometry } from "./geometry";

export interface Finding {
  id: string | number;
  dataset: string;
  building_id: string;
  gid: number;
  building_name: string | null;
  /** of the building, street or plan unit in both languages */
  name?: Bilingual;
  rule_id: string;
  kind: string;
  clause: string;
  nature: string;
  zone_id: string | null;
  street_id: string | null;
  verdict: Verdict;
  original_verdict: Verdict | null;
  measured: { value: number | null; text: string | null };
  limit: { min: number | null; max: number | null; text: string | null; words: Bilingual };
  margin: number | null;
  unit: string | null;
  source: string | null;
  confidence: string | null;
  /** it hints and proves nothing: a color from a photo or of unknown origin */
  indicative: boolean;
  message: Bilingual;
  position_deg: [number, number, number] | null;
  /** what to show of it; heights above the ellipsoid. Only with the findings of one building */
  evidence?: AnyGeometry | null;
}
export interface FindingPage {
  total: number;
  findings: Finding[];
}
export interface FindingSummary {
  by: string;
  groups: { key: string | null; name: Bilingual | string | null; counts: VerdictCounts }[];
  total: VerdictCounts;
}
