/** A finding with every field, for tests; override what a test is about. */
import type { Finding } from "./types";

export function finding(patch: Partial<Finding> = {}): Finding {
  return {
    id: "f1",
    dataset: "buildings",
    building_id: "yx-000001",
    gid: 0,
    building_name: "办公楼",
    rule_id: "height-core",
    kind: "building-height",
    clause: "3.2.1",
    nature: "rigid",
    zone_id: "core",
    street_id: null,
    verdict: "fail",
    original_verdict: null,
    measured: { value: 18.6, text: "18.6 m" },
    limit: { min: null, max: 15, text: "≤ 15 m", words: { zh: "≤ 15 m", en: "≤ 15 m" } },
    margin: -3.6,
    unit: "m",
    source: "height_m: field",
    confidence: "high",
    indicative: false,
    message: { zh: "", en: "" },
    position_deg: null,
    ...patch,
  };
}
