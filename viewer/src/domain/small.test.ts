import { expect, test } from "vitest";
import { prismOf } from "./building";
import { flattenProperties } from "./elements";
import { parseProblem } from "./problem";
import { qualityFor } from "./quality";
import { scaleBar } from "./scale";
import { sunPosition } from "./sun";
import type { BuildingRecord, Dataset } from "./types";

test("at the equinox the noon sun stands in the south at 90° − latitude", () => {
  const noon = sunPosition([120, 38], 12 + 7.5 / 60);
  expect(noon.azimuth_rad).toBeCloseTo(Math.PI, 6);
  expect(noon.altitude_rad).toBeCloseTo(((90 - 38) * Math.PI) / 180, 6);
  expect(sunPosition([120, 38], 9).azimuth_rad).toBeLessThan(Math.PI);
});

test("a scale bar is round and fits", () => {
  expect(scaleBar(1, 96)).toEqual({ label: "50 m", width_px: 50 });
  expect(scaleBar(30, 96)).toEqual({ label: "2 km", width_px: 67 });
});

test("a prism stands on its base in ellipsoidal metres, else on the position of the building", () => {
  const dataset = { heights: { undulation_m: -15.6 } } as Dataset;
  const building = (attributes: BuildingRecord["attributes"]) =>
    ({ attributes, position_deg: [113, 38, 950] }) as BuildingRecord;
  expect(prismOf(building({ height_m: 10, base_m: 940 }), dataset)).toEqual({ bottom_m: 924.4, top_m: 934.4 });
  expect(prismOf(building({ height_m: 10, base_m: null }), dataset)).toEqual({ bottom_m: 950, top_m: 960 });
  expect(prismOf(building({ height_m: null }), dataset)).toBeNull();
});

test("property sets become rows and loose values a set without a name", () => {
  expect(flattenProperties({ Pset_Wall: { IsExternal: true, Width: 0.24000001 }, Mark: null })).toEqual([
    { name: "", rows: [["Mark", "—"]] },
    {
      name: "Pset_Wall",
      rows: [
        ["IsExternal", "true"],
        ["Width", "0.24"],
      ],
    },
  ]);
});

test("typed properties show their unit, lists their items", () => {
  const typed = {
    Width: { value: 0.24, type: "IfcLengthMeasure", unit: "m" },
    Uses: { value: ["a", 2], type: "list" },
  };
  expect(flattenProperties({ Qto_WallBaseQuantities: typed })[0]?.rows).toEqual([
    ["Width", "0.24 m"],
    ["Uses", "a, 2"],
  ]);
});

test("a problem keeps what the server said, and an unreadable one its status", () => {
  const problem = parseProblem(404, {
    title: "Not Found",
    detail: "no building x",
    code: "no-building",
    hint: "list them",
  });
  expect(problem).toMatchObject({ code: "no-building", hint: "list them", message: "Not Found: no building x" });
  expect(parseProblem(502, null)).toMatchObject({ code: "http-502", message: "HTTP 502" });
});

test("software renderers start in low quality", () => {
  expect(qualityFor("ANGLE (Mesa, llvmpipe (LLVM 15.0.6))")).toBe("low");
  expect(qualityFor("ANGLE (NVIDIA GeForce RTX 3060)")).toBe("medium");
});
