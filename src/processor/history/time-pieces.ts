import { resolutionMs } from '../store/index.ts';

/** A part of a span, in milliseconds on the span's time line. */
export interface Piece {
  readonly fromMs: number;
  readonly untilMs: number;
}

/** A span that is longer (the processor stood still) is cut by hours: there is nothing to see by minutes. */
const longestByMinuteMs = 10 * 60_000;
/** Shorter parts are the rounding of times. */
const shortestMs = 1;

/**
 * Cuts a span at the full minutes of the wall clock; a long one at the full hours.
 *
 * @param fromMs - Where it begins, in milliseconds on the fleet's time line.
 * @param untilMs - Where it ends.
 * @param toEpochMs - Turns a moment of that line into milliseconds since the epoch.
 * @returns The parts in order; none of a span that is none.
 * @example
 * ```ts
 * piecesOf(50_000, 130_000, (ms) => ms); // from 50 s to 60 s, to 120 s, to 130 s
 * ```
 */
export function piecesOf(fromMs: number, untilMs: number, toEpochMs: (ms: number) => number): Piece[] {
  const lengthMs = resolutionMs[untilMs - fromMs > longestByMinuteMs ? 'hour' : 'minute'];
  const pieces: Piece[] = [];
  for (let atMs = fromMs; atMs < untilMs; ) {
    const epochMs = toEpochMs(atMs);
    const leftMs = (Math.floor(epochMs / lengthMs) + 1) * lengthMs - epochMs;
    const endMs = Math.min(untilMs, atMs + Math.max(shortestMs, leftMs));
    pieces.push({ fromMs: atMs, untilMs: endMs });
    atMs = endMs;
  }
  return pieces;
}

/** Adds seconds by state to those that there are already. */
export function addSeconds(sums: readonly number[] | undefined, more: readonly number[]): readonly number[] {
  if (sums === undefined) return more;
  const [longer, shorter] = more.length > sums.length ? [more, sums] : [sums, more];
  return longer.map((seconds, at) => seconds + (shorter[at] ?? 0));
}
