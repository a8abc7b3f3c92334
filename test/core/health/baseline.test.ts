import { describe, expect, it } from 'vitest';
import { Baselines, maxBaselinesPerAgent } from '../../../src/core/health/baseline.ts';
import { hourMs } from '../../../src/core/health/windows.ts';

const windowMs = 300_000;
const agent = 3;

/** Ten operations an hour of so many milliseconds each, at the middle of each hour. */
function hoursOf(...meansMs: number[]): Baselines {
  const baselines = new Baselines(windowMs);
  meansMs.forEach((meanMs, hour) => {
    baselines.add(agent, 'crawl', 10, 10 * meanMs, (hour + 0.5) * hourMs);
  });
  return baselines;
}

describe("an operation's baseline", () => {
  it.each([
    ['the median of an odd number of hours', [100, 100, 900], 200, 2],
    ['the median of an even number of hours', [100, 200, 300, 10_000], 500, 2],
    ['one wild hour moves nothing', [100, 100, 100, 100, 60_000], 100, 1],
    ['faster than usual', [100, 100, 100], 50, 0.5],
  ])('is %s', (_what, hours, nowTakesMs, ratio) => {
    const baselines = hoursOf(...hours);
    const nowMs = hours.length * hourMs + 60_000;
    baselines.add(agent, 'crawl', 4, 4 * nowTakesMs, nowMs);
    expect(baselines.ratioOf(agent, nowMs)).toBeCloseTo(ratio, 6);
  });

  it('needs twenty operations', () => {
    const baselines = new Baselines(windowMs);
    baselines.add(agent, 'crawl', 18, 1_800, 0.5 * hourMs);
    const nowMs = 2 * hourMs;
    baselines.add(agent, 'crawl', 1, 100, nowMs);
    expect(baselines.ratioOf(agent, nowMs)).toBeNull();
    baselines.add(agent, 'crawl', 1, 100, nowMs);
    expect(baselines.ratioOf(agent, nowMs)).toBe(1);
  });

  it('needs an hour', () => {
    const startMs = 0.9 * hourMs;
    const baselines = new Baselines(windowMs);
    baselines.add(agent, 'crawl', 100, 10_000, startMs);
    baselines.add(agent, 'crawl', 1, 300, startMs + hourMs - 1);
    expect(baselines.ratioOf(agent, startMs + hourMs - 1)).toBeNull();
    expect(baselines.ratioOf(agent, startMs + hourMs)).toBe(3);
  });

  it('is of the hours that are over: what happens now is held against what was', () => {
    const baselines = hoursOf(100, 100);
    const nowMs = 2.1 * hourMs;
    baselines.add(agent, 'crawl', 50, 50 * 400, nowMs);
    expect(baselines.ratioOf(agent, nowMs)).toBe(4);
  });

  it('stands for the hour, unless one that is over turns out otherwise', () => {
    const baselines = hoursOf(100, 100, 100);
    const nowMs = 3.1 * hourMs;
    baselines.add(agent, 'crawl', 10, 10 * 300, nowMs);
    expect(baselines.ratioOf(agent, nowMs)).toBe(3);
    // A queue tells late of two hours that were slow: their means are 300 now.
    for (const hour of [1.5, 2.5]) baselines.add(agent, 'crawl', 10, 10 * 500, hour * hourMs);
    expect(baselines.ratioOf(agent, nowMs)).toBe(1);
    // With the next hour, this one counts too: 100, 300, 300, 300.
    expect(baselines.ratioOf(agent, nowMs + hourMs)).toBeNull();
    baselines.add(agent, 'crawl', 1, 600, nowMs + hourMs);
    expect(baselines.ratioOf(agent, nowMs + hourMs)).toBe(2);
  });

  it('is of the last day', () => {
    const baselines = hoursOf(100, 100, ...Array.from({ length: 22 }, () => 500));
    const nowMs = 24.5 * hourMs;
    baselines.add(agent, 'crawl', 1, 500, nowMs);
    expect(baselines.ratioOf(agent, nowMs)).toBe(1);
    // A day later none of those hours is known any more.
    baselines.add(agent, 'crawl', 1, 500, nowMs + 24 * hourMs);
    expect(baselines.ratioOf(agent, nowMs + 24 * hourMs)).toBeNull();
  });

  it('is by operation: each counts as often as it ran', () => {
    const baselines = new Baselines(windowMs);
    for (const hour of [0.5, 1.5]) {
      baselines.add(agent, 'quick', 10, 10 * 10, hour * hourMs);
      baselines.add(agent, 'slow', 10, 10 * 5_000, hour * hourMs);
    }
    const nowMs = 2.5 * hourMs;
    // Three times as long for three quick ones, as usual for one slow one.
    baselines.add(agent, 'quick', 3, 3 * 30, nowMs);
    baselines.add(agent, 'slow', 1, 5_000, nowMs);
    expect(baselines.ratioOf(agent, nowMs)).toBeCloseTo((3 * 3 + 1 * 1) / 4, 6);
    // One without a baseline says nothing.
    baselines.add(agent, 'new', 100, 1_000_000, nowMs);
    expect(baselines.ratioOf(agent, nowMs)).toBeCloseTo(2.5, 6);
  });

  it('is nothing without operations in the window', () => {
    const baselines = hoursOf(100, 100, 100);
    expect(baselines.ratioOf(agent, 3.5 * hourMs)).toBeNull();
    expect(baselines.ratioOf(99, 3.5 * hourMs)).toBeNull();
  });

  it('is kept for a bounded number of operations', () => {
    const baselines = new Baselines(windowMs);
    for (let index = 0; index < 10 * maxBaselinesPerAgent; index++) {
      baselines.add(agent, `operation-${index}`, 1, 10, 0);
    }
    expect(baselines.save(agent)).toHaveLength(maxBaselinesPerAgent);
  });

  it('is not inherited by the next agent in its place', () => {
    const baselines = hoursOf(100, 100, 100);
    baselines.forget(agent);
    const nowMs = 3.1 * hourMs;
    baselines.add(agent, 'crawl', 50, 50 * 400, nowMs);
    expect(baselines.ratioOf(agent, nowMs)).toBeNull();
    // Whoever gets the row starts with an empty one.
    baselines.add(agent + 1, 'crawl', 50, 50 * 400, nowMs);
    expect(baselines.ratioOf(agent + 1, nowMs)).toBeNull();
  });

  it('survives a restart', () => {
    const restored = new Baselines(windowMs);
    restored.restore(agent, JSON.parse(JSON.stringify(hoursOf(100, 100, 100).save(agent))));
    const nowMs = 3.1 * hourMs;
    restored.add(agent, 'crawl', 2, 2 * 500, nowMs);
    expect(restored.ratioOf(agent, nowMs)).toBe(5);
  });
});
