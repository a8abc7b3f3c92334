import { setTimeout as passed } from 'node:timers/promises';
import type { AgentAnswer, TransitionAnswer } from '@agent-vitals/contract';
import { describe, expect, it, onTestFinished } from 'vitest';
import { heartbeat } from '../support/heartbeat.ts';
import {
  type Installation,
  type States,
  startInstallation,
  transitionLine,
} from '../support/installation.ts';
import { networkBefore } from '../support/network.ts';
import { waitFor } from '../support/wait.ts';

// Faults injected from outside into a running processor, its agents and the network between them; what is asked by
// REST before is asked after.

const intervalMs = 250;
const limitMs = 3_000;
const holdMs = 5_000;
/** What processes that share a machine may be late by. */
const slackMs = 1_000;
const config = `
  liveness: { late_after: 1500ms, offline_after: ${limitMs}ms, failover_grace: 3s, gap_hold: ${holdMs}ms }
  store: { snapshot_interval: 500ms }
`;

/** Agents named by a letter and a number, most of them idle, some at work. */
function agents(letter: string, count: number): States {
  const states = ['idle', 'busy', 'on_call', 'idle', 'waiting', 'error'];
  return Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`${letter}-${index}`, states[index % states.length]!]),
  );
}

async function deathOf(installation: Installation, id: string): Promise<TransitionAnswer> {
  await installation.see({ [id]: 'offline' });
  return (await installation.transitions()).findLast(({ agent }) => agent === id)!;
}

function timeOf(timestamp: string | null): number {
  return Date.parse(timestamp ?? '');
}

/** The offline limit as documented, from what the answer says of the interval. */
function limitOf({ interval }: AgentAnswer['heartbeat']): number {
  return Math.max(limitMs, 3_000 * (interval ?? 0));
}

/** What an answer says that no time changes. */
function standing({ agent_id, state, reported_state, conditions, exhausted }: AgentAnswer) {
  return { agent_id, state, reported_state, conditions, exhausted };
}

