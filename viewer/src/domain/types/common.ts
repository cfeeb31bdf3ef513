/** Words every answer shares. */

export interface Bilingual {
  zh: string;
  en: string;
}

export type Verdict = "pass" | "fail" | "review" | "no_data" | "exempt";
/** Worst first: the order of every list and legend. */
export const VERDICTS: readonly Verdict[] = ["fail", "review", "no_data", "exempt", "pass"];

export type VerdictCounts = Partial<Record<Verdict, number>>;

export interface Code extends Bilingual {
  value: string;
  order?: number;
}
