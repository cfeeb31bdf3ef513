/** Numbers and findings as people read them. */
import { valueInWords, type Words } from "./labels";
import { formatNumber } from "./number";
import type { Finding } from "./types";

export { formatNumber };

export type Lang = "zh" | "en";

export function formatLength(metres: number): string {
  return metres >= 1000 ? `${formatNumber(metres / 1000, 2)} km` : `${formatNumber(metres, 0)} m`;
}

/** Chainage the way engineers write it: 1+240. */
export function formatChainage(metres: number): string {
  const whole = Math.max(0, Math.round(metres));
  return `${Math.floor(whole / 1000)}+${String(whole % 1000).padStart(3, "0")}`;
}

const isColor = (text: string | null) => text !== null && /^#[0-9a-f]{6}\b/i.test(text);

/** Measured value without its unit; "—" when there is none. */
export function measuredText(finding: Finding, labels?: Words): string {
  const { value, text } = finding.measured;
  if (value !== null && !isColor(text)) return formatNumber(value, 2);
  const said = text?.trim() || "—";
  return labels ? valueInWords(said, labels) : said;
}

/** The limit with its sign: `≤ 15`, `≥ 3`, `3–6`, or what the rule says in words. */
export function limitText(finding: Finding, lang: Lang): string {
  const { min, max, words } = finding.limit;
  if (min !== null && max !== null) return `${formatNumber(min, 2)}–${formatNumber(max, 2)}`;
  if (max !== null) return `≤ ${formatNumber(max, 2)}`;
  if (min !== null) return `≥ ${formatNumber(min, 2)}`;
  return words[lang].trim() || "—";
}

const UNITS: Record<string, Record<Lang, string>> = {
  storeys: { zh: "层", en: "storeys" },
  steps: { zh: "级", en: "steps" },
};

/** A unit as people write it; symbols such as `m` stay. */
export function unitText(unit: string | null, lang: Lang): string {
  return unit === null ? "" : (UNITS[unit]?.[lang] ?? unit);
}

/** Room to the limit: `余 2.4 m` or `超 3.6 m` (English: `2.4 m left`, `3.6 m over`); null when the rule has no number. */
export function marginText({ margin, unit }: Pick<Finding, "margin" | "unit">, lang: Lang): string | null {
  if (margin === null) return null;
  const amount = `${formatNumber(Math.abs(margin), 2)} ${unitText(unit, lang)}`.trim();
  const broken = margin < 0;
  if (lang === "zh") return `${broken ? "超" : "余"} ${amount}`;
  return `${amount} ${broken ? "over" : "left"}`;
}

/** The day of an instant, with its minute where asked for: `2026-11-22 08:30`. */
export function formatInstant(instant: string | null, withTime = false): string {
  if (!instant) return "…";
  const [day = "", time = ""] = instant.split("T");
  return withTime && time ? `${day} ${time.slice(0, 5)}` : day;
}

/** Money in units of ten thousand or of a million, as each language counts. */
export function formatMoney(cny: number, lang: Lang): string {
  return lang === "zh" ? `${formatNumber(cny / 1e4, 0)} 万元` : `¥${formatNumber(cny / 1e6, 2)} M`;
}

/** A swatch for a measured color, if the finding measured one. */
export function measuredColor(finding: Finding): string | null {
  const match = /#[0-9a-f]{6}\b/i.exec(finding.measured.text ?? "");
  return match ? match[0] : null;
}
