import { expect, it } from 'vitest';
import { SessionStatistics } from '../../../src/processor/health/session-statistics.ts';

it('has nothing but zeros before the first collection', () => {
  expect(new SessionStatistics().answer(0)).toEqual({
    total_collections: 0,
    successful_collections: 0,
    partial_collections: 0,
    failed_collections: 0,
    avg_collection_time_ms: 0,
    success_rate: 0,
    partial_rate: 0,
    cache_entries: 0,
  });
});

it('counts by outcome, in percent; the first duration is the mean that the others move by a tenth', () => {
  const statistics = new SessionStatistics();
  statistics.note('successful', 10);
  expect(statistics.answer(0).avg_collection_time_ms).toBe(10);
  statistics.note('partial', 20);
  expect(statistics.answer(0).avg_collection_time_ms).toBe(11);
  statistics.note('failed', 1);
  expect(statistics.answer(3)).toEqual({
    total_collections: 3,
    successful_collections: 1,
    partial_collections: 1,
    failed_collections: 1,
    avg_collection_time_ms: 10,
    success_rate: 33.3,
    partial_rate: 33.3,
    cache_entries: 3,
  });
});
