/** Elements of a building model. */
import type { Bilingual } from "./common";

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
