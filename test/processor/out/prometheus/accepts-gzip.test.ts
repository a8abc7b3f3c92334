import { expect, it } from 'vitest';
import { acceptsGzip } from '../../../../src/processor/out/prometheus/accepts-gzip.ts';

it.each<[header: string | undefined, accepted: boolean]>([
  [undefined, false],
  ['', false],
  ['identity', false],
  ['gzip', true],
  ['GZip', true],
  ['x-gzip', true],
  ['deflate, gzip;q=0.5', true],
  ['br;q=1.0, gzip ; q=0.8, *;q=0.1', true],
  ['gzip;q=0', false],
  ['gzip;q=0.0, *', false],
  ['*', true],
  ['*;q=0', false],
  ['gzip;q=nonsense', false],
  ['notgzip', false],
])('takes Accept-Encoding %j as %s', (header, accepted) => {
  expect(acceptsGzip(header)).toBe(accepted);
});
