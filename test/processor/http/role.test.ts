import { expect, test } from 'vitest';
import { roleIncludes } from '../../../src/processor/http/role.ts';

test.for([
  ['ingest', 'ingest', true],
  ['ingest', 'read', false],
  ['ingest', 'operator', false],
  ['read', 'ingest', false],
  ['read', 'read', true],
  ['read', 'operator', false],
  ['operator', 'ingest', false],
  ['operator', 'read', true],
  ['operator', 'operator', true],
] as const)('%s is enough for %s: %s', ([held, needed, expected]) => {
  expect(roleIncludes(held, needed)).toBe(expected);
});
