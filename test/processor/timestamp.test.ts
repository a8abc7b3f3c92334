import fc from 'fast-check';
import { expect, it } from 'vitest';
import { timestampOf } from '../../src/processor/timestamp.ts';

it.each([
  0,
  1,
  -1,
  -0.5,
  999,
  86_399_999,
  86_400_000,
  1_800_000_000_123.999,
  951_782_400_000,
  Date.parse('2000-02-29T23:59:59.999Z'),
  Date.parse('2100-02-28T23:59:59.999Z'),
  253_402_300_800_000,
  -62_198_755_200_000,
  8.64e15,
  -8.64e15,
])('writes %d as Date does', (epochMs) => {
  expect(timestampOf(epochMs)).toBe(new Date(epochMs).toISOString());
});

it('writes any moment as Date does, whatever it wrote before', () => {
  const moment = fc.oneof(
    fc.double({ min: -8.64e15, max: 8.64e15, noNaN: true }),
    fc.integer({ min: 1_799_900_000_000, max: 1_800_100_000_000 }),
  );
  fc.assert(
    fc.property(fc.array(moment, { minLength: 1 }), (moments) => {
      for (const epochMs of moments) expect(timestampOf(epochMs)).toBe(new Date(epochMs).toISOString());
    }),
    { numRuns: 1_000 },
  );
});

it.each([Number.NaN, Number.POSITIVE_INFINITY, 8.65e15])('refuses %d', (epochMs) => {
  expect(() => timestampOf(epochMs)).toThrow(RangeError);
  expect(timestampOf(5)).toBe('1970-01-01T00:00:00.005Z');
});
