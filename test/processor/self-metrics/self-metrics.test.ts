import { type MetricDefinition, metrics, prometheusName } from '@agent-vitals/contract';
import { metrics as globalMetrics } from '@opentelemetry/api';
import { afterEach, describe, expect, it } from 'vitest';
import { SelfMetrics, selfMetricDefinitions } from '../../../src/processor/self-metrics/self-metrics.ts';
import { type ExposedFamily, parseExposition } from '../../support/exposition.ts';
import { storeAtWork } from '../../support/store-figures.ts';
import { waitFor } from '../../support/wait.ts';

const made: SelfMetrics[] = [];
afterEach(async () => {
  for (const selfMetrics of made.splice(0)) await selfMetrics.shutdown();
});

function create(fleet = { size: 0, irregularTransitions: 0, rejections: new Map<string, number>() }) {
  const alerts = { openCount: 7, dropped: 2 };
  const counts = { sent: 5, failed: 4, refused: 3, dropped: 1 };
  const notifications = { figures: [{ receiver: 'webhook', counts, waiting: 6, isFailing: true }] } as const;
  const options = {
    fleet,
    store: storeAtWork,
    alerts,
    notifications,
    agentLimit: 1_000_000,
    seriesLimit: 300_000,
  };
  const selfMetrics = new SelfMetrics(options);
  made.push(selfMetrics);
  const families = async () =>
    new Map(parseExposition(await selfMetrics.render()).map((family) => [family.name, family]));
  return { selfMetrics, families, options };
}

function valuesOf(family: ExposedFamily | undefined): Record<string, number> {
  return Object.fromEntries(
    family?.samples.map(({ name, labels, value }) => [[name, ...Object.values(labels)].join(' '), value]) ??
      [],
  );
}

