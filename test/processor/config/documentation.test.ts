import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { loadConfig, renderConfigurationDocs } from '../../../src/processor/config/index.ts';
import { configKeys } from '../../../src/processor/config/keys.ts';

const committed = readFileSync(new URL('../../../docs/configuration.md', import.meta.url), 'utf8');

test('docs/configuration.md is what the table says: if not, run npm run generate', () => {
  expect(committed).toBe(renderConfigurationDocs());
});

test('it has a line for each key', () => {
  for (const path of Object.keys(configKeys)) expect(committed).toContain(`| \`${path}\` |`);
});

test('the defaults that it writes out load as the defaults', () => {
  const text = /```yaml\n(.*)```/s.exec(committed)?.[1] ?? '';
  expect(Object.keys(parse(text) as object)).toContain('liveness');
  expect(loadConfig({ text, env: {} })).toEqual(loadConfig({ env: {} }));
});
