import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { cumulative, Fleet, type Transition } from '../../src/core/index.ts';
import { FleetLoop } from '../../src/processor/fleet-loop.ts';
import { line, observation } from '../support/observe.ts';

/** A clock that the test moves. */
class ManualClock {
  nowMs = 0;
  now(): number {
    return this.nowMs;
  }
  toEpochMs(atMs: number): number {
    return atMs;
  }
}

describe('FleetLoop', () => {
  const clock = new ManualClock();
  let lines: string[];
  let pauses: number[];
  let loop: FleetLoop;
  let beats: number;

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    clock.nowMs = 0;
    lines = [];
    pauses = [];
    beats = 0;
    loop = new FleetLoop({
      fleet: new Fleet(),
      clock,
      onTransitions: (transitions: readonly Transition[]) => lines.push(...transitions.map(line)),
      onFailure: (_where, error) => {
        throw error;
      },
      onPause: (pauseMs) => pauses.push(pauseMs),
    });
    loop.start();
  });

  afterEach(() => {
    loop.stop();
    vi.useRealTimers();
  });

  const beat = () =>
    loop.observe(observation('a', { signal: 'heartbeats', temporality: cumulative, value: ++beats }));

  /** Time passes and the timer keeps up with it. */
  function pass(durationMs: number): void {
    const until = clock.nowMs + durationMs;
    while (clock.nowMs < until) {
      clock.nowMs += 1000;
      vi.advanceTimersByTime(20);
    }
  }

  async function untilResumed(count: number): Promise<void> {
    while (pauses.length < count) await turn();
  }

  it('tells of deadlines as they pass', () => {
    beat();
    pass(121_000);
    expect(lines).toEqual(['a new → idle @0 first_seen', 'a idle → offline @120 lease_expired']);
  });

  it('shifts deadlines by a pause that the timer notices', async () => {
    beat();
    pass(60_000);
    clock.nowMs += 90_000;
    vi.advanceTimersByTime(20);
    await untilResumed(1);
    pass(59_000);
    expect(lines).toEqual(['a new → idle @0 first_seen']);
    pass(2_000);
    expect(lines.at(-1)).toBe('a idle → offline @210 lease_expired');
    expect(pauses).toEqual([90_000]);
  });

  it('takes what waited before it judges, where a request comes before the timer', async () => {
    beat();
    clock.nowMs += 300_000;
    beat();
    vi.advanceTimersByTime(20);
    await untilResumed(1);
    pass(119_000);
    expect(lines).toEqual(['a new → idle @0 first_seen']);
    pass(2_000);
    expect(lines.at(-1)).toBe('a idle → offline @420 lease_expired');
  });

  it('takes what waited after a short absence, too, and shifts nothing by it', async () => {
    beat();
    pass(117_000);
    clock.nowMs += 4_000;
    // The timer comes first, and the deadline is past.
    vi.advanceTimersByTime(20);
    beat();
    for (let turns = 0; turns < 10; turns++) await turn();
    pass(100_000);
    expect(lines).toEqual(['a new → idle @0 first_seen']);
    pass(21_000);
    expect(lines.at(-1)).toBe('a idle → offline @241 lease_expired');
    expect(pauses).toEqual([]);
  });

  it('dates who is dead after a short absence at its deadline', async () => {
    beat();
    pass(117_000);
    clock.nowMs += 4_000;
    vi.advanceTimersByTime(20);
    for (let turns = 0; turns < 10; turns++) await turn();
    pass(1_000);
    expect(lines.at(-1)).toBe('a idle → offline @120 lease_expired');
  });
});
