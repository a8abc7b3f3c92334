import type { Clock } from '../clock.ts';
import type { TimeLineMark } from './database/time-line-table.ts';
import type { MachineTime } from './machine-time.ts';

/** An uptime is a few centiseconds coarse; a wall clock that differs by more was set. */
const agreementMs = 1_000;

/** A time line that goes on. */
export interface ContinuedTimeLine {
  /** The clock to use for everything from here on: a moment of the past keeps its place on it. */
  readonly clock: Clock;
  /**
   * Whether the time in between was measured. Where the wall clock alone said it, that may have been set meanwhile, and
   * how agents' clocks lie beside the line is not known any more.
   */
  readonly isMeasured: boolean;
}

/**
 * Goes on with the fleet's time line where the process before ended, plus the time that has passed since: by the
 * machine's uptime where it has not booted in between, else by the wall clock. A restored fleet's times would lie in
 * the future, and heartbeats count as old news, where the wall clock was set back meanwhile: no time has passed, then.
 *
 * @param clock - This process' own line.
 * @param mark - Where the line was last; undefined where there was none.
 * @param machine - What this machine says of time now.
 * @returns The line from here on.
 * @example
 * ```ts
 * const mark = { observedUntilMs: 5_000, observedUntilEpochMs: Date.now() - 60_000, bootId: null, uptimeMs: null };
 * const { clock } = continueTimeLine(systemClock(), mark, machineTime());
 * clock.now(); // 65_000
 * ```
 */
export function continueTimeLine(
  clock: Clock,
  mark: TimeLineMark | undefined,
  machine: MachineTime,
): ContinuedTimeLine {
  if (mark === undefined) return { clock, isMeasured: true };
  const nowMs = clock.now();
  const isSameBoot = machine.bootId !== null && machine.bootId === mark.bootId;
  const upMs = machine.uptimeMs - (mark.uptimeMs ?? Number.POSITIVE_INFINITY);
  // A container's uptime may be its own, and begin anew with it.
  const isMeasured = isSameBoot && upMs >= 0;
  const wallMs = Math.max(0, clock.toEpochMs(nowMs) - mark.observedUntilEpochMs);
  // Where the two agree the wall clock was not set, and is the finer one.
  const passedMs = isMeasured && Math.abs(upMs - wallMs) > agreementMs ? upMs : wallMs;
  const shiftMs = mark.observedUntilMs + passedMs - nowMs;
  const continued = {
    now: () => clock.now() + shiftMs,
    toEpochMs: (atMs: number) => clock.toEpochMs(atMs - shiftMs),
  };
  return { clock: continued, isMeasured };
}

/** What the wall clock shows now, in whole milliseconds since the epoch: as the database keeps times. */
export function epochNow(clock: Clock): number {
  return Math.round(clock.toEpochMs(clock.now()));
}
