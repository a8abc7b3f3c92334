import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bucketsPerHour,
  bucketsPerWindow,
  hourMs,
  hoursPerDay,
  SlidingSums,
} from '../../../src/core/health/windows.ts';

const windowMs = 300_000;
const bucketMs = windowMs / bucketsPerWindow;

function sums(width = 1): SlidingSums {
  return new SlidingSums(windowMs, bucketsPerWindow, width);
}

describe('a sliding sum', () => {
  it('is exact to one bucket: each event counts for nine tenths of the window, and for no longer than all of it', () => {
    const window = sums();
    window.add(0, 0, 1);
    expect(window.sum(0, 0, windowMs - 1)).toBe(1);
    expect(window.sum(0, 0, windowMs)).toBe(0);
    // At the end of its bucket it leaves a tenth of the window early.
    window.add(0, windowMs + bucketMs - 1, 1);
    expect(window.sum(0, 0, 2 * windowMs - 1)).toBe(1);
    expect(window.sum(0, 0, 2 * windowMs)).toBe(0);
  });

  it('lies between the sum over nine tenths of the window and over all of it, whatever comes in whatever order', () => {
    const event = fc.record({
      agoMs: fc.integer({ min: 0, max: 2 * windowMs }),
      toldAfterMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: windowMs })),
      value: fc.integer({ min: 1, max: 100 }),
    });
    const startMs = 10 * windowMs;
    fc.assert(
      fc.property(fc.array(event, { maxLength: 60 }), fc.nat({ max: windowMs }), (events, laterMs) => {
        const window = sums();
        const nowMs = startMs + 2 * windowMs + laterMs;
        const told = events
          .map(({ agoMs, toldAfterMs, value }) => {
            const atMs = startMs + 2 * windowMs - agoMs;
            return { atMs, value, toldAtMs: Math.min(nowMs, atMs + toldAfterMs) };
          })
          .toSorted((one, other) => one.toldAtMs - other.toldAtMs);
        for (const { atMs, value, toldAtMs } of told) {
          window.add(0, atMs, value);
          // Reading in between changes nothing.
          window.sum(0, 0, toldAtMs);
        }
        const within = (spanMs: number) =>
          told.reduce((sum, { atMs, value }) => (nowMs - atMs < spanMs ? sum + value : sum), 0);
        expect(window.sum(0, 0, nowMs)).toBeGreaterThanOrEqual(within(windowMs - bucketMs));
        expect(window.sum(0, 0, nowMs)).toBeLessThanOrEqual(within(windowMs));
      }),
      { numRuns: 2_000 },
    );
  });

  it('counts what is told late for its own time, or not at all', () => {
    const window = sums();
    window.add(0, 10 * windowMs, 1);
    window.add(0, 10 * windowMs - 4 * bucketMs, 10);
    window.add(0, 9 * windowMs, 100);
    expect(window.sum(0, 0, 10 * windowMs)).toBe(11);
    expect(window.sum(0, 0, 10 * windowMs + 6 * bucketMs)).toBe(1);
  });

  it('keeps rows and columns apart, over chunks', () => {
    const window = sums(3);
    for (const row of [0, 1, 1023, 1024, 5000]) {
      const only = (column: number) => (row % 3 === column ? row + 1 : 0);
      window.add(row, 1_000, only(0), only(1), only(2));
    }
    expect(window.sum(1023, 0, 1_000)).toBe(1024);
    expect(window.sum(1023, 1, 1_000)).toBe(0);
    expect(window.sum(1024, 1, 1_000)).toBe(1025);
    expect(window.sum(5000, 2, 1_000)).toBe(5001);
    expect(window.sum(2, 0, 1_000)).toBe(0);
    expect(window.sum(1_000_000, 0, 1_000)).toBe(0);
    window.clear(1024);
    expect(window.sum(1024, 1, 1_000)).toBe(0);
    expect(window.sum(1023, 0, 1_000)).toBe(1024);
  });

  it('hands out the buckets before the newest, the oldest first', () => {
    const day = new SlidingSums(hoursPerDay * hourMs, hoursPerDay, 1);
    for (let hour = 0; hour < 30; hour++) day.add(0, hour * hourMs, hour);
    const former: number[] = [];
    day.eachFormer(0, 29.5 * hourMs, (at, all) => former.push(all[at]!));
    expect(former).toEqual(Array.from({ length: 23 }, (_, index) => 6 + index));
  });

  it('is exact for whole numbers where cells are wide', () => {
    const narrow = new SlidingSums(windowMs, bucketsPerWindow, 1);
    const wide = new SlidingSums(windowMs, bucketsPerWindow, 1, Float64Array);
    for (const window of [narrow, wide]) {
      window.add(0, 0, 2 ** 24);
      window.add(0, 0, 1);
    }
    expect(narrow.sum(0, 0, 0)).toBe(2 ** 24);
    expect(wide.sum(0, 0, 0)).toBe(2 ** 24 + 1);
  });

  it('is restored as it was saved, and goes on from there', () => {
    const window = sums(2);
    for (let at = 0; at <= windowMs; at += bucketMs / 3) window.add(7, at, 1);
    const restored = sums(2);
    restored.restore(3, JSON.parse(JSON.stringify(window.save(7))));
    for (const nowMs of [windowMs, 1.5 * windowMs, 1.9 * windowMs, 2.5 * windowMs]) {
      expect(restored.sum(3, 0, nowMs)).toBe(window.sum(7, 0, nowMs));
    }
    expect(sums().save(0)).toBeUndefined();
  });

  it('is not restored into another window: its buckets were of another length', () => {
    const saved = JSON.parse(JSON.stringify(saveOne(sums())));
    const longer = new SlidingSums(2 * windowMs, bucketsPerWindow, 1);
    longer.restore(0, saved);
    expect(longer.sum(0, 0, 1_000_000)).toBe(0);
    longer.add(0, 1_000_000, 5);
    expect(longer.sum(0, 0, 1_000_000)).toBe(5);
    const more = new SlidingSums(windowMs, bucketsPerHour, 1);
    more.restore(0, saved);
    expect(more.sum(0, 0, 1_000_000)).toBe(0);
  });

  it('forgets what a clock that was set back left in the future', () => {
    const window = sums();
    window.restore(0, saveOne(window));
    window.clearFuture(500_000);
    expect(window.sum(0, 0, 500_000)).toBe(0);
    window.add(0, 500_000, 2);
    window.clearFuture(500_000);
    expect(window.sum(0, 0, 500_000)).toBe(2);
  });
});

function saveOne(window: SlidingSums) {
  window.add(0, 1_000_000, 1);
  return window.save(0)!;
}
