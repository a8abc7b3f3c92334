import { performance } from 'node:perf_hooks';

/** A wall clock that is off by more than this has been set. */
const stepMs = 50;

/**
 * The processor's time line. `now()` never jumps: liveness is judged on it. `toEpochMs` says what a moment on it was
 * (or will be) by the wall clock as it is set at present.
 */
export interface Clock {
  /** Milliseconds, steady; at the start of the process equal to the wall clock. */
  now(): number;
  toEpochMs(atMs: number): number;
}

/**
 * A clock on the process' monotonic timer.
 *
 * @returns A clock whose `now()` goes on evenly whatever happens to the wall clock.
 * @example
 * ```ts
 * const clock = systemClock();
 * const startedAt = clock.now();
 * new Date(clock.toEpochMs(startedAt)).toISOString();
 * ```
 */
export function systemClock(): Clock {
  const origin = performance.timeOrigin;
  const now = (): number => origin + performance.now();
  // The wall clock reads whole milliseconds and is slewed all the time: only a step of it moves what is shown.
  let offsetMs = 0;
  const toEpochMs = (atMs: number): number => {
    const measuredMs = Date.now() - now();
    if (Math.abs(measuredMs - offsetMs) > stepMs) offsetMs = measuredMs;
    return atMs + offsetMs;
  };
  return { now, toEpochMs };
}
