import type { Clock } from '../clock.ts';
import type { TimeLineMark } from './database/time-line-table.ts';

/**
 * Goes on with the fleet's time line where the process before ended, plus the time that the wall clock says has passed
 * since. A restored fleet's times would lie in the future otherwise, where the wall clock was set back in between, and
 * heartbeats would count as old news; none has passed, then.
 *
 * @param clock - This process' own line.
 * @param mark - Where the line was last; undefined where there was none.
 * @returns The clock to use for everything from here on: a moment of the past keeps its place on it.
 * @example
 * ```ts
 * const clock = continueTimeLine(systemClock(), { observedUntilMs: 5_000, observedUntilEpochMs: Date.now() - 60_000 });
 * clock.now(); // 65_000
 * ```
 */
export function continueTimeLine(clock: Clock, mark: TimeLineMark | undefined): Clock {
  if (mark === undefined) return clock;
  const nowMs = clock.now();
  const passedMs = Math.max(0, clock.toEpochMs(nowMs) - mark.observedUntilEpochMs);
  const shiftMs = mark.observedUntilMs + passedMs - nowMs;
  return {
    now: () => clock.now() + shiftMs,
    toEpochMs: (atMs) => clock.toEpochMs(atMs - shiftMs),
  };
}

/** What the wall clock shows now, in whole milliseconds since the epoch: as the database keeps times. */
export function epochNow(clock: Clock): number {
  return Math.round(clock.toEpochMs(clock.now()));
}
