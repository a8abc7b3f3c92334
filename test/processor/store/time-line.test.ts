import { platform } from 'node:os';
import { describe, expect, it } from 'vitest';
import type { Clock } from '../../../src/processor/clock.ts';
import { machineTime } from '../../../src/processor/store/machine-time.ts';
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
    const own = process(1_000, 5_000);
    const { clock, isMeasured } = continueTimeLine(own, undefined, { bootId: 'this one', uptimeMs: 9 });
    expect(clock).toBe(own);
    expect(isMeasured).toBe(true);
    expect(epochNow(clock)).toBe(5_000);
  });

  const later = 10 * day + 60_000;
  const booted = 2 * day;
  const here = 'this one';
  it.each([
    // By the machine's uptime, whatever the wall clock shows.
    ['a minute later', 10 * day, later, here, booted + 60_000, 10 * day + 60_000, true],
    ['the wall clock was set ahead a day', 10 * day, later + day, here, booted + 60_000, later, true],
    ['the wall clock was set back a day', 10 * day, later - day, here, booted + 60_000, later, true],
    ['the wall clock was wrong before', 3 * day, later, here, booted + 60_000, 3 * day + 60_000, true],
    // By the wall clock, which nobody can check.
    ['the machine was booted', 10 * day, later, 'another', booted + 9_000, later, false],
    ['the system names no boots', 10 * day, later, null, booted + 9_000, later, false],
    ['booted, the wall clock set back', 10 * day, 9 * day, 'another', booted + 9_000, 10 * day, false],
    ["a container's uptime began anew", 10 * day, later, here, 5_000, later, false],
  ])('goes on: %s', (_name, observedUntilMs, wallNowMs, bootId, uptimeMs, expectedMs, isExpectedMeasured) => {
    const observedUntilEpochMs = 10 * day;
    const own = process(wallNowMs, wallNowMs);
    const mark = { observedUntilMs, observedUntilEpochMs, bootId: bootId && here, uptimeMs: booted };
    const { clock, isMeasured } = continueTimeLine(own, mark, { bootId, uptimeMs });
    expect(clock.now()).toBe(expectedMs);
    expect(isMeasured).toBe(isExpectedMeasured);
    own.pass(500);
    expect(clock.now()).toBe(expectedMs + 500);
    // Now is now on either line, and what lies a second back, a second back.
    expect(clock.toEpochMs(clock.now())).toBe(own.toEpochMs(own.now()));
    expect(clock.toEpochMs(clock.now() - 1_000)).toBe(own.toEpochMs(own.now()) - 1_000);
  });

  it('of a store that an earlier version wrote goes on by the wall clock', () => {
    const mark = { observedUntilMs: 0, observedUntilEpochMs: 1_000, bootId: null, uptimeMs: null };
    const { clock, isMeasured } = continueTimeLine(process(9, 3_000), mark, { bootId: here, uptimeMs: 1e9 });
    expect(clock.now()).toBe(2_000);
    expect(isMeasured).toBe(false);
  });
});

describe("a machine's time", () => {
  it('goes on evenly, under the same boot', () => {
    const before = machineTime();
    const after = machineTime();
    expect(after.bootId).toBe(before.bootId);
    expect(after.uptimeMs).toBeGreaterThanOrEqual(before.uptimeMs);
    expect(before.uptimeMs).toBeGreaterThan(0);
  });

  it.runIf(platform() === 'linux')('names the boot on Linux', () => {
    expect(machineTime().bootId).toMatch(/^[\da-f-]{36}$/);
  });
});
