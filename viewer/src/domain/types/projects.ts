/** Renewal projects, their gates, moves, checks and totals. */
import type { Bilingual } from "./common";
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
}
export type ProjectFeature = Feature<ProjectProperties>;
export interface ProjectLink {
  dataset: string;
  building_id: string;
  building_name?: string | null;
  area_share?: number | null;
  origin?: string;
  action?: string | null;
}
