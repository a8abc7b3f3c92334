import { readdirSync, readFileSync } from 'node:fs';
import fastCheck from 'fast-check';
import { expect, test } from 'vitest';
import { ConfigError, loadConfig } from '../../../src/processor/config/index.ts';

const folder = new URL('../../testdata/config/', import.meta.url);
const texts = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.yaml'))
  .map((name) => readFileSync(new URL(name, folder), 'utf8').slice(0, 2_000));

/** Loads, or says why not in its own words: anything else is a crash at the start. */
function loadsOrExplains(text: string, env: Record<string, string> = {}): boolean {
  try {
    loadConfig({ text, env });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    expect(error.problems.length).toBeGreaterThan(0);
    for (const { message } of error.problems) expect(message).toMatch(/^Cannot [^\n]+$/);
  }
  return true;
}

test('a file with a piece of another in it is loaded or explained', () => {
  const pieces = fastCheck.record({
    text: fastCheck.constantFrom(...texts),
    other: fastCheck.oneof(
      fastCheck.constantFrom(...texts),
      fastCheck.string({ unit: 'binary', maxLength: 20 }),
    ),
    at: fastCheck.nat(2_000),
    length: fastCheck.nat(40),
    skip: fastCheck.nat(20),
  });
  fastCheck.assert(
    fastCheck.property(pieces, ({ text, other, at, length, skip }) =>
      loadsOrExplains(text.slice(0, at) + other.slice(at % 7, (at % 7) + length) + text.slice(at + skip)),
    ),
    { numRuns: 500 },
  );
});

test('any text in any variable is taken or explained', () => {
  const variables = fastCheck.constantFrom(
    'AGENT_VITALS_NAME',
    'AGENT_VITALS_AGENTS',
    'AGENT_VITALS_LIVENESS_OVERRIDES',
    'AGENT_VITALS_HTTP_ENDPOINT',
    'AGENT_VITALS_EXPORT_OTLP_HEADERS',
    'AGENT_VITALS_LIVENESS_GAP_RATIO',
    'HEALTH_POLLING_INTERVAL',
  );
  const values = fastCheck.string({
    unit: fastCheck.constantFrom(...'[]{}:,&*!|>#"\'\\ \n\tab1.0~<-?%@'),
    maxLength: 30,
  });
  fastCheck.assert(
    fastCheck.property(variables, values, (variable, value) => loadsOrExplains('', { [variable]: value })),
    { numRuns: 500 },
  );
});
