import { delta, type Observation } from './observation.ts';

/** What a counter's point says beside what is known of the counter. */
export const unchanged = 0;
/** It rose. */
export const advanced = 1;
/** It rose, though the agent's clock was set back meanwhile. */
export const setBack = 2;
/** It began anew: the agent restarted. */
export const restarted = 3;
/** A point older than what is known: it says nothing new. */
export const older = 4;
/** A point of an earlier process, made later than the newer process' last one: two claim one id. */
export const conflicting = 5;
export type Reading = 0 | 1 | 2 | 3 | 4 | 5;

/**
 * Judges one counter point. Arrival alone is nothing: an OpenTelemetry reader exports an untouched counter with a
 * fresh timestamp for ever. Cumulative: the value changed (lower is a restart; a new start time with an unchanged
 * value is nothing). Delta: a value above 0.
 *
 * @param value - The value known, NaN where none is.
 * @param startMs - The start time known (the agent's clock), 0 where none is.
 * @param pointMs - The time of the point known.
 * @param observation - The new point.
 * @param observed - Its value: the number, or a histogram's count.
 * @returns What it says.
 */
export function readCounter(
  value: number,
  startMs: number,
  pointMs: number,
  observation: Observation,
  observed: number,
): Reading {
  const { startTimeMs, timeMs, temporality } = observation;
  if (temporality === delta) {
    if (!(observed > 0)) return unchanged;
    // The same point delivered again.
    if (timeMs === pointMs && startTimeMs === startMs && timeMs !== 0) return older;
    if (timeMs >= pointMs) return advanced;
    // A window that begins later than the one known yet ends earlier: the clock was set back in between.
    return startTimeMs > startMs ? setBack : older;
  }
  if (Number.isNaN(value)) return advanced;
  const startsKnown = startTimeMs !== 0 && startMs !== 0;
  if (startsKnown && startTimeMs < startMs) return timeMs > pointMs ? conflicting : older;
  if (observed === value) return unchanged;
  if (observed > value)
    return timeMs < pointMs && !(startsKnown && startTimeMs > startMs) ? setBack : advanced;
  const newProcess = startsKnown && startTimeMs > startMs;
  return newProcess || timeMs > pointMs ? restarted : older;
}
