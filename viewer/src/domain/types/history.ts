/** What the store held true of a thing: of which days, and from which instant to which. Open ends are null. */
export interface HistoryRow {
  values: Record<string, unknown>;
  version: number;
  valid_from: string | null;
  valid_to: string | null;
  recorded_from: string | null;
  recorded_to: string | null;
  actor: string;
  reason: string;
  ended_by: string;
  ended_because: string;
  changed: string[];
}
