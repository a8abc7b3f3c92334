import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DueQueue } from '../../../src/core/alerts/due-queue.ts';

describe('a queue of what is due', () => {
  it('gives what a look at all entries would find, each once', () => {
    const step = fc.record({
      entry: fc.nat(20),
      dueMs: fc.oneof(fc.nat(100), fc.constant(Infinity)),
      waitMs: fc.nat(10),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const entries = Array.from({ length: 21 }, (_, name) => ({ name, dueMs: Infinity }));
        const queue = new DueQueue<(typeof entries)[number]>();
        let nowMs = 0;
        for (const { entry, dueMs, waitMs } of steps) {
          nowMs += waitMs;
          if (dueMs !== entries[entry]!.dueMs) {
            entries[entry]!.dueMs = dueMs;
            queue.set(entries[entry]!);
          }
          const expected = entries.filter((one) => one.dueMs <= nowMs).map(({ name }) => name);
          const taken: number[] = [];
          let lastMs = 0;
          for (let due = queue.take(nowMs); due !== undefined; due = queue.take(nowMs)) {
            expect(due.dueMs).toBeGreaterThanOrEqual(lastMs);
            lastMs = due.dueMs;
            due.dueMs = Infinity;
            taken.push(due.name);
          }
          expect(taken.sort((a, b) => a - b)).toEqual(expected);
        }
      }),
    );
  });

  it('stays small when something is put off again and again', () => {
    const queue = new DueQueue<{ dueMs: number }>();
    const entries = Array.from({ length: 10 }, () => ({ dueMs: 0 }));
    for (let at = 1; at <= 100_000; at++) {
      const entry = entries[at % 10]!;
      entry.dueMs = at;
      queue.set(entry);
    }
    expect(queue.size).toBeLessThan(3000);
    const taken: number[] = [];
    for (let due = queue.take(1e9); due !== undefined; due = queue.take(1e9)) taken.push(due.dueMs);
    expect(taken).toEqual(Array.from({ length: 10 }, (_, index) => 99_991 + index));
  });
});
