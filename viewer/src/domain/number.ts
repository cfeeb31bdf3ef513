/** Numbers as people read them. */

/** At most `digits` decimals, no trailing zeros, thousands grouped, a true minus sign. */
export function formatNumber(value: number, digits = 1): string {
  const text = new Intl.NumberFormat("en-US", { maximumFractionDigits: digits }).format(value);
  return text === "-0" ? "0" : text.replace("-", "−");
}
