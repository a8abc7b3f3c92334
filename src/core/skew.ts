import { type AgentBlock, skewBucketCount } from './block.ts';

const minuteMs = 60_000;

/**
 * Keeps the shortest delay (arrival less point time) of each of the last 16 one-minute buckets, by arrival, in which
 * the agent was renewed.
 */
export function learnSkew(block: AgentBlock, row: number, delayMs: number, nowMs: number): void {
  const minute = Math.floor(nowMs / minuteMs);
  const first = row * skewBucketCount;
  if (Number.isNaN(block.skewBaseMs[row]!)) {
    block.skewBaseMs[row] = delayMs;
    block.skewMinute[row] = minute;
    block.skewBuckets[first + block.skewHead[row]!] = 0;
    return;
  }
  const relative = delayMs - block.skewBaseMs[row]!;
  if (block.skewMinute[row] === minute) {
    const at = first + block.skewHead[row]!;
    if (relative < block.skewBuckets[at]!) block.skewBuckets[at] = relative;
    return;
  }
  const head = (block.skewHead[row]! + 1) % skewBucketCount;
  block.skewHead[row] = head;
  block.skewMinute[row] = minute;
  block.skewBuckets[first + head] = relative;
}

/** The skew: the minimum of the buckets, in milliseconds; NaN where nothing was learned. */
export function skewOf(block: AgentBlock, row: number): number {
  const base = block.skewBaseMs[row]!;
  if (Number.isNaN(base)) return Number.NaN;
  let least = Number.POSITIVE_INFINITY;
  const first = row * skewBucketCount;
  for (let at = first; at < first + skewBucketCount; at++) {
    if (block.skewBuckets[at]! < least) least = block.skewBuckets[at]!;
  }
  return base + least;
}

/** Forgets what was learned, when the agent's clock was set back. */
export function forgetSkew(block: AgentBlock, row: number): void {
  block.skewBaseMs[row] = Number.NaN;
  block.skewBuckets.fill(Number.POSITIVE_INFINITY, row * skewBucketCount, (row + 1) * skewBucketCount);
}

/**
 * When a point was made, on the fleet's time line: `arrival − max(0, (arrival − point time) − skew)`. A queue that
 * delivers late doesn't make the agent's life longer.
 */
export function madeAt(block: AgentBlock, row: number, pointMs: number, nowMs: number): number {
  if (pointMs === 0) return nowMs;
  const skew = skewOf(block, row);
  if (Number.isNaN(skew)) return nowMs;
  return nowMs - Math.max(0, nowMs - pointMs - skew);
}
