import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AgentAnswer } from '@agent-vitals/contract';
import { describe, expect, it } from 'vitest';
import { agentCode, heartbeatCommand } from '../../src/web/first-heartbeat.ts';
import { temporaryFolder } from '../support/folder.ts';
import { heartbeat } from '../support/heartbeat.ts';
import { skipWithout } from '../support/needs.ts';
import { type RunningProcess, runToEnd, spawnProcess, waitFor } from '../support/process.ts';
import { addressOf, freePorts, up } from '../support/processor.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

async function agentOf(processor: RunningProcess, id: string): Promise<AgentAnswer> {
  const http = await addressOf(processor, 'http.endpoint');
  return (await fetch(`${http}/api/health/agent/${id}`)).json() as Promise<AgentAnswer>;
}

/** Runs an agent's code as a user would: in a folder that has the packages installed. */
async function runAgent(code: string) {
  const folder = temporaryFolder();
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(folder, 'agent.ts'), code);
  const flags = ['--conditions=@agent-vitals/source', '--disable-warning=ExperimentalWarning'];
  return runToEnd(process.execPath, [...flags, join(folder, 'agent.ts')]);
}

async function takenPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  server.unref();
  return (server.address() as AddressInfo).port;
}

describe('agent-vitals up', () => {
  it('takes a heartbeat in, shows the agent everywhere, and stops when told', async () => {
    const processor = up();
    const http = await addressOf(processor, 'http.endpoint');
    const otlp = await addressOf(processor, 'receivers.otlp.http.endpoint');
    await processor.waitForLine(/ready name=agent-vitals/);
    expect((await fetch(`${http}/readyz`)).status).toBe(200);

    expect((await fetch(`${otlp}/v1/metrics`, heartbeat('crawler-7'))).status).toBe(200);
    const { agents } = await (await fetch(`${http}/api/health/agents`)).json();
    expect(agents).toMatchObject([{ agent_id: 'crawler-7', state: 'idle' }]);
    expect(await (await fetch(`${http}/metrics`)).text()).toMatch(
      /^vitals_agent_status\{[^}]*vitals_agent_id="crawler-7"[^}]*vitals_agent_state="idle"[^}]*\} 1$/m,
    );

    const askedAt = performance.now();
    expect(await processor.stop('SIGTERM')).toEqual({ code: 0, signal: null });
    expect(performance.now() - askedAt).toBeLessThan(5_000);
    expect(processor.stderr).toMatch(/stopping reason=SIGTERM[\s\S]*stopped\n$/);
  });

  it.each(['SIGTERM', 'SIGKILL'] as const)(
    'stops when npx gets %s, which does not pass it on',
    async (signal) => {
      const npx = spawnProcess('npx', ['--no-install', 'agent-vitals', 'up'], {
        cwd: root,
        env: { ...freePorts, AGENT_VITALS_STORE_PATH: join(temporaryFolder(), 'agent-vitals.db') },
      });
      const http = await addressOf(npx, 'http.endpoint');
      npx.signal(signal);
      await waitFor(
        () =>
          fetch(`${http}/healthz`).then(
            () => false,
            () => true,
          ),
        { what: 'the end of the processor' },
      );
    },
  );

  it.each([
    ['AGENT_VITALS_HTTP_ENDPOINT', 'http.endpoint'],
    ['AGENT_VITALS_RECEIVERS_OTLP_HTTP_ENDPOINT', 'receivers.otlp.http.endpoint'],
  ])('names the key to change when the port of %s is taken', async (variable, key) => {
    const port = await takenPort();
    const processor = up([], { ...freePorts, [variable]: `127.0.0.1:${port}` });
    expect(await processor.exited).toEqual({ code: 1, signal: null });
    expect(processor.stderr).toContain(`Cannot listen on 127.0.0.1:${port} as the port must be free`);
    expect(processor.stderr).toContain(`Change ${key}.`);
    expect(processor.stderr).not.toMatch(/^ +at /m);
  });

  it('refuses a configuration with a typo', async () => {
    const file = join(temporaryFolder(), 'typo.yaml');
    writeFileSync(file, 'livenes:\n  offline_after: 60s\n');
    const processor = up(['--config', file]);
    expect(await processor.exited).toEqual({ code: 1, signal: null });
    expect(processor.stderr).toMatch(/error .*typo\.yaml:1:1: .*livenes.*liveness/);
  });

  it('refuses to bind beyond loopback without tokens', async () => {
    const processor = up([], { ...freePorts, AGENT_VITALS_HTTP_ENDPOINT: '0.0.0.0:0' });
    expect(await processor.exited).toEqual({ code: 1, signal: null });
    expect(processor.stderr).toContain('http.endpoint as it must be on loopback');
  });

  it('logs JSON where asked, and never a token', async () => {
    const folder = temporaryFolder();
    const token = 'tokens-are-never-logged-4711';
    writeFileSync(join(folder, 'token'), token, { mode: 0o600 });
    const file = join(folder, 'agent-vitals.yaml');
    writeFileSync(file, `auth: { tokens: [{ name: ops, role: operator, token_file: ${folder}/token }] }\n`);
    const processor = up(['--config', file, '--log-format', 'json', '--log-level', 'debug']);
    const [, address] = await processor.waitForLine(/"key":"http\.endpoint","address":"([^"]+)"/);
    await processor.waitForLine(/"message":"ready"/);
    const headers = { authorization: `Bearer ${token}` };
    expect((await fetch(`${address}/api/health/agents`, { headers })).status).toBe(200);
    expect((await fetch(`${address}/api/health/agents`)).status).toBe(401);
    await processor.stop();
    for (const text of processor.stderr.trimEnd().split('\n')) {
      expect(JSON.parse(text)).toMatchObject({ level: expect.any(String), message: expect.any(String) });
    }
    expect(processor.output).not.toContain(token);
  });

  it('takes the heartbeat that the empty page tells people to send', async (context) => {
    if ((await runToEnd('sh', ['-c', 'command -v curl'])).code !== 0) skipWithout(context, 'curl is missing');
    const processor = up();
    const otlp = await addressOf(processor, 'receivers.otlp.http.endpoint');
    const { code, stderr } = await runToEnd('sh', ['-c', heartbeatCommand(otlp)]);
    expect([code, stderr]).toEqual([0, '']);
    expect(await agentOf(processor, 'my-first-agent')).toMatchObject({
      state: 'idle',
      heartbeat: { missed: 0 },
    });
  });

  it('takes the agent that the empty page tells people to write', async () => {
    const processor = up();
    const code = agentCode(await addressOf(processor, 'receivers.otlp.http.endpoint'));
    expect(await runAgent(code)).toMatchObject({ code: 0, stderr: '' });
    expect(await agentOf(processor, 'my-second-agent')).toMatchObject({ state: 'stopped' });
  });

  it("takes the README's agent", async () => {
    const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
    const code = /```ts\n(.*?)```/s.exec(readme)?.[1] ?? '';
    const processor = up();
    const otlp = await addressOf(processor, 'receivers.otlp.http.endpoint');
    expect(code.split('\n').filter((line) => line !== '').length).toBeLessThanOrEqual(10);
    expect(code).toContain('http://127.0.0.1:4318');
    const finished = await runAgent(code.replace('http://127.0.0.1:4318', otlp));
    expect(finished).toMatchObject({
      code: 0,
      stderr: '',
      stdout: 'Hello, Ada\nHello, Grace\nHello, Edsger\n',
    });
    expect(await agentOf(processor, 'greeter')).toMatchObject({
      state: 'stopped',
      session_id: 'readme',
      type: 'writer',
      operations_completed: 3,
    });
  });
});
