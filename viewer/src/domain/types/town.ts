/** The town, its vocabulary, datasets, streets and plan. */
import type { Bilingual, Code, Verdict, VerdictCounts } from "./common";
import type { Extent, LineString, MultiLineString } from "./geometry";

export interface Town {
  name: Bilingual;
  synthetic: boolean;
  notice: Bilingual | null;
  crs: string;
  extent_deg: Extent | null;
  home: { street_id: string | null } | null;
  terrain: { url: string } | null;
  heights: { datum?: string; undulation_m?: number | null } | null;
}

export interface AttributeInfo extends Bilingual {
  name: string;
  unit: string;
  codes: Code[];
}
export interface Vocabulary {
  attributes: AttributeInfo[];
  street_attributes?: AttributeInfo[];
  plan_unit_attributes?: AttributeInfo[];
  height_sources?: Code[];
  flip_reasons?: Code[];
  actions?: Code[];
  evidence_kinds?: Code[];
  change_kinds?: Code[];
  verdicts: Code[];
  natures: Code[];
  control_kinds: Code[];
  project_types: Code[];
  batches: Code[];
  stages: Code[];
}

export type DatasetKind = "buildings" | "elements" | "mesh" | "pointcloud";
export interface Dataset {
  id: string;
  name: Bilingual | string;
  kind: DatasetKind;
  features: number;
  tileset_url: string | null;
  extent_deg: Extent | null;
  crs: string | null;
  heights: { datum?: string; undulation_m?: number | null } | null;
  source: unknown;
  synthetic: boolean;
  cim_level: string | number | null;
}

export interface Street {
  id: string;
  name: Bilingual;
  class: string;
  width_m: number | null;
  length_m: number;
  centerline: LineString | MultiLineString;
  buildings: number;
  verdicts: VerdictCounts;
}

export interface LayerInfo {
  id: string;
  name: Bilingual;
  kind: string;
}

/** District, unit or parcel of a plan. */
export interface PlanUnitProperties {
  id: string;
  parent_id: string | null;
  level: string;
  name: Bilingual;
  verdict: Verdict | null;
}
/** A view that is kept open: from a viewpoint to a target. */
export interface ViewCorridorProperties {
  id: string;
  name: Bilingual;
  width_from_m: number;
  width_to_m: number;
}

/** Layers whose features are judged but are no buildings: `dataset` of their findings. */
export const PLACE_DATASETS: ReadonlySet<string> = new Set(["streets", "plan_units"]);
