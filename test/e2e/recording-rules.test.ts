import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/folder.ts';
import { runToEnd } from '../support/process.ts';
import { requireServer } from '../support/servers.ts';

const rules = fileURLToPath(new URL('../../rules/agent-vitals.rules.yml', import.meta.url));

/** What is recorded at a time, by its labels. */
interface Expectation {
  readonly expr: string;
  readonly at: string;
  readonly samples: Readonly<Record<string, number>>;
}

/** Runs the repository's rules over series of a sample a minute, by promtool's own test of rules. */
async function check(
  program: string,
  series: Readonly<Record<string, string>>,
  expectations: readonly Expectation[],
): Promise<string> {
  const test = {
    interval: '1m',
    input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
    promql_expr_test: expectations.map(({ expr, at, samples }) => ({
      expr,
      eval_time: at,
      exp_samples: Object.entries(samples).map(([labels, value]) => ({ labels, value })),
    })),
  };
  const file = join(temporaryFolder(), 'rules-test.yml');
  // JSON is YAML.
  writeFileSync(file, JSON.stringify({ rule_files: [rules], evaluation_interval: '1m', tests: [test] }));
  const { code, stdout, stderr } = await runToEnd(program, ['test', 'rules', file]);
  return code === 0 ? '' : `${stdout}${stderr}`;
}

describe.each(['promtool-oldest', 'promtool', 'promtool-newest'] as const)(
  '%s says of recording rules',
  (promtool) => {
    it('that scores count by tenths, the whole one into the uppermost', async (context) => {
      const score = (id: string) => `vitals_agent_health_score_ratio{vitals_agent_id="${id}"}`;
      const said = await check(
        requireServer(context, promtool),
        {
          [score('a')]: '0',
          [score('b')]: '0.3',
          [score('c')]: '0.7',
          [score('d')]: '0.799',
          [score('e')]: '0.9',
          [score('f')]: '1',
        },
        [
          {
            expr: 'sum by (score) (fleet:vitals_agent_health_score_ratio:count)',
            at: '0m',
            samples: { '{score="0"}': 1, '{score="0.3"}': 1, '{score="0.7"}': 2, '{score="0.9"}': 2 },
          },
        ],
      );
      expect(said).toBe('');
    });

    it('that the first transition into a status counts, and none of an agent that has just come', async (context) => {
      const seen = (id: string) => `vitals_agent_heartbeat_last_timestamp_seconds{vitals_agent_id="${id}"}`;
      const into = (id: string, state: string) =>
        `vitals_agent_transitions_total{vitals_agent_id="${id}", vitals_agent_state="${state}"}`;
      // Versions of Prometheus differ in how far they extrapolate an increase.
      const expr = 'round(fleet:vitals_agent_transitions:increase5m)';
      const said = await check(
        requireServer(context, promtool),
        {
          [seen('old')]: '0+60x30',
          [into('old', 'offline')]: '_x10 1x20',
          [into('old', 'busy')]: '0+1x30',
          [into('old', 'error')]: '4x10 5x5 9x15',
          [seen('new')]: '_x10 0+60x20',
          [into('new', 'stalled')]: '_x10 7x20',
        },
        [
          { expr, at: '9m', samples: {} },
          {
            expr,
            at: '12m',
            samples: { '{vitals_agent_state="offline"}': 1, '{vitals_agent_state="error"}': 1 },
          },
          { expr, at: '29m', samples: {} },
        ],
      );
      expect(said).toBe('');
    });

    it('that exhausted agents of a scope are back between the first and the last of them', async (context) => {
      const back = (id: string, scope: string) =>
        `vitals_agent_recovery_timestamp_seconds{vitals_agent_id="${id}", vitals_exhausted_scope="${scope}", vitals_exhausted_reason="rate_limit"}`;
      const at = (scope: string) =>
        `{vitals_exhausted_reason="rate_limit", vitals_exhausted_scope="${scope}"}`;
      const said = await check(
        requireServer(context, promtool),
        { [back('a', 'one')]: '900', [back('b', 'one')]: '600', [back('c', 'two')]: '300' },
        [
          {
            expr: 'scope:vitals_agent_recovery_timestamp_seconds:min + 0',
            at: '0m',
            samples: { [at('one')]: 600, [at('two')]: 300 },
          },
          {
            expr: 'scope:vitals_agent_recovery_timestamp_seconds:max + 0',
            at: '0m',
            samples: { [at('one')]: 900, [at('two')]: 300 },
          },
        ],
      );
      expect(said).toBe('');
      const wrong = await check(requireServer(context, promtool), { [back('a', 'one')]: '900' }, [
        {
          expr: 'scope:vitals_agent_recovery_timestamp_seconds:min + 0',
          at: '0m',
          samples: { [at('one')]: 901 },
        },
      ]);
      expect(wrong).toContain('FAILED');
    });
  },
);
