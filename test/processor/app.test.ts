import { once } from 'node:events';
import { chmodSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { AgentAnswer } from '@agent-vitals/contract';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  type App,
  createApp,
  createLog,
  loadConfig,
  StartError,
  systemClock,
} from '../../src/processor/index.ts';
import { temporaryFolder } from '../support/folder.ts';
import { heartbeat } from '../support/heartbeat.ts';
import { waitFor } from '../support/wait.ts';

const freePorts = {
  AGENT_VITALS_HTTP_ENDPOINT: '127.0.0.1:0',
  AGENT_VITALS_RECEIVERS_OTLP_HTTP_ENDPOINT: '127.0.0.1:0',
};

function appOf(text = '', env: Readonly<Record<string, string>> = {}): { app: App; lines: string[] } {
  const lines: string[] = [];
  const log = createLog({ write: (line) => lines.push(line), now: Date.now, level: 'debug' });
  const storePath = { AGENT_VITALS_STORE_PATH: join(temporaryFolder(), 'store.db') };
  const { config } = loadConfig({ text, env: { ...freePorts, ...storePath, ...env } });
  const app = createApp(config, { clock: systemClock(), log });
  onTestFinished(() => app.stop());
  return { app, lines };
}

async function takenEndpoint(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('createApp', () => {
  it('judges what comes in: an agent that falls silent is offline at its deadline', async () => {
    const { app, lines } = appOf('liveness: { late_after: 100ms, offline_after: 200ms, failover_grace: 0s }');
    await app.start();
    const { http, otlpHttp } = app.addresses();
    const agent = async (): Promise<AgentAnswer> =>
      (await fetch(`${http}/api/health/agent/crawler-7`)).json() as Promise<AgentAnswer>;
    expect((await fetch(`${otlpHttp}/v1/metrics`, heartbeat('crawler-7'))).status).toBe(200);
    const before = await agent();
    expect(before).toMatchObject({ state: 'idle', is_accessible: true });
    const after = await waitFor(async () => ((await agent()).state === 'offline' ? agent() : undefined), {
      what: 'crawler-7 offline',
    });
    // Dated at the deadline, not when somebody looked; both are told by the wall clock, so a little apart.
    const offBy = Date.parse(after.state_changed_at) - Date.parse(before.heartbeat.deadline ?? '');
    expect(Math.abs(offBy)).toBeLessThan(20);
    const told = lines.filter((line) => line.includes('transition agent=crawler-7'));
    expect(told.map((line) => /from=(\S+) to=(\S+) .*reason=(\S+)/.exec(line)?.slice(1, 4))).toEqual([
      ['null', 'idle', 'first_seen'],
      ['idle', 'offline', 'lease_expired'],
    ]);
  });

  it('knows the agents that are expected before they come', async () => {
    const { app } = appOf('agents: [{ id: night-shift, name: Night shift, session: s1, type: watcher }]');
    await app.start();
    const answer = await (await fetch(`${app.addresses().http}/api/health/agent/night-shift`)).json();
    expect(answer).toMatchObject({
      state: 'unknown',
      agent_name: 'Night shift',
      session_id: 's1',
      type: 'watcher',
      last_seen: null,
    });
  });

  it('tells its addresses only once it has some', async () => {
    const { app } = appOf();
    expect(() => app.addresses()).toThrow('Cannot tell the addresses as the processor must be started');
    await app.start();
    expect(Object.values(app.addresses())).toEqual([
      expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
    ]);
  });

  it('gives the ports back when it stops, however often it is told', async () => {
    const { app } = appOf();
    await app.start();
    const { http, otlpHttp } = app.addresses();
    await Promise.all([app.stop(), app.stop()]);
    await app.stop();
    const { app: next } = appOf('', {
      AGENT_VITALS_HTTP_ENDPOINT: new URL(http).host,
      AGENT_VITALS_RECEIVERS_OTLP_HTTP_ENDPOINT: new URL(otlpHttp).host,
    });
    await next.start();
  });

  it('rolls back what was started when a later part fails', async () => {
    const taken = await takenEndpoint();
    const { app, lines } = appOf('', { AGENT_VITALS_RECEIVERS_OTLP_HTTP_ENDPOINT: taken });
    const failure = await app.start().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(StartError);
    expect((failure as Error).message).toBe(
      `Cannot listen on ${taken} as the port must be free: another process uses it ` +
        '(4317 and 4318 are also the ports of a local OpenTelemetry Collector). Change receivers.otlp.http.endpoint.',
    );
    const address = /listening key=http.endpoint address=(\S+)/.exec(lines.join(''))?.[1];
    await expect(fetch(`${address}/healthz`)).rejects.toThrow();
    expect(() => app.addresses()).toThrow();
  });

  it('opens each listener to the roles that it serves, and to no other', async () => {
    const folder = temporaryFolder();
    const tokens = ['ingest', 'read', 'operator'].map((role) => {
      const file = join(folder, role);
      writeFileSync(file, `a-token-of-role-${role}\n`, { mode: 0o600 });
      return `{ name: ${role}, role: ${role}, token_file: ${file} }`;
    });
    const { app, lines } = appOf(`auth: { tokens: [${tokens.join(', ')}] }`);
    chmodSync(join(folder, 'read'), 0o644);
    await app.start();
    const { http, otlpHttp } = app.addresses();
    const roles = ['ingest', 'read', 'operator', 'nobody'];
    const asked = roles.map(async (role) => {
      const authorization = `Bearer a-token-of-role-${role}`;
      const request = heartbeat('a');
      const sent = await fetch(`${otlpHttp}/v1/metrics`, {
        ...request,
        headers: { ...request.headers, authorization },
      });
      const read = await fetch(`${http}/api/health/agents`, { headers: { authorization } });
      return [sent.status, read.status];
    });
    expect(await Promise.all(asked)).toEqual([
      [200, 403],
      [403, 200],
      [403, 200],
      [401, 401],
    ]);
    expect(lines.join('')).not.toContain('a-token-of-role');
    expect(lines.filter((line) => line.includes('warn ')).join('')).toContain('chmod 600');
  });
});
