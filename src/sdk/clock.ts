import { hostProcess } from './host.ts';

/** Where the time comes from; tests bring their own. */
export interface Clock {
  /** Wall clock, ms since the epoch. May jump. */
  now(): number;
  /** Never goes back, ms since some start. */
  monotonic(): number;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
};

/**
 * The clock's monotonic time in nanoseconds. A state change costs little more than reading the clock, and of Node's
 * clocks `hrtime.bigint` is the cheapest: 22 ns against 30 of `performance.now`, as long as the optimizer can keep the
 * BigInt in a register, which is why callers store it in a BigInt64Array.
 */
export function nanosecondsOf(clock: Clock): bigint {
  return clock === systemClock && hostProcess?.hrtime?.bigint !== undefined
    ? hostProcess.hrtime.bigint()
    : BigInt(Math.round(clock.monotonic() * 1e6));
}
