import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { version } from '../../src/processor/version.ts';
import { temporaryFolder } from '../support/folder.ts';
import { runToEnd } from '../support/process.ts';
import { requireServer, runPromtool } from '../support/servers.ts';

const command = fileURLToPath(new URL('../../src/bin/agent-vitals.js', import.meta.url));

function agentVitals(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  return runToEnd(process.execPath, [command, ...args], { env });
}

function fileWith(text: string): string {
  const file = join(temporaryFolder(), 'agent-vitals.yaml');
  writeFileSync(file, text);
  return file;
}

describe('agent-vitals', () => {
  it('helps', async () => {
    const { code, stdout, stderr } = await agentVitals(['--help']);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('agent-vitals up [--config FILE]');
    expect(stdout).toContain('agent-vitals check-config FILE');
    expect(stdout).toContain('agent-vitals rules [--config FILE]');
  });

  it('tells its version', async () => {
    expect(await agentVitals(['--version'])).toMatchObject({ code: 0, stdout: `${version}\n`, stderr: '' });
  });

  it('keeps the young generation small', async () => {
    const tell = '--import=data:text/javascript,process.stderr.write(process.execArgv.join())';
    const { stderr } = await agentVitals(['--version'], { NODE_OPTIONS: tell });
    expect(stderr).toContain('--max-semi-space-size=8');
  });

  it('refuses what it does not know with code 2 and what was probably meant', async () => {
    const { code, stdout, stderr } = await agentVitals(['upp']);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('Cannot run upp as there is no such command. Did you mean up?');
    expect(stderr).not.toMatch(/^ +at /m);
  });
});

describe('agent-vitals check-config', () => {
  it('finds nothing wrong with an empty file', async () => {
    const file = fileWith('');
    expect(await agentVitals(['check-config', file])).toMatchObject({
      code: 0,
      stdout: `${file} is fine\n`,
      stderr: '',
    });
  });

  it('names file, line, key and what was meant, and ends with code 1', async () => {
    const file = fileWith('liveness:\n  ofline_after: 60s\n');
    const { code, stdout, stderr } = await agentVitals(['check-config', file]);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain(`${file}:2:`);
    expect(stderr).toContain('liveness.ofline_after');
    expect(stderr).toContain('offline_after');
  });

  it('looks at the environment too', async () => {
    const env = { AGENT_VITALS_LIVENESS_OFFLINE_AFTER: 'soon' };
    const { code, stderr } = await agentVitals(['check-config', fileWith('')], env);
    expect(code).toBe(1);
    expect(stderr).toContain('AGENT_VITALS_LIVENESS_OFFLINE_AFTER');
  });

  it('says which file is missing', async () => {
    const { code, stderr } = await agentVitals(['check-config', '/nowhere/agent-vitals.yaml']);
    expect(code).toBe(1);
    expect(stderr).toContain('/nowhere/agent-vitals.yaml');
  });
});

describe('agent-vitals rules', () => {
  const committed = new URL('../../rules/agent-vitals.rules.yml', import.meta.url);

  it('prints what is committed where nothing is said otherwise', async () => {
    const { code, stdout, stderr } = await agentVitals(['rules']);
    expect([code, stderr]).toEqual([0, '']);
    expect(parse(stdout)).toEqual(parse(readFileSync(committed, 'utf8')));
  });

  it('prints the numbers of a configuration and of the environment, and promtool takes them', async (context) => {
    requireServer(context, 'promtool');
    const file = fileWith(`alerts:
  runbook_url: https://wiki.example/runbook
  rules:
    Watchdog: { enabled: false }
    AgentStalled: { for: 1m30s, keep_firing_for: 0s, severity: critical }
    QueueDeep: { threshold: { warning: 7, critical: 1000000000000 } }
    IntegrationSlow: { threshold: 250ms }
`);
    const { code, stdout, stderr } = await agentVitals(['rules', '--config', file], {
      ALERT_ERROR_RATE_THRESHOLD: '0.05',
    });
    expect([code, stderr]).toEqual([0, '']);
    const rules = (parse(stdout) as { groups: { rules: Record<string, unknown>[] }[] }).groups[1]!.rules;
    const named = (name: string) => rules.filter(({ alert }) => alert === name);
    expect(named('Watchdog')).toEqual([]);
    expect(named('AgentStalled')).toMatchObject([{ for: '1m30s', labels: { severity: 'critical' } }]);
    expect(named('AgentStalled')[0]).not.toHaveProperty('keep_firing_for');
    expect(named('QueueDeep').map(({ expr }) => / > (\S+)/.exec(String(expr))?.[1])).toEqual([
      '7',
      '1000000000000',
    ]);
    expect(String(named('IntegrationSlow')[0]?.expr)).toContain(', 0.25)');
    expect(String(named('AgentErrorRateHigh')[0]?.expr)).toContain('> 0.05');
    for (const { annotations } of rules) {
      expect(annotations).toMatchObject({
        runbook_url: expect.stringMatching(/^https:\/\/wiki\.example\/runbook#\w+$/),
      });
    }
    const printed = join(temporaryFolder(), 'printed.rules.yml');
    writeFileSync(printed, stdout);
    const checked = await runPromtool(['check', 'rules', printed]);
    expect(checked.code, `${checked.stdout}${checked.stderr}`).toBe(0);
  });

  it('says what is wrong with a configuration, and prints nothing', async () => {
    const file = fileWith('alerts:\n  rules:\n    AgentOfline: { enabled: false }\n');
    const { code, stdout, stderr } = await agentVitals(['rules', '--config', file]);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain(`${file}:3:5: Cannot use alerts.rules.AgentOfline`);
    expect(stderr).toContain('did you mean alerts.rules.AgentOffline?');
  });
});
