import { expect, it } from 'vitest';
import { Backoff } from '../../../src/processor/store/backoff.ts';

it('tries again after a second, ever more rarely, and begins anew after a success', () => {
  const backoff = new Backoff();
  expect([backoff.isFailing, backoff.retryAtMs]).toEqual([false, Number.NEGATIVE_INFINITY]);
  const waits = Array.from({ length: 8 }, () => {
    backoff.failed(1_000);
    return backoff.retryAtMs - 1_000;
  });
  expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
  expect(backoff.isFailing).toBe(true);
  backoff.succeeded();
  expect(backoff.isFailing).toBe(false);
  backoff.failed(0);
  expect(backoff.retryAtMs).toBe(1_000);
  for (let failure = 0; failure < 5_000; failure++) backoff.failed(0);
  expect(backoff.retryAtMs).toBe(30_000);
});
