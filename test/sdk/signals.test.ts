import {
  attributes as a,
  agentMetricKeys,
  metrics as contract,
  reportedStates,
} from '@agent-vitals/contract';
import { AggregationTemporality } from '@opentelemetry/sdk-metrics';
import { describe, expect, it } from 'vitest';
import { freshEmission, ManualClock, registerProvider, testAgent } from './collect.ts';

/** As the OpenTelemetry SDK names what the contract calls an instrument: ours are read by a callback. */
const typesOf: Readonly<Record<string, string>> = {
  Counter: 'OBSERVABLE_COUNTER',
  UpDownCounter: 'OBSERVABLE_UP_DOWN_COUNTER',
  Gauge: 'OBSERVABLE_GAUGE',
  Histogram: 'HISTOGRAM',
};

/** Not every host tells these. */
const perHost = new Set(
  agentMetricKeys
    .map((key) => contract[key].name)
    .filter(
      (name) => name.startsWith('process.') || name.startsWith('system.') || name.startsWith('nodejs.'),
    ),
);

async function everythingSaid() {
  freshEmission();
  const collector = registerProvider();
  const clock = new ManualClock();
  const agent = testAgent({
    id: 'writer',
    name: 'Writer',
    session: 'newsroom',
    sessionName: 'The newsroom',
    type: 'author',
    kind: 'agent',
    version: '1.2.3',
    description: 'Writes.',
    peers: ['editor', 'reader'],
    payloadClass: 'text/plain',
    location: 'pod-7',
    heartbeatIntervalMs: 5_000,
    clock,
  });
  agent.beat();
  agent.progress(3);
  agent.confidence(0.7);
  agent.queueDepth(() => 4);
  agent.leaseFor(60_000);
  agent.message({ to: 'editor' });
  agent.message({ from: 'editor', to: 'writer' });
  await agent.operation('draft', async () => clock.advance(2_000));
  await agent.integration('search').call(async () => clock.advance(500));
  try {
    agent.operation('draft', () => {
      throw new RangeError('no');
    });
  } catch {}
  agent.exhausted({ reason: 'billing', scope: 'openai/acme', recoveryAt: clock.nowMs + 3_600_000 });
  return { agent, clock, collector, exported: await collector.collect() };
}

