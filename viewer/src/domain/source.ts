/** Where a measured value comes from, in words. */
import type { Bilingual, Vocabulary } from "./types";

/** `height_m: field` → `高度: 源数据字段`; what the vocabulary does not know stays as it is. */
export function sourceText(
  source: string,
  vocabulary: Vocabulary | null,
  pick: (value: Bilingual) => string,
  missing: string,
): string {
  const [name = "", value = ""] = source.split(/:\s*/, 2);
  const attribute = vocabulary?.attributes.find((candidate) => candidate.name === name);
  if (!attribute || !value) return source;
  if (value === "missing") return `${pick(attribute)}: ${missing}`;
  const codes = [...attribute.codes, ...(vocabulary?.height_sources ?? [])];
  const code = codes.find((candidate) => candidate.value === value);
  return `${pick(attribute)}: ${code ? pick(code) : value}`;
}
