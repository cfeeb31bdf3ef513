/** Zones and rule packs. */
import type { Bilingual } from "./common";
import type { FeatureCollection } from "./geometry";

export interface ZoneProperties {
  id: string;
  name: Bilingual;
  level: string;
  height_limit_m: number | null;
  ground_m: number | null;
  rules: string[];
}
export interface Rule {
  id: string;
  kind: string;
  clause: string;
  nature: string;
  text: Bilingual;
}
export interface RulePack {
  id: string;
  name: Bilingual;
  version: string;
  document: { title?: Bilingual; provenance?: string | Bilingual; issued?: string };
  synthetic: boolean;
  rules: Rule[];
}
export interface Controls {
  packs: RulePack[];
  zones: FeatureCollection<ZoneProperties>;
}
