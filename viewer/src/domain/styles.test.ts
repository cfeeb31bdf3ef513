import { expect, test } from "vitest";
import { parseHex } from "./colors";
import { COLOR_MODES, classify, countClasses, limitColors, PAINT, paintBuildings, stageColor, styleOf } from "./styles";
import { type StateColumn, VERDICTS } from "./types";

const USES = [
  { value: "residential", zh: "居住", en: "Residential" },
  { value: "public", zh: "公共服务", en: "Public" },
];
const column = (patch: Partial<StateColumn>): StateColumn => ({
  name: "x",
  values: [],
  components: 1,
  noData: null,
  codes: [],
  ...patch,
});
const NONE = new Set<string>();

test("a verdict column in any code order falls into its legend classes", () => {
  const style = styleOf("verdict", USES);
  const codes = ["pass", "exempt", "no_data", "review", "fail"];
  const classes = classify(style, column({ values: Uint8Array.of(4, 0, 255, 0), codes, noData: 255 }), 4);
  expect([...classes].map((i) => style.classes[i]?.key)).toEqual(["fail", "pass", "none", "pass"]);
  expect(countClasses(style, classes)).toEqual(
    style.classes.map(({ key }) => ({ fail: 1, pass: 2, none: 1 })[key] ?? 0),
  );
});

test("the colors painted are the colors of the legend", () => {
  for (const mode of COLOR_MODES.filter((candidate) => candidate !== "facade")) {
    const style = styleOf(mode, USES);
    style.classes.forEach((entry, index) => {
      const { walls } = paintBuildings(style, Uint8Array.of(index), null, null, NONE);
      expect([...walls.slice(0, 3)], `${mode}/${entry.key}`).toEqual([...parseHex(entry.color)]);
    });
  }
});

test("heights fall into half-open classes and NaN is no data", () => {
  const style = styleOf("height", USES);
  const classes = classify(style, column({ values: Float32Array.of(5.99, 6, 71.1, Number.NaN) }), 4);
  expect([...classes].map((i) => style.classes[i]?.label.en)).toEqual(["< 6", "6–12", "≥ 54", "No data"]);
});

test("a year of 0 is no data, not antiquity", () => {
  const style = styleOf("year", USES);
  const classes = classify(style, column({ values: Uint16Array.of(0, 1979, 2010), noData: 0 }), 3);
  expect([...classes].map((i) => style.classes[i]?.label.zh)).toEqual(["无数据", "1950–1979", "2010 年以后"]);
});

test("true color paints the surveyed bytes on walls and roofs, unlit, and hatches what was not surveyed", () => {
  const style = styleOf("facade", USES);
  const facade = column({ components: 4, values: Uint8Array.of(214, 205, 185, 255, 0, 0, 0, 0) });
  const roof = column({ components: 4, values: Uint8Array.of(125, 118, 110, 255, 0, 0, 0, 0) });
  const { walls, roofs } = paintBuildings(style, classify(style, facade, 2), facade, roof, NONE);
  expect(style.exact).toBe(true);
  expect([...walls.slice(0, 4)]).toEqual([214, 205, 185, PAINT.full]);
  expect([...roofs.slice(0, 4)]).toEqual([125, 118, 110, PAINT.full]);
  expect(walls[7]).toBe(PAINT.hatched);
});

test("a class faded by the legend stays, but pale", () => {
  const style = styleOf("use", USES);
  const { walls } = paintBuildings(style, Uint8Array.of(0, 1), null, null, new Set(["residential"]));
  expect([walls[3], walls[7]]).toEqual([PAINT.faded, PAINT.full]);
});

test("every verdict has a legend line with a sign, so that nothing depends on hue", () => {
  const marks = styleOf("verdict", USES)
    .classes.slice(0, VERDICTS.length)
    .map(({ mark }) => mark);
  expect(new Set(marks).size).toBe(VERDICTS.length);
});

test("stages run light to dark", () => {
  const light = (hex: string) => parseHex(hex).reduce((sum, byte) => sum + byte, 0);
  const lights = Array.from({ length: 9 }, (_, i) => light(stageColor(i, 9)));
  expect([...lights].sort((a, b) => b - a)).toEqual(lights);
});

test("equal limits share a color and a higher limit is darker", () => {
  const colors = limitColors([18, 12, 18, 54]);
  expect([...colors.keys()]).toEqual([12, 18, 54]);
  expect(new Set(colors.values()).size).toBe(3);
});

test("a building that does not stand in the view is painted as absent, whatever its class; one that goes is hatched", () => {
  const style = styleOf("use", USES);
  const standing = (gid: number) => (["present", "absent", "going"] as const)[gid] ?? "present";
  const { walls, roofs } = paintBuildings(style, Uint8Array.of(0, 1, 0), null, null, NONE, standing);
  expect([walls[3], walls[7], walls[11]]).toEqual([PAINT.full, PAINT.absent, PAINT.hatched]);
  expect(roofs[7]).toBe(PAINT.absent);
});