describe('what an agent says', () => {
  it('arrives under the names, units, instruments and attributes of the contract', async () => {
    const { exported } = await everythingSaid();
    const definitions = Object.values(contract);
    for (const { name, unit, description, type, points } of exported.metrics) {
      const definition = definitions.find((candidate) => candidate.name === name);
      expect(definition, name).toBeDefined();
      expect({ name, unit, description, type }).toEqual({
        name,
        unit: definition!.unit,
        description: definition!.description,
        type: typesOf[definition!.instrument],
      });
      const allowed: string[] = [a.agentId, a.sessionId, a.agentType, ...definition!.attributes];
      for (const point of points) {
        expect(point.attributes).toMatchObject({
          [a.agentId]: 'writer',
          [a.sessionId]: 'newsroom',
          [a.agentType]: 'author',
        });
        expect(allowed).toEqual(expect.arrayContaining(Object.keys(point.attributes)));
      }
    }
    const names = agentMetricKeys.map((key) => contract[key].name).filter((name) => !perHost.has(name));
    expect(exported.names).toEqual(expect.arrayContaining(names));
  });

  it('carries the values', async () => {
    const { exported, clock } = await everythingSaid();
    expect(exported.value('vitals.agent.heartbeats')).toBe(1);
    expect(exported.value('vitals.agent.heartbeat.interval')).toBe(5);
    expect(exported.value('vitals.agent.progress')).toBe(3);
    expect(exported.value('vitals.agent.confidence')).toBe(0.7);
    expect(exported.value('vitals.agent.queue.depth')).toBe(4);
    expect(exported.value('vitals.agent.lease.expiry')).toBe((clock.nowMs - 2_500 + 60_000) / 1_000);
    expect(exported.value('vitals.agent.messages', { [a.messageDirection]: 'sent' })).toBe(1);
    expect(exported.value('vitals.agent.messages', { [a.messageDirection]: 'received' })).toBe(1);
    expect(exported.value('vitals.agent.operation.active', { [a.operationName]: 'draft' })).toBe(0);
    expect(
      exported.value('vitals.agent.exhausted.recovery_time', {
        [a.exhaustedReason]: 'billing',
        [a.exhaustedScope]: 'openai/acme',
        [a.recoverySource]: 'reported',
      }),
    ).toBe(clock.nowMs / 1_000 + 3_600);
    const durations = exported.points('vitals.agent.operation.duration');
    expect(durations).toHaveLength(2);
    expect(durations.find((point) => point.attributes[a.errorType] === undefined)?.value).toMatchObject({
      count: 1,
      sum: 2,
    });
    expect(durations.find((point) => point.attributes[a.errorType] === 'RangeError')?.value).toMatchObject({
      count: 1,
    });
    expect(exported.value('vitals.integration.request.duration')).toMatchObject({ count: 1, sum: 0.5 });
    expect(exported.points('vitals.agent.info')[0]).toMatchObject({
      value: 1,
      attributes: {
        'gen_ai.agent.name': 'Writer',
        'gen_ai.agent.description': 'Writes.',
        'gen_ai.agent.version': '1.2.3',
        'vitals.agent.kind': 'agent',
        'vitals.agent.peers': ['editor', 'reader'],
        'vitals.agent.payload_class': 'text/plain',
        'vitals.agent.location': 'pod-7',
        'vitals.session.name': 'The newsroom',
        'process.pid': process.pid,
      },
    });
  });

  it('advises the boundaries of the contract', async () => {
    const { exported } = await everythingSaid();
    expect(exported.value('vitals.agent.operation.duration')).toMatchObject({
      buckets: {
        boundaries: [
          0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92, 300, 900,
        ],
      },
    });
  });

  it('tells status and recovery before the heartbeat that renews', async () => {
    const { exported } = await everythingSaid();
    const place = (name: string) => exported.names.indexOf(name);
    expect(place('vitals.agent.reported.status')).toBeLessThan(place('vitals.agent.heartbeats'));
    expect(place('vitals.agent.exhausted.recovery_time')).toBeLessThan(place('vitals.agent.heartbeats'));
    expect(place('vitals.agent.reported.status')).toBeGreaterThanOrEqual(0);
  });

  it('shows every state each cycle, 1 for the current', async () => {
    freshEmission();
    const collector = registerProvider();
    const agent = testAgent();
    const statesShown = async () =>
      Object.fromEntries(
        (await collector.collect())
          .points('vitals.agent.reported.status')
          .map(({ attributes, value }) => [attributes[a.agentState], value]),
      );
    const expected = (current: string) =>
      Object.fromEntries(reportedStates.map((state) => [state, state === current ? 1 : 0]));
    expect(await statesShown()).toEqual(expected('idle'));
    agent.busy();
    expect(await statesShown()).toEqual(expected('busy'));
    agent.stop();
    expect(await statesShown()).toEqual(expected('stopped'));
  });

  it('says nothing of what was never said', async () => {
    freshEmission();
    const collector = registerProvider();
    testAgent({ resources: false });
    expect((await collector.collect()).names).toEqual([
      'vitals.agent.reported.status',
      'vitals.agent.heartbeats',
      'vitals.agent.state.time',
      'vitals.agent.info',
    ]);
  });

  it('replaces an old recovery time that the OpenTelemetry SDK would repeat for ever', async () => {
    const { agent, collector, clock } = await everythingSaid();
    agent.idle();
    agent.exhausted({ reason: 'rate_limit', recoveryAt: clock.nowMs + 60_000 });
    const exported = await collector.collect();
    const name = 'vitals.agent.exhausted.recovery_time';
    expect(exported.value(name, { [a.exhaustedReason]: 'billing' })).toBe(0);
    expect(exported.value(name, { [a.exhaustedReason]: 'rate_limit' })).toBe(clock.nowMs / 1_000 + 60);
  });
});

describe('seconds per state', () => {
  it('add up by the monotonic clock, whatever the wall clock does', async () => {
    freshEmission();
    const collector = registerProvider();
    const clock = new ManualClock();
    const agent = testAgent({ clock });
    clock.advance(10_000);
    agent.busy();
    clock.nowMs -= 86_400_000;
    clock.monotonicMs += 2_500;
    agent.waiting();
    clock.nowMs += 7 * 86_400_000;
    clock.monotonicMs += 250;
    agent.busy();
    clock.monotonicMs += 1_000;
    const exported = await collector.collect();
    const seconds = (state: string) => exported.value('vitals.agent.state.time', { [a.agentState]: state });
    expect(seconds('idle')).toBe(10);
    expect(seconds('busy')).toBe(3.5);
    expect(seconds('waiting')).toBe(0.25);
    expect(seconds('exhausted')).toBe(0);
  });

  it('stop at the goodbye', async () => {
    freshEmission();
    const collector = registerProvider();
    const clock = new ManualClock();
    const agent = testAgent({ clock });
    clock.advance(4_000);
    agent.stop();
    clock.advance(90_000);
    const exported = await collector.collect();
    const total = exported
      .points('vitals.agent.state.time')
      .reduce((sum, { value }) => sum + (value as number), 0);
    expect(total).toBe(4);
  });
});

describe('delta temporality', () => {
  it('gives the steps since the last export', async () => {
    freshEmission();
    const collector = registerProvider(AggregationTemporality.DELTA);
    const agent = testAgent();
    agent.beat();
    agent.progress(2);
    await collector.collect();
    agent.beat();
    agent.beat();
    agent.progress(5);
    const exported = await collector.collect();
    expect(exported.value('vitals.agent.heartbeats')).toBe(2);
    expect(exported.value('vitals.agent.progress')).toBe(5);
  });
});
