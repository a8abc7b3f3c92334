import { operationDurationBoundaries } from '@agent-vitals/contract';

/** Buckets: one below or at each boundary, one above all. */
export const bucketCount = operationDurationBoundaries.length + 1;

/** Durations of one series, in the contract's buckets, since it began. */
export class DurationHistogram {
  count = 0;
  sumSeconds = 0;
  readonly buckets = new Float64Array(bucketCount);

  /** Counts one duration; anything but a number from 0 up is no duration and is not counted. */
  record(seconds: number): void {
    if (!(seconds >= 0) || seconds === Number.POSITIVE_INFINITY) return;
    this.count++;
    this.sumSeconds += seconds;
    let bucket = 0;
    while (bucket < operationDurationBoundaries.length && seconds > operationDurationBoundaries[bucket]!) {
      bucket++;
    }
    this.buckets[bucket]!++;
  }

  /** A copy, or what has been counted since an earlier copy. */
  since(earlier: DurationHistogram | undefined): DurationHistogram {
    const difference = new DurationHistogram();
    difference.count = this.count - (earlier?.count ?? 0);
    difference.sumSeconds = this.sumSeconds - (earlier?.sumSeconds ?? 0);
    for (let bucket = 0; bucket < bucketCount; bucket++) {
      difference.buckets[bucket] = this.buckets[bucket]! - (earlier?.buckets[bucket] ?? 0);
    }
    return difference;
  }
}
