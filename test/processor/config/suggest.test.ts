import { expect, test } from 'vitest';
import { editDistance, nearest } from '../../../src/processor/config/suggest.ts';

test.for([
  ['', '', 0],
  ['', 'abc', 3],
  ['ofline', 'offline', 1],
  ['nmae', 'name', 1],
  ['kitten', 'sitting', 3],
  ['ca', 'abc', 3],
] as const)('from %j to %j it is %i edits', ([from, to, distance]) => {
  expect(editDistance(from, to)).toBe(distance);
  expect(editDistance(to, from)).toBe(distance);
});

const keys = ['late_after', 'offline_after', 'missed_beats', 'live', 'liveness', 'token_file'];

test.for([
  ['ofline_after', 'offline_after'],
  ['offlineAfter', 'offline_after'],
  ['LATE-AFTER', 'late_after'],
  ['missed_beat', 'missed_beats'],
  ['livness', 'liveness'],
  ['liveliness', 'liveness'],
  ['lives', 'live'],
  ['token', 'token_file'],
  ['late_after_seconds', 'late_after'],
  ['colour', undefined],
  ['', undefined],
  ['x'.repeat(100_000), undefined],
] as const)('%s means %s', ([word, meant]) => {
  expect(nearest(word, keys)).toBe(meant);
});
