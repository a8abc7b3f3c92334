import type { MetricDefinition } from '@agent-vitals/contract';

/** Takes one row: labels beside the subject's own (empty for none) and the value. */
export type RowSink = (labels: string, value: number) => void;

/**
 * Gives a row of what is known, and none of what isn't.
 *
 * @param row - Takes the row.
 * @param value - The value; null, as NaN, is not known.
 * @param divisor - What it is divided by, as milliseconds are for seconds.
 * @example
 * ```ts
 * rowIfKnown(row, view.clockSkewMs, 1000);
 * ```
 */
export function rowIfKnown(row: RowSink, value: number | null, divisor = 1): void {
  if (value !== null && !Number.isNaN(value)) row('', value / divisor);
}

/** One metric family of the exposition: which rows it has about a subject. */
export interface Family<Subject> {
  readonly metric: MetricDefinition;
  /** Gives the same rows for the same subject each time: they are counted before they are written. */
  rows(subject: Subject, row: RowSink, toEpochSeconds: (atMs: number) => number): void;
}

/**
 * Counts the rows that families have about a subject.
 *
 * @param families - The families.
 * @param subject - What they are about.
 * @returns The number of series.
 * @example
 * ```ts
 * const series = countRows(agentFamilies, sample);
 * ```
 */
export function countRows<Subject>(families: readonly Family<Subject>[], subject: Subject): number {
  let rows = 0;
  const count = () => {
    rows += 1;
  };
  for (const family of families) family.rows(subject, count, () => 0);
  return rows;
}
