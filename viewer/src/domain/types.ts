/** Shapes of the HTTP API (`/api/v1`). Field names are the server's; positions are lon/lat degrees, heights metres. */

export interface Bilingual {
  zh: string;
  en: string;
}

export type Verdict = "pass" | "fail" | "review" | "no_data" | "exempt";
/** Worst first: the order of every list and legend. */
export const VERDICTS: readonly Verdict[] = ["fail", "review", "no_data", "exempt", "pass"];

export type LonLat = [number, number];
export type Extent = [west: number, south: number, east: number, north: number];

export interface Polygon {
  type: "Polygon";
  coordinates: number[][][];
}
export interface MultiPolygon {
  type: "MultiPolygon";
  coordinates: number[][][][];
}
export interface LineString {
  type: "LineString";
  coordinates: number[][];
}
export interface MultiLineString {
  type: "MultiLineString";
  coordinates: number[][][];
}
export interface Point {
  type: "Point";
  coordinates: number[];
}
export interface MultiPoint {
  type: "MultiPoint";
  coordinates: number[][];
}
export type Geometry = MultiPoint | Polygon | MultiPolygon | LineString | MultiLineString | Point;
export interface GeometryCollection {
  type: "GeometryCollection";
  geometries: Geometry[];
}
export type AnyGeometry = Geometry | GeometryCollection;

export interface Feature<P, G extends Geometry | null = Geometry | null> {
  type: "Feature";
  id?: string;
  geometry: G;
  properties: P;
}
export interface FeatureCollection<P, G extends Geometry | null = Geometry | null> {
  type: "FeatureCollection";
  features: Feature<P, G>[];
}

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

export interface Code extends Bilingual {
  value: string;
  order?: number;
}
export interface AttributeInfo extends Bilingual {
  name: string;
  unit: string;
  codes: Code[];
}
export interface Vocabulary {
  attributes: AttributeInfo[];
  height_sources?: Code[];
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

export type VerdictCounts = Partial<Record<Verdict, number>>;

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

export interface Finding {
  id: string | number;
  dataset: string;
  building_id: string;
  gid: number;
  building_name: string | null;
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
/** A value as a building model states it: `type` is the IFC measure. */
export interface TypedValue {
  value: unknown;
  type: string;
  unit?: string | null;
}
export type PropertySets = Record<string, Record<string, TypedValue>>;

export interface ElementRecord {
  id: string;
  kind: string;
  kind_name: Bilingual;
  name: string | null;
  long_name: string | null;
  storey: string | null;
  material: string | null;
  cim_level: number | null;
  base_m: number | null;
  height_m: number | null;
  building_id: string | null;
  /** from the site down to what holds it */
  path: { id: string; kind: string; kind_name: Bilingual; name: string | null }[];
  property_sets: PropertySets;
  quantities: PropertySets;
  materials: { name: string | null; thickness_m?: number | null }[];
  classifications: { system: string | null; code: string | null; name: string | null }[];
  type: { kind: string; name: string | null; property_sets: PropertySets } | null;
  properties: Record<string, unknown>;
}
/** One object in the tree of a building model. */
export interface TreeNode {
  id: string;
  kind: string;
  kind_name: Bilingual;
  name: string | null;
  long_name: string | null;
  gid: number | null;
  children: number;
}
export interface BuildingHit {
  id: string;
  dataset: string;
  name: string | null;
  verdict?: Verdict | null;
  position?: LonLat | null;
}

export interface StateColumnInfo {
  name: string;
  dtype: "uint8" | "uint16" | "uint32" | "float32";
  components: number;
  codes?: (string | Code)[];
  no_data?: number | null;
  unit?: string | null;
}
/** A downloaded column: `values` holds `components` numbers a feature, indexed by gid. */
export interface StateColumn {
  name: string;
  values: ArrayLike<number>;
  components: number;
  noData: number | null;
  codes: string[];
}

export interface StateInfo {
  features: number;
  columns: StateColumnInfo[];
}

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
