import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { loadConfig, redactConfig } from '../../../src/processor/config/index.ts';
import { configKeys, type KeyDefinition } from '../../../src/processor/config/keys.ts';
import { loadConfigBy } from '../../../src/processor/config/load-config.ts';

const fixture = (name: string) => new URL(`../../testdata/config/good/${name}.yaml`, import.meta.url);

test('what is shown is a file that loads as the same configuration', () => {
  const text = readFileSync(fixture('small-fleet'), 'utf8');
  const { config } = loadConfig({ text, env: { SECRETS: '/etc/secrets', STORE: '/var/lib/vitals.db' } });
  const shown = redactConfig(config);
  expect(shown).toMatchObject({
    http: { endpoint: 'localhost:18080' },
    auth: {
      tokens: [{ name: 'agents', role: 'ingest', token_file: '/run/secrets/agents' }, { name: 'grafana' }],
    },
    liveness: {
      late_after: '1m30s',
      gap_ratio: 0.25,
      overrides: [{}, { match: { id: '007' }, stalled_after: '1h30m' }],
    },
    exhaustion: { default_recovery: { rate_limit: '5h', billing: 'never' } },
  });
  expect(loadConfig({ text: JSON.stringify(shown), env: {} }).config).toEqual(config);
});

test('every key of the table is shown', () => {
  const written = parse(readFileSync(fixture('all-defaults'), 'utf8')) as object;
  const shown = redactConfig(loadConfig({ env: {} }).config);
  expect(Object.keys(shown).sort()).toEqual([...Object.keys(written), 'name', 'agents'].sort());
});

test('secrets are not', () => {
  const built = Object.fromEntries(
    Object.entries<KeyDefinition>(configKeys).map(([path, definition]) => [
      path,
      { ...definition, built: true },
    ]),
  );
  const text = `
alerts:
  webhook: { url: "https://hooks.example/T0/s3cret" }
  alertmanager: { url: "http://user:s3cret@alerts.example:9093/" }
export: { otlp: { headers: { authorization: "Bearer s3cret" } } }`;
  const { config } = loadConfigBy(built, { text, env: {} });
  const shown = redactConfig(config);
  expect(shown).toMatchObject({
    alerts: { webhook: { url: '(hidden)' }, alertmanager: { url: 'http://(hidden)@alerts.example:9093/' } },
    export: { otlp: { headers: { authorization: '(hidden)' } } },
  });
  expect(JSON.stringify(shown)).not.toContain('s3cret');
});
