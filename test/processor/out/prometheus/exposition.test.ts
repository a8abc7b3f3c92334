import {
  type AgentStatus,
  healthFactors,
  identityAttributes,
  metrics,
  prometheusLabel,
  prometheusName,
  statusPrecedence,
} from '@agent-vitals/contract';
import { describe, expect, it } from 'vitest';
import type { IntegrationView } from '../../../../src/core/index.ts';
import { exposedMetrics, writeExposition } from '../../../../src/processor/out/prometheus/exposition.ts';
import { firingAlert } from '../../../support/alerts.ts';
import { agentInfo, agentView, HandmadeFleet, hostView, workFigures } from '../../../support/fleet-view.ts';
import { expose, options, sourceOf } from './expose.ts';

const everything = agentView('scraper-2', {
  session: 'night shift',
  type: 'scraper',
  status: 'offline',
  conditions: ['exhausted', 'muted'],
  heartbeats: 41,
  lastSeenMs: 90_000.4,
  missedHeartbeats: 3,
  clockSkewMs: -1500,
  restarts: 2,
  operationsCompleted: 12,
  operationsFailed: 5,
  exhaustion: {
    reason: 'rate_limit',
    scope: 'acct-1',
    exhaustedAtMs: 80_000,
    recoveryAtMs: 180_000,
    recoverySource: 'header',
  },
  health: {
    score: 0.625,
    level: 'degraded',
    factors: healthFactors.map((name, index) => ({
      name,
      value: (index + 1) / 8,
      weight: 1 / healthFactors.length,
      contribution: 0,
    })),
    cap: null,
  },
  work: workFigures({ errorRatio: 0.75, meanDurationMs: 1250, recentExecutions: 12, recentFailures: 3 }),
  pipeline: 'gateway',
  confidence: 0.25,
  queueDepth: 7,
  cpuUtilization: 0.5,
  memoryBytes: 123_456_789,
  info: agentInfo({
    name: 'Scraper "two"',
    description: 'Reads\nall day',
    version: '1.2',
    kind: 'agent',
    peers: ['planner', 'critic'],
    payloadClass: 'text',
    location: 'host',
    sessionName: 'Night shift',
    processId: 4711,
    hostId: 'h-1',
  }),
});

const integration: IntegrationView = {
  name: 'search',
  status: 'degraded',
  connection: 'degraded',
  lastUsedMs: 0,
  requests: 10,
  countedSinceMs: 0,
  requestsTotal: 10,
  failuresTotal: 1,
  errorRatio: 0.1,
  meanDurationMs: 250,
  slowAboveMs: 2000,
  trend: null,
  score: 0.5,
};

