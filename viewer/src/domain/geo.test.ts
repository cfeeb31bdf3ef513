import { expect, test } from "vitest";
import {
  bearingAlong,
  bearingRad,
  circleRing,
  cornersOf,
  extentOf,
  hasHeights,
  lineLength,
  metresPerDegree,
  offsetRing,
  partsOf,
  pointAlong,
} from "./geo";
import type { LonLat } from "./types";

const [KX, KY] = metresPerDegree(38);
const at = (x_m: number, y_m: number): LonLat => [113 + x_m / KX, 38 + y_m / KY];

test("a degree of latitude is 111.2 km and of longitude its cosine", () => {
  expect(KY).toBeCloseTo(111_195, -1);
  expect(KX / KY).toBeCloseTo(Math.cos((38 * Math.PI) / 180), 12);
});

test("points along an L-shaped line", () => {
  const line = [at(0, 0), at(100, 0), at(100, 50)];
  expect(lineLength(line)).toBeCloseTo(150, 2);
  expect(pointAlong(line, 120)[1]).toBeCloseTo(at(100, 20)[1], 7);
  expect(pointAlong(line, -5)).toEqual(line[0]);
  expect(pointAlong(line, 999)).toEqual(line[2]);
});

test("bearings run clockwise from north", () => {
  expect(bearingRad(at(0, 0), at(10, 0))).toBeCloseTo(Math.PI / 2, 6);
  expect(bearingAlong([at(0, 0), at(0, 500)], 10)).toBeCloseTo(0, 6);
});

test("a square pushed out by 1 m grows by 2 m, whichever way it winds", () => {
  const square = [at(0, 0), at(10, 0), at(10, 10), at(0, 10), at(0, 0)];
  for (const ring of [square, [...square].reverse()]) {
    const [w, s, e, n] = extentOf({ type: "Polygon", coordinates: [offsetRing(ring, 1)] });
    expect((e - w) * KX).toBeCloseTo(12, 2);
    expect((n - s) * KY).toBeCloseTo(12, 2);
  }
});

test("a square has four corners and a round chimney none", () => {
  const square = [at(0, 0), at(5, 0), at(10, 0), at(10, 10), at(0, 10), at(0, 0)];
  expect(cornersOf(square)).toHaveLength(4);
  expect(cornersOf(circleRing([113, 38], 3))).toEqual([]);
});

test("a collection is its parts; a line with a third coordinate says how high it is", () => {
  const sight = {
    type: "LineString" as const,
    coordinates: [
      [113, 38, 950],
      [113.1, 38, 960],
    ],
  };
  const flat = {
    type: "LineString" as const,
    coordinates: [
      [113, 38],
      [113.1, 38],
    ],
  };
  expect(partsOf({ type: "GeometryCollection", geometries: [flat, sight] })).toEqual([flat, sight]);
  expect([hasHeights(sight), hasHeights(flat)]).toEqual([true, false]);
});
