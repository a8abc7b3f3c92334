import { describe, expect, it } from 'vitest';
import { formatAgo, formatLength, formatRecovery } from '../../src/web/format.ts';

const nowMs = Date.parse('2030-01-01T00:00:00.000Z');
const at = (offsetMs: number) => new Date(nowMs + offsetMs).toISOString();

describe('formatLength', () => {
  it.each([
    [-5_000, '0 s'],
    [0, '0 s'],
    [999, '0 s'],
    [59_999, '59 s'],
    [60_000, '1 min'],
    [185_000, '3 min 5 s'],
    [3_600_000, '1 h'],
    [7_440_000, '2 h 4 min'],
    [86_400_000, '1 d'],
    [262_800_000, '3 d 1 h'],
  ])('%d ms is %s', (ms, expected) => {
    expect(formatLength(ms)).toBe(expected);
  });
});

describe('formatAgo', () => {
  it('counts from now', () => {
    expect(formatAgo(at(-7_000), nowMs)).toBe('7 s ago');
    expect(formatAgo(null, nowMs)).toBe('never');
  });
});

describe('formatRecovery', () => {
  it.each([
    [{ recovery_at: at(15_000), recovery_source: 'header' }, '15 s'],
    [{ recovery_at: at(18_000_000), recovery_source: 'default' }, '5 h (a guess)'],
    [{ recovery_at: at(-1), recovery_source: 'reported' }, 'due now'],
    [{ recovery_at: null, recovery_source: 'reported' }, 'not by itself'],
  ])('says of %j %s', (exhausted, expected) => {
    expect(formatRecovery(exhausted, nowMs)).toBe(expected);
  });
});
