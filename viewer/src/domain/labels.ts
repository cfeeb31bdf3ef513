/** Words for the values and columns that findings name: the vocabulary of the API, never the bare code. */
import { formatNumber } from "./number";
import type { AttributeInfo, Bilingual, Code, Vocabulary } from "./types";

type Pick = (value: Bilingual) => string;
/** Coded values, or columns, and what people call them. */
export type Words = ReadonlyMap<string, string>;

function attributesOf(vocabulary: Vocabulary | null): AttributeInfo[] {
  return [
    ...(vocabulary?.street_attributes ?? []),
    ...(vocabulary?.plan_unit_attributes ?? []),
    ...(vocabulary?.attributes ?? []),
  ];
}

/** Every coded value of the vocabulary; the buildings' own words win. */
export function codeWords(vocabulary: Vocabulary | null, pick: Pick): Words {
  return new Map(attributesOf(vocabulary).flatMap(({ codes }) => codes.map((code) => [code.value, pick(code)])));
}

/** Every column: of buildings, streets and plan units. */
export function columnWords(vocabulary: Vocabulary | null, pick: Pick): Words {
  return new Map(attributesOf(vocabulary).map((attribute) => [attribute.name, pick(attribute)]));
}

/** A value of a column as people read it, without its unit: codes in words, years ungrouped. */
export function attributeText(attribute: AttributeInfo | undefined, value: unknown, pick: Pick): string {
  if (value === null || value === undefined || value === "") return "—";
  const code = attribute?.codes.find((candidate) => candidate.value === value);
  if (code) return pick(code);
  if (typeof value === "number") return attribute?.name === "year_built" ? String(value) : formatNumber(value, 2);
  return typeof value === "object" ? "…" : String(value);
}

/** What a verdict says beside columns and codes. */
const PHRASES: readonly [RegExp, Bilingual][] = [
  [/\ballowed:\s*/g, { zh: "允许：", en: "allowed: " }],
  [/\bforbidden:\s*/g, { zh: "禁止：", en: "forbidden: " }],
  [/\breview:\s*/g, { zh: "复核：", en: "review: " }],
  [/\bfootprints\b/g, { zh: "基底面积之和", en: "footprints" }],
  [/\bfootprint\b/g, { zh: "基底面积", en: "footprint" }],
  [/\bline of sight\b/g, { zh: "视线标高", en: "line of sight" }],
  [/\bof the corridor\b/g, { zh: "（通廊内）", en: "of the corridor" }],
  [/\bacross the street\b/g, { zh: "（对街）", en: "across the street" }],
  [/\barea in km²/g, { zh: "用地面积（km²）", en: "area in km²" }],
  [/\barea\b/g, { zh: "用地面积", en: "area" }],
  [/\bgeometry\b/g, { zh: "几何", en: "geometry" }],
  [/, or /g, { zh: "，或", en: ", or " }],
];

/** A text of codes and columns in words: `grey_brick, stone` → `青砖、石材`. What is no code stays. */
export function inWords(text: string, words: Words, pick: Pick): string {
  let told = text.replace(/[a-z][a-z0-9]*(?:_[a-z0-9]+)*/g, (word) => words.get(word) ?? word);
  for (const [pattern, phrase] of PHRASES) told = told.replace(pattern, pick(phrase));
  return told;
}

/** A measured value: a code in words; a color or a number as it is. */
export function valueInWords(text: string, words: Words): string {
  return text.replace(/[a-z]+(?:_[a-z]+)*/g, (word) => words.get(word) ?? word);
}

/** Where a measured value comes from: `height_m: field` → `高度: 源数据字段`. */
export function sourceText(source: string, vocabulary: Vocabulary | null, pick: Pick, missing: string): string {
  const columns = columnWords(vocabulary, pick);
  const [name = "", value = ""] = source.split(/:\s*/, 2);
  const column = columns.get(name) ?? inWords(name, columns, pick);
  if (value === "") return inWords(source, columns, pick);
  if (value === "missing") return `${column}: ${missing}`;
  const attribute = attributesOf(vocabulary).find((candidate) => candidate.name === name);
  const codes: Code[] = [...(attribute?.codes ?? []), ...(vocabulary?.height_sources ?? [])];
  const code = codes.find((candidate) => candidate.value === value);
  return `${column}: ${code ? pick(code) : value}`;
}
