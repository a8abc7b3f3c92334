import type { HealthTrend } from '@agent-vitals/contract';

/** A change of the score that is more than its ordinary wavering. */
const notableChange = 0.1;
/** Less than this is the rounding of sums. */
const rounding = 1e-6;

/**
 * The way health goes: the last hour's mean against the day's.
 *
 * @param hourMean - Mean score of the last hour, 0 to 1; null where there is none.
 * @param dayMean - Mean score of the last day.
 * @returns `improving` above +0.1, `declining` below −0.1, else `stable`; null where either is not known.
 * @example
 * ```ts
 * trendOf(0.95, 0.7); // 'improving'
 * ```
 */
export function trendOf(hourMean: number | null, dayMean: number | null): HealthTrend | null {
  if (hourMean === null || dayMean === null) return null;
  const change = hourMean - dayMean;
  if (Math.abs(change) <= notableChange + rounding) return 'stable';
  return change > 0 ? 'improving' : 'declining';
}
