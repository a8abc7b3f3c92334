import { describe, expect, it } from 'vitest';
import { RetryPace } from '../../../src/processor/notify/retry-pace.ts';

describe('RetryPace', () => {
  it.each([
    ['least', 0, [500, 1_000, 2_000, 4_000, 5_000, 5_000]],
    ['most', 1, [1_000, 2_000, 4_000, 8_000, 10_000, 10_000]],
  ])('doubles up to its longest, with the %s chance', (_what, chance, delays) => {
    const pace = new RetryPace({ firstMs: 1_000, longestMs: 10_000, random: () => chance });
    expect(pace.isFailing).toBe(false);
    expect(pace.retryAtMs).toBe(Number.NEGATIVE_INFINITY);
    for (const delay of delays) {
      pace.failed(100);
      expect(pace.retryAtMs).toBe(100 + delay);
    }
    expect(pace.isFailing).toBe(true);
    pace.succeeded();
    expect(pace.isFailing).toBe(false);
    pace.failed(200);
    expect(pace.retryAtMs).toBe(200 + delays[0]!);
  });

  it('waits for as long as it was asked to', () => {
    const pace = new RetryPace({ firstMs: 1_000, longestMs: 10_000, random: () => 0 });
    pace.failed(0, 60_000);
    expect(pace.retryAtMs).toBe(60_000);
  });
});
