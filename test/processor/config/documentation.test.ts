import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { alertRules } from '../../../src/core/index.ts';
import { loadConfig, renderConfigurationDocs } from '../../../src/processor/config/index.ts';
import { configKeys, type KeyDefinition } from '../../../src/processor/config/keys.ts';

const committed = readFileSync(new URL('../../../docs/configuration.md', import.meta.url), 'utf8');

test('docs/configuration.md is what the table says: if not, run npm run generate', () => {
  expect(committed).toBe(renderConfigurationDocs());
});

test('it has a line for each key', () => {
  for (const path of Object.keys(configKeys)) {
    if (!path.startsWith('alerts.rules.')) expect(committed).toContain(`| \`${path}\` |`);
  }
});

test('it has a line for each alert, with its defaults', () => {
  for (const { name } of alertRules) {
    const row = new RegExp(
      `^\\| \\[\`${name}\`\\]\\(runbook\\.md#${name.toLowerCase()}\\) \\| (.*)$`,
      'm',
    ).exec(committed);
    for (const [path, definition] of Object.entries<KeyDefinition>(configKeys)) {
      if (!path.startsWith(`alerts.rules.${name}.`) || path.endsWith('.enabled')) continue;
      expect(row?.[1], path).toContain(`\`${definition.default}\``);
    }
  }
});

test('the defaults that it writes out load as the defaults', () => {
  const text = /## The defaults, written out\n\n```yaml\n(.*)```/s.exec(committed)?.[1] ?? '';
  expect(Object.keys(parse(text) as object)).toContain('liveness');
  expect(loadConfig({ text, env: {} })).toEqual(loadConfig({ env: {} }));
});
