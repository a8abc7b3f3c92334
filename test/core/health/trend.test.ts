import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { trendOf } from '../../../src/core/index.ts';

describe('trendOf', () => {
  it.each([
    [0.9, 0.7, 'improving'],
    [0.7, 0.9, 'declining'],
    [0.85, 0.8, 'stable'],
    [0.8, 0.8, 'stable'],
    // Above and below mean what they say: a change of exactly 0.1 is stable.
    [0.6, 0.5, 'stable'],
    [0.5, 0.6, 'stable'],
    // 0.4 − 0.3 is 0.10000000000000003.
    [0.4, 0.3, 'stable'],
    [0.3, 0.4, 'stable'],
    [0.601, 0.5, 'improving'],
    [0.5, 0.601, 'declining'],
    [null, 0.5, null],
    [0.5, null, null],
    [null, null, null],
  ] as const)('of %s in the last hour against %s in the day is %s', (hour, day, trend) => {
    expect(trendOf(hour, day)).toBe(trend);
  });

  it('is symmetric', () => {
    const score = fc.oneof(
      fc.integer({ min: 0, max: 100 }).map((percent) => percent / 100),
      fc.double({ min: 0, max: 1, noNaN: true }),
    );
    const opposite = { improving: 'declining', declining: 'improving', stable: 'stable' } as const;
    fc.assert(
      fc.property(score, score, (hour, day) => {
        expect(trendOf(day, hour)).toBe(opposite[trendOf(hour, day)!]);
      }),
      { numRuns: 5_000 },
    );
  });
});
