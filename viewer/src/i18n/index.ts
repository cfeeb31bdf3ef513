/** Strings in two languages; `{name}` in a string is replaced by a parameter. */
import { en } from "./en";
import { zh } from "./zh";

export type Key = keyof typeof zh;
export type Lang = "zh" | "en";
export const DICTIONARIES: Record<Lang, Record<Key, string>> = { zh, en };

export function translate(lang: Lang, key: Key, parameters: Record<string, string | number> = {}): string {
  return DICTIONARIES[lang][key].replace(/\{(\w+)\}/g, (whole, name: string) => String(parameters[name] ?? whole));
}

export const isKey = (key: string): key is Key => key in zh;

/** A bilingual value of the data in the language of the page; the other language where one is empty. */
export function pick(
  lang: Lang,
  value: { zh?: string | null; en?: string | null } | string | null | undefined,
): string {
  if (typeof value === "string") return value;
  if (!value) return "";
  return (lang === "zh" ? value.zh || value.en : value.en || value.zh) ?? "";
}
