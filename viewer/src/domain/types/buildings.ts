/** One building with all that is known of it. */
import type { Bilingual, Verdict } from "./common";
import type { Finding } from "./findings";
import type { LonLat, MultiPolygon, Polygon } from "./geometry";

export interface BuildingRecord {
  id: string;
  gid: number;
  dataset: string;
  name: string | null;
  attributes: Record<string, string | number | null>;
  footprint: Polygon | MultiPolygon | null;
  position_deg: [number, number, number] | null;
  verdict: Verdict | null;
  findings: Finding[];
  projects: {
    id: string;
    name: Bilingual;
    type: string;
    batch: string;
    stage: string;
    area_share: number | null;
    origin: string;
    action: string | null;
  }[];
  frontages: {
    key: string | null;
    street_id: string;
    street_name: Bilingual | string | null;
    side: string;
    chainage_from_m: number;
    chainage_to_m: number;
    length_m: number;
    setback_m: number | null;
  }[];
  elements: number;
  cim_level: number | null;
  source: Record<string, unknown>;
}
export interface BuildingHit {
  id: string;
  dataset: string;
  name: string | null;
  address?: string | null;
  verdict?: Verdict | null;
  position?: LonLat | null;
}
/** Columns of equal length, one entry a building. */
export interface BuildingNames {
  total: number;
  dataset: string[];
  id: string[];
  name: (string | null)[];
  address: (string | null)[];
  verdict: (Verdict | null)[];
}
