/**
 * What the colors on the buildings mean. A style is data: the legend and the colors uploaded to the scene are both
 * made from the same object, so they cannot disagree.
 */
import {
  GOING,
  HEIGHT_RAMP,
  NO_VALUE,
  PLAIN_ROOF,
  PLAIN_WALL,
  parseHex,
  type Rgb,
  STAGE_RAMP,
  USE_COLORS,
  VERDICT_MARKS,
  VERDICT_PAINTS,
  YEAR_RAMP,
} from "./colors";
import type { Standing } from "./scenario";
import { type Bilingual, type Code, type StateColumn, VERDICTS, type Verdict } from "./types";

export const COLOR_MODES = ["verdict", "height", "use", "year", "facade", "plain"] as const;
export type ColorMode = (typeof COLOR_MODES)[number];

/** One line of the legend and the rule that puts a building into it. */
export interface StyleClass {
  key: string;
  label: Bilingual;
  color: string;
  mark?: string;
  hatched?: boolean;
  /** half-open range [from, to) of the column's value */
  from?: number;
  to?: number;
  /** coded value of the column */
  code?: string;
}

export interface BuildingStyle {
  mode: ColorMode;
  title: Bilingual;
  unit: string;
  /** name of the state column to download; null draws the plain material */
  column: string | null;
  /** true: colors are the measured ones, drawn without light */
  exact: boolean;
  classes: StyleClass[];
  /** index in `classes` of "no value", or −1 */
  noValue: number;
}

const zhEn = (zh: string, en: string): Bilingual => ({ zh, en });
const NO_VALUE_CLASS: StyleClass = { key: "none", label: zhEn("无数据", "No data"), color: NO_VALUE, hatched: true };

const VERDICT_LABELS: Record<Verdict, Bilingual> = {
  fail: zhEn("不符合", "Fails"),
  review: zhEn("待复核", "To review"),
  no_data: zhEn("无数据", "No data"),
  exempt: zhEn("豁免", "Exempt"),
  pass: zhEn("符合", "Passes"),
};

function verdictStyle(): BuildingStyle {
  const classes = VERDICTS.map((verdict) => ({
    key: verdict,
    code: verdict,
    label: VERDICT_LABELS[verdict],
    color: VERDICT_PAINTS[verdict],
    mark: VERDICT_MARKS[verdict],
    hatched: verdict === "no_data",
  }));
  const none = { key: "none", label: zhEn("未检查", "Not checked"), color: PLAIN_WALL };
  return {
    mode: "verdict",
    title: zhEn("风貌审查结论", "Townscape verdict"),
    unit: "",
    column: "verdict",
    exact: false,
    classes: [...classes, none],
    noValue: classes.length,
  };
}

function rampClasses(breaks: number[], colors: string[], text: (from: number, to: number) => Bilingual): StyleClass[] {
  return colors.map((color, i) => {
    const from = i === 0 ? Number.NEGATIVE_INFINITY : (breaks[i - 1] ?? 0);
    const to = i === colors.length - 1 ? Number.POSITIVE_INFINITY : (breaks[i] ?? 0);
    return { key: `${i}`, from, to, color, label: text(from, to) };
  });
}

function heightStyle(): BuildingStyle {
  const classes = rampClasses([6, 12, 18, 24, 36, 54], HEIGHT_RAMP, (from, to) => {
    const text =
      from === Number.NEGATIVE_INFINITY ? `< ${to}` : to === Number.POSITIVE_INFINITY ? `≥ ${from}` : `${from}–${to}`;
    return zhEn(text, text);
  });
  return {
    mode: "height",
    title: zhEn("建筑高度", "Building height"),
    unit: "m",
    column: "height_m",
    exact: false,
    classes: [...classes, NO_VALUE_CLASS],
    noValue: classes.length,
  };
}

