import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/folder.ts';
import { heartbeat } from '../support/heartbeat.ts';
import { type Installation, startInstallation, transitionLine } from '../support/installation.ts';
import { skipWithout } from '../support/needs.ts';
import { runToEnd } from '../support/process.ts';

// What people decide about agents, by the configuration or as operators, in a running processor.

const intervalMs = 250;

async function timesOf(installation: Installation, id: string) {
  const { heartbeat: beat } = await installation.agent(id);
  const transition = (await installation.transitions()).findLast(({ agent }) => agent === id);
  return { lastMs: Date.parse(beat.last ?? ''), atMs: Date.parse(transition?.at ?? '') };
}

describe('agents of the configuration', () => {
  it('are unknown until they come, and offline after the grace if they never do', async () => {
    const installation = await startInstallation(`
      liveness: { failover_grace: 1500ms }
      agents:
        - { id: night-shift, name: Night shift, session: s1, type: watcher }
        - { id: day-shift, liveness: { offline_after: 40s } }
    `);
    expect(await installation.states()).toEqual({ 'night-shift': 'unknown', 'day-shift': 'unknown' });
    expect((await fetch(`${installation.otlp}/v1/metrics`, heartbeat('day-shift'))).status).toBe(200);
    await installation.see({ 'night-shift': 'offline', 'day-shift': 'idle' });
    const [first, ...others] = (await installation.transitions()).filter(
      ({ agent }) => agent === 'night-shift',
    );
    expect([first!, ...others].map(transitionLine)).toEqual([
      'night-shift null → unknown first_seen',
      'night-shift unknown → offline never_beat',
    ]);
    expect(Date.parse(others[0]!.at) - Date.parse(first!.at)).toBeCloseTo(1_500, -1);
    expect(await installation.agent('night-shift')).toMatchObject({
      agent_name: 'Night shift',
      session_id: 's1',
      type: 'watcher',
      last_seen: null,
      conditions: [],
    });
    expect((await installation.operate('night-shift', 'forget')).status).toBe(409);
    const { last, deadline } = (await installation.agent('day-shift')).heartbeat;
    expect(Date.parse(deadline ?? '') - Date.parse(last ?? '')).toBeCloseTo(40_000, -1);

    // Over a restart it is what it was, and when it comes after all, it is simply there.
    await installation.end('SIGKILL');
    await installation.start();
    expect(await installation.states()).toEqual({ 'night-shift': 'offline', 'day-shift': 'unknown' });
    expect((await fetch(`${installation.otlp}/v1/metrics`, heartbeat('night-shift'))).status).toBe(200);
    expect(await installation.states()).toEqual({ 'night-shift': 'idle', 'day-shift': 'unknown' });
  });

  it('have limits of their own: the first override that matches counts', async () => {
    const installation = await startInstallation(`
      liveness:
        late_after: 1s
        offline_after: 4s
        overrides:
          - { match: { id: hasty }, offline_after: 1500ms }
          - { match: { session: faults, id: patient }, offline_after: 60s }
          - { match: { session: faults }, offline_after: 2500ms }
    `);
    const states = { hasty: 'idle', patient: 'busy', other: 'idle' };
    const agents = installation.agents(installation.otlp, states, intervalMs);
    await installation.see(states);
    await agents.stop('SIGKILL');
    await installation.see({ hasty: 'offline', patient: 'busy', other: 'offline' });
    const hasty = await timesOf(installation, 'hasty');
    const other = await timesOf(installation, 'other');
    expect(hasty.atMs - hasty.lastMs).toBeCloseTo(1_500, -1);
    expect(other.atMs - other.lastMs).toBeCloseTo(2_500, -1);
    expect((await installation.agent('patient')).conditions).toEqual(['late']);
  });
});

describe('what docs/states.md tells an operator to type', () => {
  it('works as it stands there', async (context) => {
    if ((await runToEnd('sh', ['-c', 'command -v curl'])).code !== 0) skipWithout(context, 'curl is missing');
    const installation = await startInstallation('');
    expect((await fetch(`${installation.otlp}/v1/metrics`, heartbeat('crawler-7'))).status).toBe(200);
    const page = readFileSync(new URL('../../docs/states.md', import.meta.url), 'utf8');
    const [, code = ''] = /```sh\n(.*?)```/s.exec(page) ?? [];
    expect(code).toContain('http://127.0.0.1:8080');
    const typed = code.replace('http://127.0.0.1:8080', installation.http).replaceAll('curl ', 'curl -sSf ');
    const { code: exitCode, stdout, stderr } = await runToEnd('sh', ['-ec', typed]);
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout.match(/"conditions":\[.*?\]/g)).toEqual([
      '"conditions":["maintenance"]',
      '"conditions":[]',
      '"conditions":["muted"]',
    ]);
    expect(await installation.states()).toEqual({});
  });
});

describe("an operator's pause", () => {
  it('needs the role, holds though the agent dies, and ends with the resume', async () => {
    const folder = temporaryFolder();
    const tokens = (['read', 'operator', 'ingest'] as const).map((role) => {
      const file = join(folder, role);
      writeFileSync(file, `a-token-of-role-${role}`, { mode: 0o600 });
      return `{ name: ${role}-name, role: ${role}, token_file: ${file} }`;
    });
    const installation = await startInstallation(`
      liveness: { late_after: 1s, offline_after: 2s }
      auth: { tokens: [${tokens.join(', ')}] }
    `);
    installation.token = 'a-token-of-role-operator';
    const request = heartbeat('worker');
    const headers = { ...request.headers, authorization: 'Bearer a-token-of-role-ingest' };
    expect((await fetch(`${installation.otlp}/v1/metrics`, { ...request, headers })).status).toBe(200);
    for (const role of ['read', 'ingest', 'nobody']) {
      const refused = await installation.operate('worker', 'pause', {}, `a-token-of-role-${role}`);
      expect(refused.status).toBe(role === 'nobody' ? 401 : 403);
    }
    expect((await installation.agent('worker')).conditions).not.toContain('maintenance');

    expect((await installation.operate('worker', 'pause')).status).toBe(200);
    const pausedAt = Date.now();
    // Another falls silent after it: once that one is offline, this one would have been.
    const later = { ...heartbeat('later'), headers };
    expect((await fetch(`${installation.otlp}/v1/metrics`, later)).status).toBe(200);
    await installation.see({ later: 'offline', worker: 'idle' });
    expect((await installation.agent('worker')).conditions).toEqual(['maintenance']);

    expect((await installation.operate('worker', 'resume')).status).toBe(200);
    const resumedAt = Date.now();
    expect(await installation.agent('worker')).toMatchObject({ state: 'idle', conditions: [] });
    await installation.see({ worker: 'offline' });
    const since = await installation.transitions(pausedAt);
    expect(since.filter(({ agent }) => agent === 'worker').map(transitionLine)).toEqual([
      'worker idle → offline lease_expired',
    ]);
    const { atMs } = await timesOf(installation, 'worker');
    expect(atMs).toBeGreaterThan(resumedAt + 1_000);
    expect(atMs).toBeLessThan(resumedAt + 2_050);
    expect(installation.processor.output).not.toContain('a-token-of-role');
  });
});