describe('the exposition of one agent', () => {
  it('has every family of which something is known, with the values of the contract', async () => {
    const fleet = new HandmadeFleet();
    fleet.add(everything, {
      everHad: ['late'],
      transitions: { idle: 1, busy: 4, offline: 1 },
      availability: { upMs: 90_500.4, downMs: 1_250, excludedMs: 0 },
    });
    const { samples, summary, valuesOf } = await expose(sourceOf(fleet));

    const status = Object.fromEntries(statusPrecedence.map((state) => [`vitals_agent_state=${state}`, 0]));
    expect(valuesOf('vitals_agent_status')).toEqual({ ...status, 'vitals_agent_state=offline': 1 });
    expect(valuesOf('vitals_agent_condition')).toEqual({
      'vitals_agent_condition=late': 0,
      'vitals_agent_condition=exhausted': 1,
      'vitals_agent_condition=muted': 1,
    });
    expect(valuesOf('vitals_agent_health_score_ratio')).toEqual({ '': 0.625 });
    expect(valuesOf('vitals_agent_health_factor_ratio')).toEqual({
      'vitals_health_factor=availability': 0.125,
      'vitals_health_factor=success': 0.25,
      'vitals_health_factor=confidence': 0.375,
      'vitals_health_factor=latency': 0.5,
      'vitals_health_factor=resources': 0.625,
      'vitals_health_factor=integrations': 0.75,
    });
    expect(valuesOf('vitals_agent_availability_time_seconds_total')).toEqual({
      'vitals_availability_kind=up': 90.5,
      'vitals_availability_kind=down': 1.25,
      'vitals_availability_kind=excluded': 0,
    });
    expect(valuesOf('vitals_agent_operation_error_ratio')).toEqual({ '': 0.75 });
    expect(valuesOf('vitals_agent_operation_mean_duration_seconds')).toEqual({ '': 1.25 });
    expect(valuesOf('vitals_agent_operation_recent_failures')).toEqual({ '': 3 });
    expect(valuesOf('vitals_agent_operation_recent_executions')).toEqual({ '': 12 });
    expect(valuesOf('vitals_agent_exhaustion')).toEqual({
      'vitals_exhausted_scope=acct-1 vitals_exhausted_reason=rate_limit': 1,
    });
    expect(valuesOf('vitals_agent_pipeline')).toEqual({ 'vitals_pipeline_name=gateway': 1 });
    expect(valuesOf('vitals_agent_heartbeats_total')).toEqual({ '': 41 });
    expect(valuesOf('vitals_agent_heartbeat_last_timestamp_seconds')).toEqual({ '': 1_750_000_090 });
    expect(valuesOf('vitals_agent_heartbeat_missed')).toEqual({ '': 3 });
    expect(valuesOf('vitals_agent_clock_skew_seconds')).toEqual({ '': -1.5 });
    expect(valuesOf('vitals_agent_transitions_total')).toEqual({
      'vitals_agent_state=offline': 1,
      'vitals_agent_state=busy': 4,
      'vitals_agent_state=idle': 1,
    });
    expect(valuesOf('vitals_agent_restarts_total')).toEqual({ '': 2 });
    expect(valuesOf('vitals_agent_operations_total')).toEqual({
      'vitals_operation_outcome=success': 7,
      'vitals_operation_outcome=failure': 5,
    });
    expect(valuesOf('vitals_agent_recovery_timestamp_seconds')).toEqual({
      'vitals_exhausted_scope=acct-1 vitals_exhausted_reason=rate_limit': 1_750_000_180,
    });
    expect(valuesOf('vitals_agent_confidence_ratio')).toEqual({ '': 0.25 });
    expect(valuesOf('vitals_agent_queue_depth')).toEqual({ '': 7 });
    expect(valuesOf('vitals_agent_cpu_utilization_ratio')).toEqual({ '': 0.5 });
    expect(valuesOf('vitals_agent_memory_usage_bytes')).toEqual({ '': 123_456_789 });
    expect(samples.find((sample) => sample.name === 'vitals_agent_info')).toEqual({
      name: 'vitals_agent_info',
      value: 1,
      labels: {
        vitals_agent_id: 'scraper-2',
        vitals_session_id: 'night shift',
        vitals_agent_type: 'scraper',
        gen_ai_agent_name: 'Scraper "two"',
        gen_ai_agent_description: 'Reads\nall day',
        gen_ai_agent_version: '1.2',
        vitals_agent_kind: 'agent',
        vitals_agent_peers: '["planner","critic"]',
        vitals_agent_payload_class: 'text',
        vitals_agent_location: 'host',
        vitals_session_name: 'Night shift',
        process_pid: '4711',
        host_id: 'h-1',
      },
    });
    expect(valuesOf('vitals_exhausted_agents')).toEqual({
      'vitals_exhausted_scope=acct-1 vitals_exhausted_reason=rate_limit': 1,
    });
    expect(summary).toEqual({ series: samples.length, agents: 1 });
  });

  it('has no row for what is not known', async () => {
    const fleet = new HandmadeFleet();
    fleet.add(agentView('quiet'));
    const { families } = await expose(sourceOf(fleet));
    expect(families.map((family) => family.name)).toEqual([
      'vitals_fleet_agents',
      'vitals_processor_series_omitted_agents',
      'vitals_agent_status',
      'vitals_agent_restarts_total',
      'vitals_agent_availability_time_seconds_total',
      'vitals_agent_operations_total',
      'vitals_agent_operation_recent_failures',
      'vitals_agent_operation_recent_executions',
      'vitals_agent_pipeline',
    ]);
  });

  it('gives no time of recovery to an agent that never recovers by itself, and counts it', async () => {
    const fleet = new HandmadeFleet();
    const exhaustion = {
      reason: null,
      scope: null,
      exhaustedAtMs: 0,
      recoveryAtMs: null,
      recoverySource: 'default' as const,
    };
    fleet.add(agentView('a', { status: 'exhausted', conditions: ['exhausted'], exhaustion }));
    const { valuesOf } = await expose(sourceOf(fleet));
    expect(valuesOf('vitals_agent_recovery_timestamp_seconds')).toEqual({});
    const unnamed = { 'vitals_exhausted_scope= vitals_exhausted_reason=': 1 };
    expect(valuesOf('vitals_agent_exhaustion')).toEqual(unnamed);
    expect(valuesOf('vitals_exhausted_agents')).toEqual(unnamed);
  });

  it('carries the identity on each series', async () => {
    const fleet = new HandmadeFleet();
    fleet.add(everything);
    const { samples } = await expose(sourceOf(fleet));
    const perAgent = samples.filter((sample) => sample.name.startsWith('vitals_agent_'));
    expect(perAgent.length).toBeGreaterThan(11);
    for (const { labels } of perAgent) {
      expect(labels).toMatchObject({
        vitals_agent_id: 'scraper-2',
        vitals_session_id: 'night shift',
        vitals_agent_type: 'scraper',
      });
    }
  });

  it.each(['a"b', 'a\\b', 'a\nb', '{x="y"}', 'a,b=c', '', 'エージェント'])(
    'writes the id %j so that it reads back',
    async (id) => {
      const fleet = new HandmadeFleet();
      fleet.add(agentView(id, { session: id, type: id }));
      const { samples } = await expose(sourceOf(fleet));
      const restarts = samples.find((sample) => sample.name === 'vitals_agent_restarts_total');
      expect(restarts?.labels).toEqual({ vitals_agent_id: id, vitals_session_id: id, vitals_agent_type: id });
    },
  );
});

