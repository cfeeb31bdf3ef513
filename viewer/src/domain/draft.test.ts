import { expect, test } from "vitest";
import { changedValues, newScenarioId, outcomes, parseValue, scenarioBody, withChange } from "./draft";
import type { ScenarioChange, WhatIf } from "./types";

const change = (patch: Partial<ScenarioChange>): ScenarioChange => ({
  kind: "set",
  buildings: ["b/1"],
  new_id: null,
  attributes: {},
  design: null,
  note: "",
  footprint: null,
  ...patch,
});

test("what is typed becomes a value only where it is one", () => {
  expect(parseValue("height_m", " 12.5 ")).toBe(12.5);
  expect(parseValue("height_m", "-3")).toBeUndefined();
  expect(parseValue("storeys", "3.5")).toBeUndefined();
  expect(parseValue("roof_color", "#12345")).toBeUndefined();
  expect(parseValue("roof_form", "gable")).toBe("gable");
  expect(parseValue("roof_form", "")).toBeUndefined();
});

test("only what differs is a change; a color's capitals are no difference", () => {
  const stands = { height_m: 21.4, roof_color: "#7D766E", style: null };
  expect(changedValues(stands, { height_m: 21.4, roof_color: "#7d766e", style: "modern" })).toEqual({
    style: "modern",
  });
});

test("a second try on one building joins the first, others stay in their order", () => {
  const before = [change({ attributes: { height_m: 20, storeys: 6 } }), change({ buildings: ["b/2", "b/1"] })];
  const after = withChange(before, { dataset: "b", building_id: "1", set: { height_m: 15 } });
  expect(after.map(({ buildings, attributes }) => [buildings, attributes])).toEqual([
    [["b/2", "b/1"], {}],
    [["b/1"], { height_m: 15, storeys: 6 }],
  ]);
  const gone = withChange(after, { dataset: "b", building_id: "1", removed: true });
  expect(gone.at(-1)).toMatchObject({ kind: "demolish", attributes: {} });
  expect(gone).toHaveLength(2);
});

test("a scenario goes back to the server with its drawn and designed buildings", () => {
  const ring = [
    [0, 0],
    [1, 0],
    [1, 1],
    [0, 0],
  ];
  const body = scenarioBody(
    { id: "w", name: { zh: "西", en: "W" }, project_id: "p", note: "" },
    [
      change({
        kind: "replace",
        new_id: "n",
        footprint: { type: "Polygon", coordinates: [ring] },
        attributes: { height_m: 9 },
      }),
      change({ kind: "replace", design: "shop" }),
      change({ kind: "demolish", note: "old" }),
    ],
    "li",
  );
  expect(body).toEqual({
    id: "w",
    name: { zh: "西", en: "W" },
    project: "p",
    crs: "EPSG:4490",
    by: "li",
    changes: [
      { replace: { buildings: ["b/1"], by: { id: "n", footprint: ring.slice(0, 3), height_m: 9 } } },
      { replace: { buildings: ["b/1"], by: { design: "shop" } } },
      { demolish: ["b/1"], note: "old" },
    ],
  });
});

test("a new draft takes an id nobody has", () => {
  expect(newScenarioId("2026-11-22", [])).toBe("draft-2026-11-22");
  expect(newScenarioId("2026-11-22", ["draft-2026-11-22", "draft-2026-11-22-2"])).toBe("draft-2026-11-22-3");
});

test("outcomes: the worst first, neighbours only where they turn, rules that cease at the end", () => {
  const found = (building_id: string, verdict: string, verdict_before: string | null) =>
    ({
      dataset: "b",
      building_id,
      rule_id: `${building_id}${verdict}`,
      verdict,
      verdict_before,
      margin: null,
    }) as never;
  const answer: WhatIf = {
    findings: [
      found("1", "pass", "fail"),
      found("2", "pass", "pass"),
      found("3", "fail", "pass"),
      found("1", "fail", "fail"),
      found("4", "no_data", "fail"),
    ],
    gone: [found("1", "pass", "review")],
    flips: 3,
  };
  const rows = outcomes(answer, { dataset: "b", building_id: "1" });
  expect(rows.map(({ finding, own, turn }) => [finding.building_id, finding.verdict, own, turn])).toEqual([
    ["1", "fail", true, "same"],
    ["3", "fail", false, "worse"],
    ["4", "no_data", false, "lost"],
    ["1", "pass", true, "better"],
    ["1", null, true, "better"],
  ]);
});