function yearStyle(): BuildingStyle {
  const classes = rampClasses([1950, 1980, 1990, 2000, 2010], YEAR_RAMP, (from, to) => {
    if (from === Number.NEGATIVE_INFINITY) return zhEn(`${to} 年以前`, `before ${to}`);
    if (to === Number.POSITIVE_INFINITY) return zhEn(`${from} 年以后`, `${from} and later`);
    return zhEn(`${from}–${to - 1}`, `${from}–${to - 1}`);
  });
  return {
    mode: "year",
    title: zhEn("建成年份", "Year built"),
    unit: "",
    column: "year_built",
    exact: false,
    classes: [...classes, NO_VALUE_CLASS],
    noValue: classes.length,
  };
}

function useStyle(codes: Code[]): BuildingStyle {
  const classes = codes.map((code) => ({
    key: code.value,
    code: code.value,
    label: zhEn(code.zh, code.en),
    color: USE_COLORS[code.value] ?? NO_VALUE,
  }));
  return {
    mode: "use",
    title: zhEn("建筑用途", "Building use"),
    unit: "",
    column: "use",
    exact: false,
    classes: [...classes, NO_VALUE_CLASS],
    noValue: classes.length,
  };
}

function facadeStyle(): BuildingStyle {
  const classes: StyleClass[] = [
    {
      key: "measured",
      label: zhEn("实测色（墙面主色、屋面色）", "Surveyed color of facade and roof"),
      color: "#b98b6a",
    },
    { ...NO_VALUE_CLASS, label: zhEn("未采集", "Not surveyed") },
  ];
  return {
    mode: "facade",
    title: zhEn("立面实色", "True facade color"),
    unit: "",
    column: "facade_main_color",
    exact: true,
    classes,
    noValue: 1,
  };
}

function plainStyle(): BuildingStyle {
  return {
    mode: "plain",
    title: zhEn("素模", "Plain"),
    unit: "",
    column: null,
    exact: false,
    classes: [{ key: "plain", label: zhEn("建筑", "Building"), color: PLAIN_WALL }],
    noValue: 0,
  };
}

/** The style of a mode. `useCodes` is the vocabulary's list, so a new use needs no change here. */
export function styleOf(mode: ColorMode, useCodes: Code[]): BuildingStyle {
  switch (mode) {
    case "verdict":
      return verdictStyle();
    case "height":
      return heightStyle();
    case "year":
      return yearStyle();
    case "use":
      return useStyle(useCodes);
    case "facade":
      return facadeStyle();
    case "plain":
      return plainStyle();
  }
}

/** Class index of each gid; what the legend counts and the colors are drawn from. */
export function classify(style: BuildingStyle, column: StateColumn | null, count: number): Uint8Array {
  const classes = new Uint8Array(count).fill(Math.max(style.noValue, 0));
  if (style.column === null || column === null) return classes;
  if (style.exact) {
    for (let gid = 0; gid < count; gid++) classes[gid] = (column.values[gid * 4 + 3] ?? 0) > 0 ? 0 : style.noValue;
    return classes;
  }
  const indexByCode = new Map(style.classes.flatMap((entry, i) => (entry.code === undefined ? [] : [[entry.code, i]])));
  const indexByNumber = column.codes.map((code) => indexByCode.get(code) ?? style.noValue);
  for (let gid = 0; gid < count; gid++) {
    const value = column.values[gid];
    if (value === undefined || Number.isNaN(value) || value === column.noData) continue;
    if (indexByNumber.length > 0) classes[gid] = indexByNumber[value] ?? style.noValue;
    else classes[gid] = rangeIndex(style, value);
  }
  return classes;
}

function rangeIndex(style: BuildingStyle, value: number): number {
  const index = style.classes.findIndex(
    (entry) => entry.from !== undefined && value >= entry.from && value < (entry.to ?? 0),
  );
  return index < 0 ? style.noValue : index;
}

/** Number of buildings in each legend line; only those that stand count. */
export function countClasses(
  style: BuildingStyle,
  classes: Uint8Array,
  standing: ((gid: number) => Standing) | null = null,
): number[] {
  const counts = style.classes.map(() => 0);
  classes.forEach((index, gid) => {
    if (!standing || standing(gid) === "present") counts[index] = (counts[index] ?? 0) + 1;
  });
  return counts;
}

