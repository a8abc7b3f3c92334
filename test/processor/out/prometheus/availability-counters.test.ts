import { expect, it } from 'vitest';
import { AvailabilityCounters } from '../../../../src/processor/out/prometheus/availability-counters.ts';

const minute = 60_000;
const of = (upMs: number, downMs: number, excludedMs: number) => ({ upMs, downMs, excludedMs });

/** What is told of an agent, one exposition after the other. */
function told(...steps: [nowMs: number, createdAtMs: number, availability: ReturnType<typeof of>][]) {
  const counters = new AvailabilityCounters();
  return steps.map(([nowMs, createdAtMs, availability]) => {
    counters.begin(nowMs);
    const { upMs, downMs, excludedMs } = counters.risen('a', createdAtMs, availability);
    return [upMs, downMs, excludedMs];
  });
}

it('tells what is, while it rises', () => {
  expect(told([0, 0, of(1, 2, 3)], [1, 0, of(2, 2, 3)], [2, 0, of(2, 3, 4)])).toEqual([
    [1, 2, 3],
    [2, 2, 3],
    [2, 3, 4],
  ]);
});

it('waits for the truth where it had told too much', () => {
  // Learned late: the last 5 s were down, not up.
  const steps = told([0, 0, of(20, 0, 0)], [1, 0, of(15, 6, 0)], [2, 0, of(18, 6, 0)], [3, 0, of(21, 6, 0)]);
  expect(steps).toEqual([
    [20, 0, 0],
    [20, 6, 0],
    [20, 6, 0],
    [21, 6, 0],
  ]);
});

it('begins anew for an agent that was forgotten', () => {
  expect(told([0, 0, of(20, 5, 1)], [1, 1, of(0, 0, 0)])).toEqual([
    [20, 5, 1],
    [0, 0, 0],
  ]);
});

it('keeps agents apart', () => {
  const counters = new AvailabilityCounters();
  counters.begin(0);
  counters.risen('a', 0, of(20, 0, 0));
  expect(counters.risen('b', 0, of(5, 0, 0)).upMs).toBe(5);
  expect(counters.risen('a', 0, of(5, 0, 0)).upMs).toBe(20);
});

it('remembers over ten minutes, whoever else asks in between', () => {
  const counters = new AvailabilityCounters();
  counters.begin(0);
  counters.risen('a', 0, of(20, 0, 0));
  for (let atMs = 0; atMs <= 10 * minute; atMs += minute / 4) counters.begin(atMs);
  expect(counters.risen('a', 0, of(15, 0, 0)).upMs).toBe(20);
});

it('forgets whom nobody asks for any more', () => {
  const counters = new AvailabilityCounters();
  counters.begin(0);
  counters.risen('a', 0, of(20, 0, 0));
  counters.begin(10 * minute);
  counters.begin(20 * minute);
  expect(counters.risen('a', 0, of(15, 0, 0)).upMs).toBe(15);
});