describe("the processor's own metrics", () => {
  it('are named, typed and explained as the contract says', async () => {
    const { selfMetrics, families } = create();
    selfMetrics.requestStarted();
    selfMetrics.requestFinished(1);
    selfMetrics.ticked(1);
    selfMetrics.exposed(1, 1);
    selfMetrics.rejected('too_large', 1);
    const contract = new Map<string, MetricDefinition>(
      Object.values(metrics).map((metric) => [prometheusName(metric), metric]),
    );
    const all = [...(await families()).values()];
    expect(all.length).toBeGreaterThanOrEqual(12);
    for (const family of all) {
      const metric = contract.get(family.name);
      expect(family.help).toBe(metric?.description);
      const types = { Counter: 'counter', UpDownCounter: 'gauge', Gauge: 'gauge', Histogram: 'histogram' };
      expect(family.type).toBe(types[metric!.instrument]);
    }
  });

  it('tell what was counted', async () => {
    const fleet = { size: 3, irregularTransitions: 4, rejections: new Map([['agent_limit', 5]]) };
    const { selfMetrics, families } = create(fleet);
    selfMetrics.received(10);
    selfMetrics.received(7);
    selfMetrics.rejected('too_large', 1);
    selfMetrics.rejected('agent_limit', 2);
    selfMetrics.requestStarted();
    selfMetrics.requestStarted();
    selfMetrics.requestFinished();
    selfMetrics.exposed(77, 20);
    const all = await families();
    expect(valuesOf(all.get('vitals_processor_received_total'))).toEqual({
      vitals_processor_received_total: 17,
    });
    expect(valuesOf(all.get('vitals_processor_notifications_total'))).toEqual({
      'vitals_processor_notifications_total webhook sent': 5,
      'vitals_processor_notifications_total webhook failed': 4,
      'vitals_processor_notifications_total webhook refused': 3,
      'vitals_processor_notifications_total webhook dropped': 1,
    });
    expect(valuesOf(all.get('vitals_processor_notification_waiting'))).toEqual({
      'vitals_processor_notification_waiting webhook': 6,
    });
    expect(valuesOf(all.get('vitals_processor_notification_failing'))).toEqual({
      'vitals_processor_notification_failing webhook': 1,
    });
    expect(valuesOf(all.get('vitals_processor_rejected_total'))).toEqual({
      'vitals_processor_rejected_total agent_limit': 7,
      'vitals_processor_rejected_total too_large': 1,
    });
    expect(valuesOf(all.get('vitals_processor_request_active'))).toEqual({
      vitals_processor_request_active: 1,
    });
    expect(valuesOf(all.get('vitals_processor_agents'))).toEqual({ vitals_processor_agents: 3 });
    expect(valuesOf(all.get('vitals_processor_agent_limit'))).toEqual({
      vitals_processor_agent_limit: 1_000_000,
    });
    expect(valuesOf(all.get('vitals_processor_series_used'))).toEqual({ vitals_processor_series_used: 77 });
    expect(valuesOf(all.get('vitals_processor_series_limit'))).toEqual({
      vitals_processor_series_limit: 300_000,
    });
    expect(valuesOf(all.get('vitals_processor_transition_irregular_total'))).toEqual({
      vitals_processor_transition_irregular_total: 4,
    });
  });

  it('count on from one collection to the next, and follow limits that a reload changes', async () => {
    const fleet = { size: 1, irregularTransitions: 0, rejections: new Map([['tombstone', 1]]) };
    const { selfMetrics, families, options } = create(fleet);
    selfMetrics.received(1);
    await families();
    selfMetrics.received(2);
    fleet.rejections.set('tombstone', 4);
    options.seriesLimit = 9;
    const all = await families();
    expect(valuesOf(all.get('vitals_processor_received_total'))).toEqual({
      vitals_processor_received_total: 3,
    });
    expect(valuesOf(all.get('vitals_processor_rejected_total'))).toEqual({
      'vitals_processor_rejected_total tombstone': 4,
    });
    expect(valuesOf(all.get('vitals_processor_series_limit'))).toEqual({ vitals_processor_series_limit: 9 });
  });

  it('put durations into buckets, in seconds', async () => {
    const { selfMetrics, families } = create();
    for (const durationMs of [0.05, 3, 3, 10_000]) {
      selfMetrics.requestStarted();
      selfMetrics.requestFinished(durationMs);
    }
    const values = valuesOf((await families()).get('vitals_processor_request_duration_seconds'));
    expect(values).toMatchObject({
      vitals_processor_request_duration_seconds_count: 4,
      'vitals_processor_request_duration_seconds_bucket 0.0001': 1,
      'vitals_processor_request_duration_seconds_bucket 0.0025': 1,
      'vitals_processor_request_duration_seconds_bucket 0.005': 3,
      'vitals_processor_request_duration_seconds_bucket 2.5': 3,
      'vitals_processor_request_duration_seconds_bucket +Inf': 4,
    });
    expect(values.vitals_processor_request_duration_seconds_sum).toBeCloseTo(10.00605, 9);
  });

  it("tell the process' own memory at once, and CPU and event loop once there is a second of them", async () => {
    const { families } = create();
    const first = await families();
    expect(valuesOf(first.get('process_memory_usage_bytes')).process_memory_usage_bytes).toBeGreaterThan(
      10e6,
    );
    expect(first.has('process_cpu_utilization_ratio')).toBe(false);
    const busyUntil = performance.now() + 30;
    while (performance.now() < busyUntil);
    const later = await waitFor(
      async () => {
        const all = await families();
        return all.has('process_cpu_utilization_ratio') && all;
      },
      { what: 'a span of CPU use' },
    );
    expect([...later.keys()].sort()).toEqual(
      selfMetricDefinitions
        .map(prometheusName)
        .filter((name) => !/_(rejected_total|duration_seconds)$/.test(name))
        .sort(),
    );
    for (const name of ['process_cpu_utilization_ratio', 'nodejs_eventloop_utilization_ratio']) {
      const value = valuesOf(later.get(name))[name]!;
      expect(value).toBeGreaterThan(0);
      expect(value).toBeLessThanOrEqual(1);
    }
  });

  it('are registered nowhere: two processors in one process do not meet', async () => {
    const one = create();
    const other = create();
    one.selfMetrics.received(1);
    expect(valuesOf((await other.families()).get('vitals_processor_received_total'))).toEqual({
      vitals_processor_received_total: 0,
    });
    expect(globalMetrics.getMeterProvider().constructor.name).toMatch(/Noop/);
  });
});
