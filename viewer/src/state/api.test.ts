import { expect, test } from "vitest";
import { lowestOf } from "./api";

/** East, north and up at 0° N 0° E: y, z and x of the Earth-centred frame. */
const AT_EQUATOR = [0, 1, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 6_378_137 + 100, 0, 0, 1];

test("the foot of a model is where its box ends below", () => {
  const box = [0, 0, 4, 13, 0, 0, 0, 8, 0, 0, 0, 4.5];
  expect(lowestOf({ boundingVolume: { box }, transform: AT_EQUATOR })).toBeCloseTo(99.5, 3);
});

test("a region says its lowest height; bounds without a place say nothing", () => {
  expect(lowestOf({ boundingVolume: { region: [0, 0, 1, 1, 931, 990] } })).toBe(931);
  expect(lowestOf({ boundingVolume: { box: [0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1] } })).toBeNull();
});
