import type { TypedValue } from "./types";

/** Property sets of an IFC element as rows of text. */
export interface PropertyRows {
  name: string;
  rows: [string, string][];
}

export function flattenProperties(properties: Record<string, unknown>): PropertyRows[] {
  const loose: [string, string][] = [];
  const sets: PropertyRows[] = [];
  for (const [name, value] of Object.entries(properties)) {
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      const rows = Object.entries(value).map(([key, inner]): [string, string] => [key, propertyText(inner)]);
      if (rows.length > 0) sets.push({ name, rows });
    } else loose.push([name, propertyText(value)]);
  }
  return loose.length > 0 ? [{ name: "", rows: loose }, ...sets] : sets;
}

/** A plain value, or one with its measure and unit as the model states it. */
function propertyText(value: unknown): string {
  if (isTyped(value)) return value.unit ? `${propertyText(value.value)} ${value.unit}` : propertyText(value.value);
  if (Array.isArray(value)) return value.map(propertyText).join(", ");
  if (value === null || value === undefined) return "—";
  if (typeof value === "number") return String(Math.round(value * 1000) / 1000);
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function isTyped(value: unknown): value is TypedValue {
  return typeof value === "object" && value !== null && "value" in value && "type" in value;
}