/** How a fragment is to be painted, in the alpha byte of its color. */
export const PAINT = { plain: 0, absent: 40, hatched: 80, faded: 160, full: 255 } as const;

export interface Paint {
  /** RGBA a gid, sRGB; A is one of `PAINT` */
  walls: Uint8Array;
  roofs: Uint8Array;
}

/**
 * Colors of `count` features. Walls and roofs differ only where the style says so (true color, plain); a class hidden
 * by the legend fades to the plain material and stays. `standing` says which do not stand in the view of the town that
 * is shown, or are about to go.
 */
export function paintBuildings(
  style: BuildingStyle,
  classes: Uint8Array,
  facade: StateColumn | null,
  roof: StateColumn | null,
  muted: ReadonlySet<string>,
  standing: ((gid: number) => Standing) | null = null,
): Paint {
  const count = classes.length;
  const walls = new Uint8Array(count * 4);
  const roofs = new Uint8Array(count * 4);
  const table = style.classes.map((entry) => ({ rgb: parseHex(entry.color), paint: classPaint(style, entry, muted) }));
  const fallback = { rgb: parseHex(NO_VALUE), paint: PAINT.hatched as number };
  const plainRoof = parseHex(PLAIN_ROOF);
  const going = parseHex(GOING);
  for (let gid = 0; gid < count; gid++) {
    const entry = table[classes[gid] ?? 0] ?? fallback;
    const stands = standing?.(gid) ?? "present";
    if (stands !== "present") {
      const paint = stands === "absent" ? PAINT.absent : PAINT.hatched;
      writeColor(walls, gid, going, paint);
      writeColor(roofs, gid, going, paint);
      continue;
    }
    const measured = style.exact && classes[gid] !== style.noValue && entry.paint === PAINT.full;
    writeColor(walls, gid, measured ? readColor(facade, gid, entry.rgb) : entry.rgb, entry.paint);
    const roofColor = measured ? readColor(roof, gid, plainRoof) : style.mode === "plain" ? plainRoof : entry.rgb;
    writeColor(roofs, gid, roofColor, entry.paint);
  }
  return { walls, roofs };
}

function classPaint(style: BuildingStyle, entry: StyleClass, muted: ReadonlySet<string>): number {
  if (muted.has(entry.key)) return PAINT.faded;
  if (style.mode === "plain" || (style.mode === "verdict" && entry.key === "none")) return PAINT.plain;
  return entry.hatched ? PAINT.hatched : PAINT.full;
}

function readColor(column: StateColumn | null, gid: number, otherwise: Rgb): Rgb {
  const at = (i: number) => column?.values[gid * 4 + i] ?? 0;
  return at(3) > 0 ? [at(0), at(1), at(2)] : otherwise;
}

function writeColor(target: Uint8Array, gid: number, rgb: Rgb, alpha: number): void {
  target[gid * 4] = rgb[0];
  target[gid * 4 + 1] = rgb[1];
  target[gid * 4 + 2] = rgb[2];
  target[gid * 4 + 3] = alpha;
}

/** Color of a project stage by its place in the list of stages, 0 first. */
export function stageColor(index: number, stages: number): string {
  const t = stages > 1 ? index / (stages - 1) : 0;
  return STAGE_RAMP[Math.round(Math.min(Math.max(t, 0), 1) * (STAGE_RAMP.length - 1))] ?? "#5f9acb";
}

/** Colors of height envelopes: the lower the limit the lighter, in the hues of the height ramp. */
export function limitColors(limits_m: readonly number[]): Map<number, string> {
  const distinct = [...new Set(limits_m)].sort((a, b) => a - b);
  const ramp = HEIGHT_RAMP.slice(1);
  const last = Math.max(distinct.length - 1, 1);
  return new Map(distinct.map((limit_m, i) => [limit_m, ramp[Math.round((i / last) * (ramp.length - 1))] ?? NO_VALUE]));
}
