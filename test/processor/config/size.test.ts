import fastCheck from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatSizeBytes, parseSizeBytes } from '../../../src/processor/config/size.ts';

describe('a size', () => {
  test.for([
    ['20MiB', 20_971_520],
    ['1GiB', 2 ** 30],
    ['1.5KiB', 1536],
    ['5MB', 5_000_000],
    ['5 kB', 5_000],
    ['2tib', 2 ** 41],
    ['1048576', 1_048_576],
    ['7B', 7],
    ['0', 0],
  ] as const)('%s is %i bytes', ([text, bytes]) => {
    expect(parseSizeBytes(text)).toBe(bytes);
  });

  test.for(['', '20M', '20Mi', 'MiB', '-1', '1,5MiB', '20MiBs', '20  MiB', '1PiB'])('%j is none', (text) => {
    expect(parseSizeBytes(text)).toBeUndefined();
  });

  test('is written as it is read', () => {
    const sizes = fastCheck.maxSafeNat();
    fastCheck.assert(fastCheck.property(sizes, (bytes) => parseSizeBytes(formatSizeBytes(bytes)) === bytes));
    expect([0, 1000, 1024, 20_971_520].map(formatSizeBytes)).toEqual(['0', '1000', '1KiB', '20MiB']);
  });
});
