import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/folder.ts';
import { runToEnd } from '../support/process.ts';
import { requireServer, runPromtool, startPrometheus } from '../support/servers.ts';

// That the real servers are what the other tests take them for.

describe('a real Prometheus', () => {
  it('is ready on a free port, answers its API and stops cleanly', async (context) => {
    requireServer(context, 'prometheus');
    const configFile = join(temporaryFolder(), 'prometheus.yml');
    writeFileSync(configFile, 'global: { scrape_interval: 1s }\n');
    const prometheus = await startPrometheus({ configFile });
    const answer = await fetch(`${prometheus.url}/api/v1/status/buildinfo`);
    expect(await answer.json()).toMatchObject({
      status: 'success',
      data: { version: expect.stringMatching(/^2\.53/) },
    });
    expect(await prometheus.stop()).toEqual({ code: 0, signal: null });
  });

  it('says why it does not start', async (context) => {
    requireServer(context, 'prometheus');
    const configFile = join(temporaryFolder(), 'prometheus.yml');
    writeFileSync(configFile, 'scrape_configs: { not: a list }\n');
    await expect(startPrometheus({ configFile })).rejects.toThrow(/it has ended.*cannot unmarshal/s);
  });
});

describe('promtool', () => {
  it('passes a clean page and names what is wrong in another', async (context) => {
    requireServer(context, 'promtool');
    const clean = '# HELP beats_total Beats.\n# TYPE beats_total counter\nbeats_total 1\n';
    expect(await runPromtool(['check', 'metrics'], clean)).toMatchObject({ code: 0, stdout: '', stderr: '' });
    const result = await runPromtool(['check', 'metrics'], clean.replaceAll('beats_total', 'beats'));
    expect(result.code).not.toBe(0);
    expect(`${result.stdout}${result.stderr}`).toContain('counter metrics should have "_total" suffix');
  });
});

describe('the other programs', () => {
  it.for([
    ['alertmanager', ['--version'], /alertmanager, version 0\.\d+/],
    ['amtool', ['--version'], /amtool, version 0\.\d+/],
    ['docker-compose', ['version'], /Docker Compose version 2\./],
  ] as const)('%s runs', async ([name, args, says], context) => {
    const { code, stdout } = await runToEnd(requireServer(context, name), args);
    expect(code).toBe(0);
    expect(stdout).toMatch(says);
  });
});
