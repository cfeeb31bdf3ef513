import { expect, test } from "vitest";
import { compareClauses, presentVerdicts, sortFindings } from "./findings";
import { finding } from "./testData";

const ids = (sort: Parameters<typeof sortFindings>[1], findings: ReturnType<typeof finding>[]) =>
  sortFindings(findings, sort).map(({ id }) => id);

test("by margin the most broken comes first and findings without a number last, both ways", () => {
  const findings = [
    finding({ id: "small", margin: -1 }),
    finding({ id: "none", margin: null }),
    finding({ id: "large", margin: -9 }),
  ];
  expect(ids("margin", findings)).toEqual(["large", "small", "none"]);
  expect(ids("-margin", findings)).toEqual(["small", "large", "none"]);
});

test("by building the unnamed come last", () => {
  const findings = [finding({ id: "b", building_name: null }), finding({ id: "a", building_name: "安宁楼" })];
  expect(ids("building", findings)).toEqual(["a", "b"]);
});

test("sorting leaves its input alone", () => {
  const findings = [finding({ id: "b", kind: "storeys" }), finding({ id: "a", kind: "building-height" })];
  expect(ids("kind", findings)).toEqual(["a", "b"]);
  expect(findings.map(({ id }) => id)).toEqual(["b", "a"]);
});

test("verdicts are listed worst first and only where they occur", () => {
  expect(presentVerdicts({ pass: 4, fail: 1, review: 0 })).toEqual([
    ["fail", 1],
    ["pass", 4],
  ]);
});

test("clause numbers sort as numbers", () => {
  expect(compareClauses("3.2.10", "3.2.9")).toBeGreaterThan(0);
});
