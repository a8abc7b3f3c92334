import type { MetricDefinition } from '@agent-vitals/contract';

/** Takes one row: labels beside the subject's own (empty for none) and the value. */
export type RowSink = (labels: string, value: number) => void;

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
 * const series = countRows(agentFamilies, sampleAgent(fleet, slot, now));
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
