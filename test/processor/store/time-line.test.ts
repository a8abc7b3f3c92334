import { describe, expect, it } from 'vitest';
import type { Clock } from '../../../src/processor/clock.ts';
import { continueTimeLine, epochNow } from '../../../src/processor/store/time-line.ts';

/** A process whose line stands at `lineMs` while the wall clock shows `wallMs`; both go on with `pass`. */
function process(lineMs: number, wallMs: number): Clock & { pass(ms: number): void } {
  let passedMs = 0;
  return {
    now: () => lineMs + passedMs,
    toEpochMs: (atMs) => atMs + (wallMs - lineMs),
    pass: (ms) => {
      passedMs += ms;
    },
  };
}

const day = 86_400_000;

describe('a time line', () => {
  it('is the process’ own where nothing was before', () => {
    const clock = process(1_000, 5_000);
    expect(continueTimeLine(clock, undefined)).toBe(clock);
    expect(epochNow(clock)).toBe(5_000);
  });

  it.each([
    ['a minute later by the wall clock', 10 * day, 10 * day + 60_000, 10 * day + 60_000],
    ['the wall clock was set back a day meanwhile', 10 * day, 9 * day, 10 * day],
    ['the wall clock was wrong while the process before ran', 2 * day, 10 * day + 60_000, 2 * day + 60_000],
  ])('goes on: %s', (name, observedUntilMs, wallNowMs, expectedMs) => {
    const observedUntilEpochMs = 10 * day;
    const own = process(wallNowMs, wallNowMs);
    const clock = continueTimeLine(own, { observedUntilMs, observedUntilEpochMs });
    expect(clock.now(), name).toBe(expectedMs);
    own.pass(500);
    expect(clock.now()).toBe(expectedMs + 500);
    // Now is now on either line, and what lies a second back, a second back.
    expect(clock.toEpochMs(clock.now())).toBe(own.toEpochMs(own.now()));
    expect(clock.toEpochMs(clock.now() - 1_000)).toBe(own.toEpochMs(own.now()) - 1_000);
  });
});
