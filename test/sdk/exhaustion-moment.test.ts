import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readDuration, readMoment } from '../../src/sdk/exhaustion/moment.ts';

const nowMs = Date.UTC(2026, 7, 15, 12, 0, 0);

describe('readDuration', () => {
  it.each([
    ['6m0s', 360_000],
    ['1h2m3.5s', 3_723_500],
    ['250ms', 250],
    ['1s', 1_000],
    ['0s', 0],
    ['34.07s', 34_070],
    ['114h18m0s', 411_480_000],
    ['1d', 86_400_000],
    ['1m30s', 90_000],
    ['500µs', 0.5],
    ['-5s', -5_000],
  ])('reads %s as %d ms', (text, expected) => {
    expect(readDuration(text)).toBeCloseTo(expected, 6);
  });

  it.each([
    '',
    '-',
    's',
    '5',
    '6m0',
    '6 m',
    '1h ',
    '5x',
    'NaNs',
    'Infinitys',
    '1e3s',
    '0x5s',
    `${'1'.repeat(70)}s`,
  ])('refuses %j', (text) => {
    expect(readDuration(text)).toBeNull();
  });

  it('reads what Go would print, for any whole milliseconds', () => {
    fc.assert(
      fc.property(fc.nat(2_000_000_000), (ms) => {
        const text = `${Math.floor(ms / 3_600_000)}h${Math.floor(ms / 60_000) % 60}m${(ms % 60_000) / 1_000}s`;
        expect(readDuration(text)).toBeCloseTo(ms, 3);
      }),
    );
  });
});

describe('readMoment', () => {
  it.each([
    // A small number is a wait in seconds.
    ['0', nowMs],
    ['120', nowMs + 120_000],
    ['34.5', nowMs + 34_500],
    ['999999999', nowMs + 999_999_999_000],
    // From 10^9 on epoch seconds, from 10^11 on epoch milliseconds.
    ['1000000000', 1_000_000_000_000],
    ['1786795260', 1_786_795_260_000],
    ['1786795260.5', 1_786_795_260_500],
    ['1786795260000', 1_786_795_260_000],
    // Waits before now are read; whoever uses them must reject them.
    ['-1', nowMs - 1_000],
    ['-5s', nowMs - 5_000],
    ['6m0s', nowMs + 360_000],
    ['250ms', nowMs + 250],
    [' 7 ', nowMs + 7_000],
    // RFC 3339.
    ['2026-08-15T12:05:00Z', nowMs + 300_000],
    ['2026-08-15t12:05:00z', nowMs + 300_000],
    ['2026-08-15 12:05:00Z', nowMs + 300_000],
    ['2026-08-15T14:05:00.250+02:00', nowMs + 300_250],
    // The three HTTP dates of RFC 9110.
    ['Sat, 15 Aug 2026 12:05:00 GMT', nowMs + 300_000],
    ['Saturday, 15-Aug-26 12:05:00 GMT', nowMs + 300_000],
    ['Sat Aug 15 12:05:00 2026', nowMs + 300_000],
    ['Sun Nov  6 08:49:37 1994', Date.UTC(1994, 10, 6, 8, 49, 37)],
    ['Sunday, 06-Nov-94 08:49:37 GMT', Date.UTC(1994, 10, 6, 8, 49, 37)],
    ['Sunday, 06-Nov-76 08:49:37 GMT', Date.UTC(2076, 10, 6, 8, 49, 37)],
  ])('reads %j', (text, expected) => {
    expect(readMoment(text, nowMs)).toBe(expected);
  });

  it.each([
    '',
    '   ',
    'soon',
    'NaN',
    'Infinity',
    '-',
    '1e3',
    '0x10',
    '5.',
    '1,5',
    '5, 10',
    'null',
    '2026-08-15',
    '2026-08-15T12:05:00',
    '2026-13-45T99:99:99Z',
    'Sat, 15 Aug 2026 12:05:00 CET',
    'Sat, 15 Foo 2026 12:05:00 GMT',
    'Sat, 31 Feb 2026 12:05:00 GMT',
    'Sat, 15 Aug 2026 99:99:99 GMT',
    'Saturday, 00-Aug-26 12:05:00 GMT',
    'Sat Aug 15 24:00:00 2026',
    '2026-02-31T12:05:00Z',
    '9'.repeat(400),
  ])('refuses %j', (text) => {
    expect(readMoment(text, nowMs)).toBeNull();
  });

  it('takes small numbers for milliseconds where they are said so, and never for an epoch', () => {
    expect(readMoment('3890', nowMs, 'ms')).toBe(nowMs + 3_890);
    expect(readMoment('1786795260000', nowMs, 'ms')).toBe(nowMs + 1_786_795_260_000);
  });

  it('reads back any second in every notation of dates', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_102_444_799 }), (second) => {
        const date = new Date(second * 1_000);
        expect(readMoment(date.toUTCString(), nowMs)).toBe(date.getTime());
        expect(readMoment(date.toISOString(), nowMs)).toBe(date.getTime());
      }),
    );
  });
});
