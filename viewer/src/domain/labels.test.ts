import { expect, test } from "vitest";
import { codeWords, columnWords, inWords, sourceText, valueInWords } from "./labels";
import type { Vocabulary } from "./types";

const code = (value: string, zh: string) => ({ value, zh, en: value });
const column = (name: string, zh: string, codes: ReturnType<typeof code>[] = []) => ({
  name,
  zh,
  en: name,
  unit: "",
  codes,
});
const vocabulary = {
  attributes: [
    column("color_source", "色彩来源", [code("photo", "照片")]),
    column("facade_material", "外墙材料", [code("grey_brick", "青砖"), code("stone", "石材")]),
    column("sign_count", "店招数"),
    column("shop_count", "店铺数"),
  ],
  street_attributes: [column("overhead_line_m", "架空线长度")],
} as unknown as Vocabulary;
const zh = (value: { zh: string }) => value.zh;

test("a source is said in the words of the vocabulary, of streets too, and otherwise left alone", () => {
  const told = (source: string) => sourceText(source, vocabulary, zh, "缺失");
  expect(told("color_source: photo")).toBe("色彩来源: 照片");
  expect(told("color_source: missing")).toBe("色彩来源: 缺失");
  expect(told("overhead_line_m: field")).toBe("架空线长度: field");
  expect(told("sign_count ÷ shop_count")).toBe("店招数 ÷ 店铺数");
  expect(told("survey 2024")).toBe("survey 2024");
});

test("codes in a measured value or a limit become words, colors and numbers stay", () => {
  const words = codeWords(vocabulary, zh);
  expect(valueInWords("grey_brick", words)).toBe("青砖");
  expect(valueInWords("7.4R 4.4/12", words)).toBe("7.4R 4.4/12");
  expect(inWords("allowed: grey_brick, stone", words, zh)).toBe("允许：青砖, 石材");
  expect(inWords("≤ 18 m", words, zh)).toBe("≤ 18 m");
  expect(columnWords(vocabulary, zh).get("overhead_line_m")).toBe("架空线长度");
});
