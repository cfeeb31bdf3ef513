/** Numbers and findings as people read them. */
import type { Finding } from "./types";

export type Lang = "zh" | "en";

/** At most `digits` decimals, no trailing zeros, thousands grouped, a true minus sign. */
export function formatNumber(value: number, digits = 1): string {
  const text = new Intl.NumberFormat("en-US", { maximumFractionDigits: digits }).format(value);
  return text === "-0" ? "0" : text.replace("-", "−");
}

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
export function measuredText(finding: Finding): string {
  const { value, text } = finding.measured;
  if (value !== null && !isColor(text)) return formatNumber(value, 2);
  return text?.trim() || "—";
}

/** The limit with its sign: `≤ 15`, `≥ 3`, `3–6`, or the text of the rule. */
export function limitText(finding: Finding): string {
  const { min, max, text } = finding.limit;
  if (min !== null && max !== null) return `${formatNumber(min, 2)}–${formatNumber(max, 2)}`;
  if (max !== null) return `≤ ${formatNumber(max, 2)}`;
  if (min !== null) return `≥ ${formatNumber(min, 2)}`;
  return text?.trim() || "—";
}

/** Room to the limit: `余 2.4` or `超 3.6` (English: `2.4 left`, `3.6 over`); null when the rule has no number. */
export function marginText(finding: Finding, lang: Lang): string | null {
  if (finding.margin === null) return null;
  const amount = formatNumber(Math.abs(finding.margin), 2);
  const broken = finding.margin < 0;
  if (lang === "zh") return broken ? `超 ${amount}` : `余 ${amount}`;
  return broken ? `${amount} over` : `${amount} left`;
}

/** A swatch for a measured color, if the finding measured one. */
export function measuredColor(finding: Finding): string | null {
  const match = /#[0-9a-f]{6}\b/i.exec(finding.measured.text ?? "");
  return match ? match[0] : null;
}
