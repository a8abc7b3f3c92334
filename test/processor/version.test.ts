import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { version } from '../../src/processor/version.ts';

it('is that of the package', () => {
  const file = new URL('../../src/package.json', import.meta.url);
  expect(version).toBe(JSON.parse(readFileSync(file, 'utf8')).version);
});