describe('the exposition of a fleet', () => {
  it('counts agents by status, and exhausted ones by scope and reason, offline ones too', async () => {
    const fleet = new HandmadeFleet();
    const exhausted = (id: string, scope: string, status: AgentStatus) =>
      fleet.add(
        agentView(id, {
          status,
          conditions: ['exhausted'],
          exhaustion: {
            reason: 'billing',
            scope,
            exhaustedAtMs: 0,
            recoveryAtMs: 1,
            recoverySource: 'reported',
          },
        }),
      );
    exhausted('a', 'acct-1', 'exhausted');
    exhausted('b', 'acct-1', 'offline');
    exhausted('c', 'acct-2', 'exhausted');
    fleet.add(agentView('d'));
    const { valuesOf } = await expose(sourceOf(fleet));
    expect(valuesOf('vitals_fleet_agents')).toMatchObject({
      'vitals_agent_state=exhausted': 2,
      'vitals_agent_state=offline': 1,
      'vitals_agent_state=idle': 1,
      'vitals_agent_state=busy': 0,
    });
    expect(valuesOf('vitals_exhausted_agents')).toEqual({
      'vitals_exhausted_scope=acct-1 vitals_exhausted_reason=billing': 2,
      'vitals_exhausted_scope=acct-2 vitals_exhausted_reason=billing': 1,
    });
  });

  it('keeps the number of exhausted scopes bounded, and no agent uncounted', async () => {
    const fleet = new HandmadeFleet();
    for (let index = 0; index < 1200; index += 1) {
      const exhaustion = {
        reason: 'billing' as const,
        scope: `acct-${index}`,
        exhaustedAtMs: 0,
        recoveryAtMs: null,
        recoverySource: 'reported' as const,
      };
      fleet.add(agentView(`agent-${index}`, { status: 'exhausted', conditions: ['exhausted'], exhaustion }));
    }
    const { valuesOf } = await expose(sourceOf(fleet));
    const counts = valuesOf('vitals_exhausted_agents');
    expect(Object.keys(counts)).toHaveLength(1001);
    expect(counts['otel_metric_overflow=true']).toBe(200);
  });

  it('is complete when nobody is there', async () => {
    const { samples, summary } = await expose(sourceOf(new HandmadeFleet()));
    expect(samples.map((sample) => sample.value)).toEqual([...statusPrecedence, 'omitted'].map(() => 0));
    expect(summary).toEqual({ series: statusPrecedence.length + 1, agents: 0 });
  });

  it('hands on at most 512 rows at a time and lets others have their turn in between', async () => {
    const fleet = new HandmadeFleet();
    for (let index = 0; index < 300; index += 1)
      fleet.add(agentView(`agent-${index}`, { heartbeats: index }));
    let turns = 0;
    let counting = true;
    const count = () => {
      turns += 1;
      if (counting) setImmediate(count);
    };
    setImmediate(count);
    const { chunks, samples } = await expose(sourceOf(fleet));
    counting = false;
    expect(samples).toHaveLength(12 + 300 * 21);
    expect(chunks.length).toBe(Math.ceil(samples.length / 512));
    for (const chunk of chunks) {
      expect(
        chunk.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length,
      ).toBeLessThanOrEqual(512);
    }
    expect(turns).toBeGreaterThanOrEqual(chunks.length);
  });

  it('makes no further piece before the last one was taken', async () => {
    const fleet = new HandmadeFleet();
    for (let index = 0; index < 300; index += 1) fleet.add(agentView(`agent-${index}`));
    let waiting = 0;
    await writeExposition(sourceOf(fleet), options, async () => {
      expect(waiting).toBe(0);
      waiting += 1;
      await new Promise((resolve) => setImmediate(resolve));
      waiting -= 1;
    });
  });

  it('ends at the next slice when called off', async () => {
    const fleet = new HandmadeFleet();
    for (let index = 0; index < 2000; index += 1) fleet.add(agentView(`agent-${index}`));
    const controller = new AbortController();
    let pieces = 0;
    const written = writeExposition(sourceOf(fleet), { ...options, signal: controller.signal }, async () => {
      pieces += 1;
      if (pieces === 2) controller.abort(new Error('enough'));
    });
    await expect(written).rejects.toThrow('enough');
    expect(pieces).toBe(2);
  });

  it('passes on what the sink throws', async () => {
    const written = writeExposition(sourceOf(new HandmadeFleet()), options, () =>
      Promise.reject(new Error('full')),
    );
    await expect(written).rejects.toThrow('full');
  });
});

