import { expect, test } from "vitest";
import { groupFlips } from "./flips";
import type { Flip } from "./types";

const flip = (building_id: string, verdict_to: Flip["verdict_to"], reasons: string[]) =>
  ({ dataset: "b", building_id, verdict_to, reasons }) as Flip;

test("flips of a building stand together, the worst new verdict first; a reason narrows them", () => {
  const flips = [flip("1", "pass", ["data"]), flip("2", "fail", ["rule"]), flip("1", null, ["rule"])];
  expect(groupFlips(flips, null).map(({ building_id, flips: all }) => [building_id, all.length])).toEqual([
    ["2", 1],
    ["1", 2],
  ]);
  expect(groupFlips(flips, "data").map(({ building_id }) => building_id)).toEqual(["1"]);
});