describe('a fleet whose', () => {
  it('processor stands still for 10 s blames nobody for it, and misses no death', async () => {
    const installation = await startInstallation(config);
    const living = agents('a', 11);
    installation.agents(installation.otlp, living, intervalMs);
    const doomed = installation.agents(installation.otlp, { doomed: 'busy' }, intervalMs);
    await installation.see({ ...living, doomed: 'busy' });
    const before = (await installation.fleet()).map(standing);

    const stoppedAt = Date.now();
    installation.signal('SIGSTOP');
    await passed(5_000);
    await doomed.stop('SIGKILL');
    await passed(5_000);
    const resumedAt = Date.now();
    installation.signal('SIGCONT');
    await installation.processor.waitForLine(/stood still: deadlines are shifted by the pause seconds=1\d$/);

    const { deadline } = (await installation.agent('doomed')).heartbeat;
    const death = await deathOf(installation, 'doomed');
    expect(death.at).toBe(deadline);
    // It was last heard at most an interval before the processor stopped: from there on, only its own time counts.
    expect(timeOf(death.at)).toBeGreaterThan(resumedAt + limitMs - intervalMs - slackMs);
    expect(timeOf(death.at)).toBeLessThan(resumedAt + limitMs + slackMs);
    expect((await installation.transitions(stoppedAt)).map(transitionLine)).toEqual([
      'doomed busy → offline lease_expired',
    ]);
    const after = (await installation.fleet()).map(standing);
    expect(after).toEqual(
      before.map((agent) => (agent.agent_id === 'doomed' ? { ...agent, state: 'offline' } : agent)),
    );
    // Nobody observed these seconds, so they count for nobody.
    const excluded = await installation.metric(
      /^vitals_agent_availability_time(?=.*vitals_agent_id="a-0")(?=.*"excluded")/,
    );
    expect(excluded).toBeGreaterThan(9.5);
    expect(excluded).toBeLessThan(10 + slackMs / 1000);
  });

  it('processor stands still for less than counts, but longer than its limits, is not blamed either', async () => {
    const installation = await startInstallation(config);
    const living = agents('a', 12);
    installation.agents(installation.otlp, living, intervalMs);
    await installation.see(living);
    const stoppedAt = Date.now();
    installation.signal('SIGSTOP');
    await passed(limitMs + 1_000);
    installation.signal('SIGCONT');
    const heard = async () => {
      const { heartbeat } = await installation.agent('a-0');
      return timeOf(heartbeat.last) > stoppedAt + limitMs + 1_000;
    };
    await waitFor(heard, { what: 'a heartbeat after it' });
    expect(await installation.transitions(stoppedAt)).toEqual([]);
    expect(await installation.states()).toEqual(living);
  });

  it('agents stand still are late, or offline at their deadlines, and back with the next heartbeat', async () => {
    const installation = await startInstallation(config);
    const living = agents('a', 9);
    installation.agents(installation.otlp, living, intervalMs);
    const pausing = agents('p', 4);
    const paused = installation.agents(installation.otlp, pausing, intervalMs);
    const before = await installation.see({ ...living, ...pausing });

    const longSince = Date.now();
    paused.signal('SIGSTOP');
    await installation.see(Object.fromEntries(Object.keys(pausing).map((id) => [id, 'offline'])));
    const fleet = await installation.fleet();
    paused.signal('SIGCONT');
    expect(await installation.see({ ...living, ...pausing })).toEqual(before);
    const since = await installation.transitions(longSince);
    expect(since.map(transitionLine).toSorted()).toEqual(
      Object.entries(pausing)
        .flatMap(([id, state]) => [
          `${id} ${state} → offline lease_expired`,
          `${id} offline → ${state} heartbeat`,
        ])
        .toSorted(),
    );
    for (const { agent, at, to } of since) {
      const { heartbeat } = fleet.find(({ agent_id }) => agent_id === agent)!;
      if (to === 'offline') expect(timeOf(at)).toBeCloseTo(timeOf(heartbeat.last) + limitOf(heartbeat), -1);
    }

    const shortSince = Date.now();
    paused.signal('SIGSTOP');
    const conditions = async () => (await installation.agent('p-0')).conditions;
    await waitFor(async () => (await conditions()).includes('late'), { what: 'p-0 late' });
    paused.signal('SIGCONT');
    await waitFor(async () => !(await conditions()).includes('late'), { what: 'p-0 on time' });
    expect(await installation.transitions(shortSince)).toEqual([]);
  });

  it('one agent is killed loses that one, at its deadline', async () => {
    const installation = await startInstallation(config);
    const living = agents('a', 12);
    installation.agents(installation.otlp, living, intervalMs);
    const doomed = installation.agents(installation.otlp, { doomed: 'on_call' }, intervalMs);
    await installation.see({ ...living, doomed: 'on_call' });
    const killedAt = Date.now();
    await doomed.stop('SIGKILL');
    const death = await deathOf(installation, 'doomed');
    const { heartbeat } = await installation.agent('doomed');
    expect(timeOf(death.at)).toBeCloseTo(timeOf(heartbeat.last) + limitOf(heartbeat), -1);
    expect(timeOf(heartbeat.last)).toBeLessThanOrEqual(killedAt + 50);
    expect(timeOf(heartbeat.last)).toBeGreaterThan(killedAt - intervalMs - slackMs);
    expect((await installation.transitions(killedAt)).map(transitionLine)).toEqual([
      'doomed on_call → offline lease_expired',
    ]);
    expect(await installation.states()).toEqual({ ...living, doomed: 'offline' });
  });

  it('network fails is unknown until it is heard again, and offline only when the hold ends', async () => {
    const installation = await startInstallation(config);
    const network = await networkBefore(installation.otlp, '127.0.0.2');
    const behind = agents('n', 12);
    installation.agents(network.url, behind, intervalMs);
    const doomed = installation.agents(network.url, { doomed: 'busy' }, intervalMs);
    const elsewhere = { elsewhere: 'idle' };
    installation.agents(installation.otlp, elsewhere, intervalMs);
    const before = await installation.see({ ...behind, ...elsewhere, doomed: 'busy' });
    const all = (state: string): States =>
      Object.fromEntries([...Object.keys(behind), 'doomed'].map((id) => [id, state]));

    // One dies while nobody can hear it; what it had said before waits in the network.
    const queuedSince = Date.now();
    network.set('queues');
    await waitFor(() => network.connections >= 2, { what: 'requests that wait' });
    await doomed.stop('SIGKILL');
    const killedAt = Date.now();
    await installation.see({ ...all('unknown'), ...elsewhere });
    const gap = /^vitals_pipeline_gap\{.*"otlp\/http:127\.0\.0\.2"/;
    expect(await installation.metric(gap)).toBe(1);
    await waitFor(() => Date.now() > killedAt + limitMs, { what: "the end of the dead one's lease" });
    network.set('passes');
    await installation.see({ ...behind, ...elsewhere });
    expect(await installation.metric(gap)).not.toBe(1);
    const death = await deathOf(installation, 'doomed');
    const queued = await installation.transitions(queuedSince);
    expect(queued.map(transitionLine).toSorted()).toEqual(
      [
        ...Object.entries({ ...behind, doomed: 'busy' }).map(
          ([id, state]) => `${id} ${state} → unknown telemetry_gap`,
        ),
        ...Object.entries(behind).map(([id, state]) => `${id} unknown → ${state} heartbeat`),
        'doomed unknown → offline lease_expired',
      ].toSorted(),
    );
    expect(timeOf(death.at)).toBeGreaterThan(queuedSince + holdMs - intervalMs - slackMs);
    expect(timeOf(death.at)).toBeLessThan(queuedSince + holdMs + slackMs);
    expect(await installation.states()).toEqual({ ...before, doomed: 'offline' });

    const swallowedSince = Date.now();
    network.set('swallows');
    await installation.see({ ...all('offline'), ...elsewhere });
    const swallowed = await installation.transitions(swallowedSince);
    const deaths = swallowed.filter(({ to }) => to === 'offline').map(({ at }) => timeOf(at));
    expect(swallowed.map(transitionLine).toSorted()).toEqual(
      Object.entries(behind)
        .flatMap(([id, state]) => [
          `${id} ${state} → unknown telemetry_gap`,
          `${id} unknown → offline lease_expired`,
        ])
        .toSorted(),
    );
    expect(Math.max(...deaths) - Math.min(...deaths)).toBeLessThanOrEqual(1);
    expect(deaths[0]).toBeGreaterThan(swallowedSince + holdMs - intervalMs - slackMs);
    expect(deaths[0]).toBeLessThan(swallowedSince + holdMs + slackMs);

    network.set('refuses');
    await waitFor(() => network.connections > 0, { what: 'connections that are refused' });
    network.set('passes');
    expect(await installation.see({ ...behind, ...elsewhere })).toEqual({ ...before, doomed: 'offline' });
  });

  it('direct senders are cut off all at once are unknown until they are heard again', async () => {
    const installation = await startInstallation(config);
    const elsewhere = agents('e', 2);
    installation.agents(installation.otlp, elsewhere, intervalMs);
    // Each comes from an address of its own, and so by a way in of its own.
    const senders = await Promise.all(
      Array.from({ length: 12 }, async (_, index) => {
        const network = await networkBefore(installation.otlp, `127.0.0.${index + 2}`);
        return { id: `d-${index}`, network };
      }),
    );
    const beating = setInterval(() => {
      for (const { id, network } of senders) {
        fetch(`${network.url}/v1/metrics`, heartbeat(id)).then(
          (response) => response.arrayBuffer(),
          () => 'its network is cut',
        );
      }
    }, intervalMs);
    onTestFinished(() => clearInterval(beating));
    const all = (state: string): States => Object.fromEntries(senders.map(({ id }) => [id, state]));
    await installation.see({ ...all('idle'), ...elsewhere });
    const gap = /^vitals_pipeline_gap\{.*"direct"/;
    expect(await installation.metric(gap)).not.toBe(1);

    const cutSince = Date.now();
    for (const { network } of senders) network.set('refuses');
    await installation.see({ ...all('unknown'), ...elsewhere });
    expect(await installation.metric(gap)).toBe(1);
    for (const { network } of senders) network.set('passes');
    await installation.see({ ...all('idle'), ...elsewhere });
    expect(await installation.metric(gap)).not.toBe(1);
    expect((await installation.transitions(cutSince)).map(transitionLine).toSorted()).toEqual(
      senders
        .flatMap(({ id }) => [`${id} idle → unknown telemetry_gap`, `${id} unknown → idle heartbeat`])
        .toSorted(),
    );
  });
});
