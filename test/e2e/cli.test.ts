import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { version } from '../../src/processor/version.ts';
import { temporaryFolder } from '../support/folder.ts';
import { runToEnd } from '../support/process.ts';

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
  });

  it('tells its version', async () => {
    expect(await agentVitals(['--version'])).toMatchObject({ code: 0, stdout: `${version}\n`, stderr: '' });
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
