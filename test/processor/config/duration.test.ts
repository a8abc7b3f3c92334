import fastCheck from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatDurationMs, parseDurationMs } from '../../../src/processor/config/duration.ts';

describe('a duration', () => {
  test.for([
    ['500ms', 500],
    ['30s', 30_000],
    ['2m', 120_000],
    ['5h', 18_000_000],
    ['7d', 604_800_000],
    ['1m30s', 90_000],
    ['1d2h3m4s5ms', 93_784_005],
    ['1.5h', 5_400_000],
    ['0.2ms', 0],
    ['0', 0],
    ['0s', 0],
  ] as const)('%s is %i ms', ([text, durationMs]) => {
    expect(parseDurationMs(text)).toBe(durationMs);
  });

  test.for([
    '',
    '30',
    '30sec',
    's',
    '30 s',
    '30S',
    '-30s',
    '+30s',
    '30s1m',
    '30s30s',
    '1e3s',
    '.5s',
    '٣s',
    '5h\n',
  ])('%j is none', (text) => {
    expect(parseDurationMs(text)).toBeUndefined();
  });

  test('is written as it is read', () => {
    const durations = fastCheck.nat({ max: 400 * 86_400_000 });
    fastCheck.assert(
      fastCheck.property(
        durations,
        (durationMs) => parseDurationMs(formatDurationMs(durationMs)) === durationMs,
      ),
    );
    expect([0, 1, 120_000, 90_000, 86_400_000].map(formatDurationMs)).toEqual([
      '0s',
      '1ms',
      '2m',
      '1m30s',
      '1d',
    ]);
  });
});
