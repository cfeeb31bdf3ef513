import { expect, test } from "vitest";
import {
  formatChainage,
  formatInstant,
  formatLength,
  formatMoney,
  formatNumber,
  limitText,
  marginText,
  measuredColor,
  measuredText,
} from "./format";
import { finding } from "./testData";

test("a broken limit reads measured, limit and how far over", () => {
  const broken = finding();
  expect(measuredText(broken)).toBe("18.6");
  expect(limitText(broken, "zh")).toBe("≤ 15");
  expect(marginText(broken, "zh")).toBe("超 3.6 m");
  expect(marginText(broken, "en")).toBe("3.6 m over");
});

test("a kept limit says how much room is left", () => {
  expect(marginText(finding({ margin: 2.4 }), "zh")).toBe("余 2.4 m");
  expect(marginText(finding({ margin: 0 }), "en")).toBe("0 m left");
});

test("units that are words are translated, symbols stay", () => {
  expect(marginText(finding({ margin: -6, unit: "storeys" }), "zh")).toBe("超 6 层");
  expect(marginText(finding({ margin: -0.85, unit: "steps" }), "en")).toBe("0.85 steps over");
});

test("two-sided, lower and missing limits have their own signs", () => {
  const none = { zh: "", en: "" };
  expect(limitText(finding({ limit: { min: 3, max: 6, text: "", words: none } }), "zh")).toBe("3–6");
  expect(limitText(finding({ limit: { min: 3, max: null, text: "", words: none } }), "zh")).toBe("≥ 3");
  expect(limitText(finding({ limit: { min: null, max: null, text: "", words: none } }), "zh")).toBe("—");
});

test("a color is shown as its text with a swatch, not as a number", () => {
  const color = finding({ kind: "facade-main-color", measured: { value: 2.7, text: "#d6cdb9" } });
  expect(measuredText(color)).toBe("#d6cdb9");
  expect(measuredColor(color)).toBe("#d6cdb9");
  expect(measuredColor(finding())).toBeNull();
});

test("coded values take the words of the vocabulary", () => {
  const labels = new Map([["metal_sheet", "彩钢板"]]);
  const measured = { value: null, text: "metal_sheet" };
  expect(measuredText(finding({ kind: "roof-material", measured }), labels)).toBe("彩钢板");
});

test("instants and money are short", () => {
  expect(formatInstant("2026-11-22T08:30:00.000Z", true)).toBe("2026-11-22 08:30");
  expect(formatInstant(null)).toBe("…");
  expect(formatMoney(35_200_000, "zh")).toBe("3,520 万元");
  expect(formatMoney(35_200_000, "en")).toBe("¥35.2 M");
});

test("a limit without a number is said in the language of the page", () => {
  const words = { zh: "允许：暖灰 5YR–5Y 6–9/1–3", en: "allowed: Warm grey 5YR–5Y 6–9/1–3" };
  const color = finding({ limit: { min: null, max: null, text: "allowed: …", words } });
  expect(limitText(color, "zh")).toBe(words.zh);
  expect(limitText(color, "en")).toBe(words.en);
});

test("no number is invented for missing data", () => {
  const none = finding({ verdict: "no_data", measured: { value: null, text: null }, margin: null });
  expect(measuredText(none)).toBe("—");
  expect(marginText(none, "zh")).toBeNull();
});

test("numbers are grouped, trimmed and use a true minus", () => {
  expect(formatNumber(12305)).toBe("12,305");
  expect(formatNumber(-3.04)).toBe("−3");
  expect(formatNumber(-0.01)).toBe("0");
  expect(formatLength(950)).toBe("950 m");
  expect(formatLength(1450)).toBe("1.45 km");
  expect(formatChainage(1240)).toBe("1+240");
  expect(formatChainage(-3)).toBe("0+000");
});
