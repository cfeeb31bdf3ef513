import { expect, test } from "vitest";
import { standingOf, withScenarioValues } from "./scenario";
import type { ScenarioShape } from "./types";

const CODES = ["existing", "proposed", "removed", "changed", "reshaped"];
const place = { name: "place", values: Uint8Array.of(0, 1, 2, 3, 4, 255), components: 1, noData: 255, codes: CODES };
const drawn = (view: "existing" | "proposed" | "both") => {
  const standing = standingOf(view, place);
  return [0, 1, 2, 3, 4, 5].map((gid) => standing?.(gid));
};

test("the town as it stands has no designs and nothing that is gone; what nobody says of a place leaves it there", () => {
  expect(drawn("existing")).toEqual(["present", "absent", "absent", "present", "present", "present"]);
});

test("the proposed town has what is proposed, and neither what goes nor the old shape of what is reshaped", () => {
  expect(drawn("proposed")).toEqual(["present", "present", "absent", "present", "absent", "absent"]);
});

test("compared, what goes stays in the picture and is marked", () => {
  expect(drawn("both")).toEqual(["present", "present", "going", "present", "going", "absent"]);
});

test("where no state of places is known everything stands", () => {
  expect(standingOf("existing", null)).toBeNull();
});

test("what a scenario sets stands in the column of the town, the rest as it was", () => {
  const shape = (gid: number | null, attributes: Record<string, string | number>) =>
    ({ gid, attributes }) as ScenarioShape;
  const use = { name: "use", values: Uint8Array.of(0, 1), components: 1, noData: 255, codes: ["home", "shop"] };
  const color = { name: "roof_color", values: new Uint8Array(8), components: 4, noData: null, codes: [] };
  const shapes = [shape(1, { use: "home", roof_color: "#102030" }), shape(null, { use: "shop" })];
  expect(Array.from(withScenarioValues(use, shapes).values)).toEqual([0, 0]);
  expect(Array.from(withScenarioValues(color, shapes).values)).toEqual([0, 0, 0, 0, 16, 32, 48, 255]);
  expect(withScenarioValues(use, [])).toBe(use);
});