describe('a fleet that changes meanwhile', () => {
  it('stays well-formed when agents are forgotten, come back in other slots and change', async () => {
    const fleet = new HandmadeFleet();
    for (let index = 0; index < 1500; index += 1) fleet.add(agentView(`agent-${index}`, { heartbeats: 1 }));
    let step = 0;
    let going = true;
    const disturb = () => {
      if (!going) return;
      // Of two that leave, the latter takes the former's slot: an id is met again ahead of the walk or behind it.
      const [one, other] = [step % 1500, (step * 7 + 900) % 1500];
      if (one !== other && fleet.isKnown(one) && fleet.isKnown(other)) {
        const [first, second] = [fleet.view(one), fleet.view(other)];
        fleet.forget(one);
        fleet.forget(other);
        fleet.add({ ...second, status: 'busy', heartbeats: null });
        fleet.add({ ...first, restarts: first.restarts + 1, confidence: 0.5 });
      }
      step += 1;
      setImmediate(disturb);
    };
    setImmediate(disturb);
    const { summary, samples } = await expose(sourceOf(fleet));
    going = false;
    expect(step).toBeGreaterThan(20);
    // The parser has seen no series twice; each agent that is there is whole, and counted.
    expect(samples).toHaveLength(summary.series);
    const rowsOf = Map.groupBy(
      samples.filter((sample) => sample.name === 'vitals_agent_status'),
      (sample) => sample.labels.vitals_agent_id,
    );
    expect(rowsOf.size).toBe(summary.agents);
    for (const rows of rowsOf.values()) {
      expect(rows).toHaveLength(statusPrecedence.length);
      expect(rows.reduce((sum, row) => sum + row.value, 0)).toBe(1);
    }
  });
});

describe('families', () => {
  it('are named, typed and explained as the contract says, all of them', async () => {
    const fleet = new HandmadeFleet();
    fleet.add(everything, { everHad: ['late'], transitions: { idle: 1 } });
    fleet.add(agentView('at work', { status: 'busy', queueDepth: 1 }), { activeOperations: 1 });
    fleet.gaps = [{ pipeline: 'otlp/http', sinceMs: 0, agents: 3, isOpen: true }];
    fleet.integrations = [integration];
    fleet.hostViews.push(hostView('h-1', { cpuUtilization: 0.5, memoryUtilization: 0.5 }));
    const { families } = await expose(sourceOf(fleet, { firingAlerts: () => [firingAlert()] }));
    const contract = new Map(Object.values(metrics).map((metric) => [prometheusName(metric), metric]));
    for (const family of families) {
      const metric = contract.get(family.name);
      expect(family.help).toBe(metric?.description);
      expect(family.type).toBe(metric?.instrument === 'Counter' ? 'counter' : 'gauge');
    }
    expect(families.map((family) => family.name)).toEqual(exposedMetrics.map(prometheusName));
  });

  it('have the attributes of the contract, and those alone', async () => {
    const fleet = new HandmadeFleet();
    fleet.add(everything, { everHad: ['late'], transitions: { idle: 1 } });
    fleet.gaps = [{ pipeline: 'otlp/http', sinceMs: 0, agents: 3, isOpen: true }];
    fleet.integrations = [integration];
    const { families } = await expose(sourceOf(fleet));
    const contract = new Map(Object.values(metrics).map((metric) => [prometheusName(metric), metric]));
    for (const { name, samples } of families) {
      const { attributes, emitter } = contract.get(name)!;
      const identity = emitter === 'agent' || emitter === 'processor.agent' ? identityAttributes : [];
      const labels = new Set(samples.flatMap((sample) => Object.keys(sample.labels)));
      expect(labels, name).toEqual(new Set([...identity, ...attributes].map(prometheusLabel)));
    }
  });
});
