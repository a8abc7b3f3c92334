import { DatabaseSync } from 'node:sqlite';
import type { AgentAnswer } from '@agent-vitals/contract';
import { describe, expect, it } from 'vitest';
import { heartbeat } from '../support/heartbeat.ts';
import {
  type Installation,
  type States,
  startInstallation,
  transitionLine,
} from '../support/installation.ts';

// A processor that is ended, by kill -9 or as asked, and begins again on what it had stored.

const intervalMs = 250;
const graceMs = 3_000;
const slackMs = 1_000;
const config = `
  liveness: { late_after: 1500ms, offline_after: 3s, failover_grace: ${graceMs}ms }
  store: { snapshot_interval: 500ms }
`;

/** What an answer says that outlives the processor. */
function kept({ agent_id, session_id, reported_state, conditions, exhausted }: AgentAnswer) {
  const { reason, scope, recovery_source } = exhausted ?? {};
  return { agent_id, session_id, reported_state, conditions, reason, scope, recovery_source };
}

/** Moments that outlive it, by the wall clock, which is not quite as steady as the one that judges. */
function expectSameMoments(after: readonly AgentAnswer[], before: readonly AgentAnswer[]): void {
  const moments = (fleet: readonly AgentAnswer[]) =>
    fleet
      .flatMap(({ created_at, exhausted }) => [created_at, exhausted?.recovery_at, exhausted?.exhausted_at])
      .map((at) => (at == null ? 0 : Date.parse(at)));
  const expected = moments(before);
  for (const [index, moment] of moments(after).entries()) {
    expect(Math.abs(moment - expected[index]!)).toBeLessThan(50);
  }
}

describe('a processor that begins again', () => {
  it.each(['SIGKILL', 'SIGTERM'] as const)(
    'after %s knows all it knew, and not who lives',
    async (signal) => {
      const live: States = {
        idle: 'idle',
        busy: 'busy',
        'on-call': 'on_call',
        waiting: 'waiting',
        error: 'error',
      };
      const resting: States = { paused: 'paused', exhausted: 'exhausted', stopped: 'stopped', kept: 'busy' };
      const installation = await startInstallation(config);
      const fleet = installation.agents(
        installation.otlp,
        { ...live, ...resting, muted: 'idle' },
        intervalMs,
      );
      const doomed = installation.agents(installation.otlp, { doomed: 'busy' }, intervalMs);
      const dead = installation.agents(installation.otlp, { dead: 'idle' }, intervalMs);
      await installation.see({ ...live, ...resting, muted: 'idle', doomed: 'busy', dead: 'idle' });
      expect((await installation.operate('kept', 'pause')).status).toBe(200);
      expect((await installation.operate('muted', 'mute')).status).toBe(200);
      await dead.stop('SIGKILL');
      await installation.see({ dead: 'offline' });
      const states = await installation.states();
      const before = await installation.fleet();
      const history = await installation.transitions();

      // The agents stand still, so that nobody is heard before the first question is asked.
      fleet.signal('SIGSTOP');
      await installation.end(signal);
      await doomed.stop('SIGKILL');
      await installation.start();
      const startedAt = Date.now();
      const unknown = Object.fromEntries(
        [...Object.keys(live), 'muted', 'doomed'].map((id) => [id, 'unknown']),
      );
      expect(await installation.states()).toEqual({ ...states, ...unknown });
      const restored = await installation.fleet();
      expect(restored.map(kept)).toEqual(before.map(kept));
      expectSameMoments(restored, before);

      fleet.signal('SIGCONT');
      await installation.see({ ...states, doomed: 'offline' });
      const after = await installation.transitions();
      expect(after.slice(0, history.length)).toEqual(history);
      expect(after.slice(history.length).map(transitionLine).toSorted()).toEqual(
        [
          ...Object.keys(unknown).map((id) => `${id} ${states[id]} → unknown processor_restart`),
          ...[...Object.keys(live), 'muted'].map((id) => `${id} unknown → ${states[id]} heartbeat`),
          'doomed unknown → offline lease_expired',
        ].toSorted(),
      );
      const death = Date.parse(after.findLast(({ agent }) => agent === 'doomed')?.at ?? '');
      expect(death).toBeGreaterThan(startedAt + graceMs - slackMs);
      expect(death).toBeLessThan(startedAt + graceMs + 50);
      expect((await installation.fleet()).map(kept)).toEqual(before.map(kept));
    },
  );

  it('keeps what an operator did, and by whom, though it is killed at once', async () => {
    const installation = await startInstallation(config.replace('interval: 500ms', 'interval: 1h'));
    for (const id of ['paused', 'resumed', 'muted', 'forgotten']) {
      expect((await fetch(`${installation.otlp}/v1/metrics`, heartbeat(id))).status).toBe(200);
    }
    const until = new Date(Date.now() + 3_600_000).toISOString();
    const done: readonly (readonly [id: string, action: string, body?: object])[] = [
      ['paused', 'pause'],
      ['resumed', 'pause'],
      ['resumed', 'mute'],
      ['resumed', 'resume'],
      ['muted', 'mute', { until }],
      ['forgotten', 'forget'],
    ];
    for (const [id, action, body] of done) {
      expect((await installation.operate(id, action, body)).ok).toBe(true);
    }
    await installation.end('SIGKILL');
    await installation.start();
    expect(await conditions(installation)).toEqual({
      paused: ['maintenance'],
      resumed: [],
      muted: ['muted'],
    });
    expect(await installation.states()).toEqual({ paused: 'idle', resumed: 'unknown', muted: 'unknown' });
    await installation.end('SIGTERM');

    const database = new DatabaseSync(installation.database, { readOnly: true });
    const log = database.prepare('SELECT who, action, subject, detail FROM audit ORDER BY id').all();
    database.close();
    const details = ({ until }: { until?: string } = {}) => ({
      untilEpochMs: until === undefined ? null : Date.parse(until),
    });
    expect(log).toEqual(
      done.map(([subject, action, body]) => ({
        who: 'local',
        action,
        subject,
        detail: JSON.stringify(action === 'mute' ? details(body) : {}),
      })),
    );
  });
});

async function conditions(installation: Installation): Promise<Record<string, readonly string[]>> {
  return Object.fromEntries((await installation.fleet()).map((agent) => [agent.agent_id, agent.conditions]));
}
