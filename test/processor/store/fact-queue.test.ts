import { expect, it } from 'vitest';
import { type Fact, FactQueue } from '../../../src/processor/store/fact-queue.ts';

const fact = (recordedAtMs: number): Fact => ({
  transition: { agent: 'a', from: null, to: 'idle', atEpochMs: 0, reason: 'first_seen', irregular: false },
  recordedAtMs,
});
const times = (facts: readonly Fact[]) => facts.map(({ recordedAtMs }) => recordedAtMs);

it('gives facts out in order, and says how old the oldest is', () => {
  const queue = new FactQueue(10);
  for (let at = 1; at <= 5; at++) queue.add(fact(at));
  expect(times(queue.take(2))).toEqual([1, 2]);
  expect([queue.size, queue.oldestAtMs, queue.lastNumber]).toEqual([3, 3, 5]);
  expect(times(queue.take(100))).toEqual([3, 4, 5]);
  expect([queue.size, queue.oldestAtMs, queue.lastNumber, queue.dropped]).toEqual([0, undefined, 5, 0]);
});

it('drops the oldest where it is full, and counts them', () => {
  const queue = new FactQueue(3);
  for (let at = 1; at <= 1_000; at++) queue.add(fact(at));
  expect([queue.size, queue.dropped]).toEqual([3, 997]);
  expect(times(queue.take(5))).toEqual([998, 999, 1000]);
});
