import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Health } from '../../../src/core/index.ts';
import { HealthSampler } from '../../../src/processor/health/index.ts';
import { hour, minute, Scenario, second } from '../../support/observe.ts';
import { Operations } from '../../support/operations.ts';

/** A fleet of so many agents, that looks are counted at. */
function sampled(agents: number) {
  const scenario = new Scenario({}, hour);
  for (let index = 0; index < agents; index++) scenario.beat(`a${index}`);
  const seen: { slot: number; health: Health | null; nowMs: number }[] = [];
  const rounds: number[] = [];
  const failures: unknown[] = [];
  const sampler = new HealthSampler({
    fleet: scenario.fleet,
    clock: { now: () => scenario.nowMs, toEpochMs: (atMs) => atMs },
    each: (slot, health, nowMs) => seen.push({ slot, health, nowMs }),
    onRound: (nowMs) => rounds.push(nowMs),
    onFailure: (_where, error) => failures.push(error),
  });
  /** Steps through a minute by the clock of its own. */
  const goOn = (durationMs: number, stepMs = 100) => {
    const endMs = scenario.nowMs + durationMs;
    while (scenario.nowMs < endMs) {
      scenario.nowMs += stepMs;
      sampler.step(scenario.nowMs);
    }
  };
  vi.useFakeTimers();
  sampler.start();
  onTestFinished(() => {
    sampler.stop();
    vi.useRealTimers();
  });
  return { scenario, sampler, seen, rounds, failures, goOn };
}

describe('HealthSampler', () => {
  it('goes round every agent once a minute, evenly', () => {
    const { goOn, seen, rounds } = sampled(600);
    goOn(30 * second);
    expect(seen).toHaveLength(300);
    goOn(30 * second);
    expect(seen.map(({ slot }) => slot)).toEqual(Array.from({ length: 600 }, (_, slot) => slot));
    expect(rounds).toEqual([hour + minute]);
    goOn(2 * minute);
    expect([seen.length, rounds.length]).toEqual([1_800, 3]);
  });

  it('goes round once in each minute however late its steps come', () => {
    const { goOn, rounds } = sampled(60);
    goOn(hour, 137);
    expect(rounds).toHaveLength(60);
    for (const [round, atMs] of rounds.entries()) {
      expect(atMs - (hour + (round + 1) * minute)).toBeGreaterThanOrEqual(0);
      expect(atMs - (hour + (round + 1) * minute)).toBeLessThan(200);
    }
  });

  it('has their scores noted for the trend', () => {
    const { goOn, scenario } = sampled(2);
    expect(scenario.view('a0')).toMatchObject({ trend: null, healthNotedAtMs: null });
    goOn(minute);
    expect(scenario.view('a0').trend).toBe('stable');
    expect(scenario.view('a1').healthNotedAtMs).toBe(hour + minute);
  });

  it('looks at a bounded number in one go, and catches up after a pause', () => {
    const { goOn, seen, rounds } = sampled(10_000);
    // The processor stood still for a whole minute.
    goOn(minute, minute);
    expect(seen).toHaveLength(4_096);
    goOn(200);
    expect(seen).toHaveLength(10_000);
    expect(rounds).toHaveLength(1);
  });

  it('tells the mean of a whole round, without those of whom nothing can be said', () => {
    const { goOn, scenario, sampler, seen } = sampled(4);
    scenario.report('a1', 'error').report('a2', 'paused');
    expect(sampler.fleetScore).toBeNull();
    // In the first round, of those met so far.
    goOn(30 * second);
    expect(sampler.fleetScore).toBeCloseTo((1 + 0.2) / 2, 9);
    goOn(30 * second);
    expect(sampler.fleetScore).toBeCloseTo((1 + 0.2 + 1) / 3, 9);
    expect(seen.map(({ health }) => health?.score ?? null)).toEqual([1, 0.2, null, 1]);
    for (const id of ['a0', 'a1', 'a3']) scenario.report(id, 'paused');
    goOn(30 * second);
    expect(sampler.fleetScore).toBeCloseTo((1 + 0.2 + 1) / 3, 9);
    goOn(30 * second);
    expect(sampler.fleetScore).toBeNull();
    // Again those met so far: after a restart all were unknown in the first round.
    scenario.report('a0', 'idle');
    goOn(30 * second);
    expect(sampler.fleetScore).toBe(1);
  });

  it('goes round integrations too, even where there is no agent left', () => {
    const { goOn, scenario } = sampled(1);
    const operations = new Operations(scenario);
    for (let index = 0; index < 10; index++) operations.call('a0', `service-${index}`, 5);
    goOn(minute);
    expect(scenario.fleet.integration('service-9', scenario.nowMs)?.trend).toBe('stable');
    expect(scenario.fleet.integration('service-0', scenario.nowMs)?.trend).toBe('stable');
  });

  it('meets who comes during a round, and gets on when the fleet shrinks', () => {
    const { goOn, scenario, seen, rounds } = sampled(100);
    goOn(30 * second);
    for (let index = 100; index < 200; index++) scenario.beat(`a${index}`);
    for (let index = 0; index < 90; index++)
      scenario.fleet.forget(scenario.fleet.find(`a${index}`), scenario.nowMs);
    goOn(30 * second);
    expect(rounds).toHaveLength(1);
    expect(seen.filter(({ slot }) => slot >= 100)).toHaveLength(100);
  });

  it('goes on behind a failure', () => {
    const { scenario, seen, failures } = sampled(100);
    const broken = new HealthSampler({
      fleet: scenario.fleet,
      clock: { now: () => (scenario.nowMs += 6 * second), toEpochMs: (atMs) => atMs },
      each: (slot) => {
        if (slot === 15) throw new Error('no history today');
        seen.push({ slot, health: null, nowMs: 0 });
      },
      onFailure: (_where, error) => failures.push(error),
    });
    broken.start();
    vi.advanceTimersByTime(1_000);
    broken.stop();
    expect(failures).toEqual([new Error('no history today')]);
    expect(seen.map(({ slot }) => slot)).toContain(99);
  });

  it('runs by a timer of its own until it is stopped', () => {
    const { sampler, scenario, seen } = sampled(600);
    sampler.start();
    scenario.nowMs += 30 * second;
    vi.advanceTimersByTime(100);
    expect(seen).toHaveLength(300);
    sampler.stop();
    scenario.nowMs += 30 * second;
    vi.advanceTimersByTime(10_000);
    expect(seen).toHaveLength(300);
  });
});
