/** Columns of one number a feature. */
import type { Code } from "./common";

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
