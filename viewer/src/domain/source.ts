/** Where a measured value comes from, in words. */
import type { Bilingual, Vocabulary } from "./types";

/** `height_m: field` → `高度：高度字段`; what the vocabulary does not know stays as it is. */
export function sourceText(source: string, vocabulary: Vocabulary | null, pick: (value: Bilingual) => string): string {
  const [name = "", value = ""] = source.split(/:\s*/, 2);
  const attribute = vocabulary?.attributes.find((candidate) => candidate.name === name);
  if (!attribute || !value) return source;
  const codes = [...attribute.codes, ...(vocabulary?.height_sources ?? [])];
  const code = codes.find((candidate) => candidate.value === value);
  return `${pick(attribute)}: ${code ? pick(code) : value}`;
}
