import { describe, expect, it } from 'vitest';
import { agentInfo } from '../../../support/fleet-view.ts';
import { hour, minute, Scenario } from '../../../support/observe.ts';
import { Operations } from '../../../support/operations.ts';
import { serveFleet } from '../../../support/serve-fleet.ts';

// Worked out by hand from the rules, and read as a program reads it.

const gibibyte = 2 ** 30;

/** Four members on a host of 4 CPUs and 8 GiB: a and d at work, b out of quota, c failed. */
async function served() {
  const scenario = new Scenario({}, hour);
  const operations = new Operations(scenario);
  scenario.apply('', { signal: 'systemCpuLogicalCount', value: 4, host: 'h1' });
  scenario.apply('', { signal: 'systemMemoryLimit', value: 8 * gibibyte, host: 'h1' });
  for (const id of ['a', 'b', 'c', 'd']) {
    scenario.apply(id, { signal: 'seen', session: 's' }).beat(id);
    scenario.apply(id, { signal: 'info', info: agentInfo({ hostId: 'h1', sessionName: null }) });
  }
  scenario.report('a', 'busy').report('b', 'exhausted').report('c', 'error').report('d', 'on_call');
  for (const [id, cpu, memory] of [
    ['a', 0.9, gibibyte],
    ['d', 0.05, gibibyte / 2],
  ] as const) {
    scenario.apply(id, { signal: 'processCpuUtilization', value: cpu });
    scenario.apply(id, { signal: 'processMemoryUsage', value: memory });
  }
  operations.finish('a', 8, 100).fail('a', 2, 350);
  operations.call('a', 'search', 9, 200).call('a', 'search', 1, 1_200, 'timeout');
  scenario.apply('a', { signal: 'confidence', value: 0.9 });
  const { get } = await serveFleet(scenario);
  return async (path: string) => (await get(`/api/health/${path}`)).json();
}

describe('worked examples', () => {
  it('an agent: each factor but latency, with its share', async () => {
    const read = await served();
    // 0.35 + 0.30 + 0.10 + 0.10 + 0.05 = 0.90 of the weights are known.
    const factor = (name: string, value: number, weight: number) => ({
      name,
      value,
      weight: expect.closeTo(weight / 0.9, 4),
      contribution: expect.closeTo((value * weight) / 0.9, 4),
    });
    expect(await read('agent/a')).toMatchObject({
      status: 'active',
      success_rate: 0.8,
      operations_completed: 10,
      // (8 × 100 + 2 × 350) / 10 ms
      metrics: { avg_execution_time: 150, error_rate: 0.2, recent_executions: 10 },
      resources: { cpu_percent: 90, memory_mb: 1_024 },
      health: {
        // (0.35 × 1 + 0.30 × 0.8 + 0.10 × 0.9 + 0.10 × 0.5 + 0.05 × 0.5) / 0.90
        score: 0.8389,
        level: 'healthy',
        cap: null,
        factors: [
          factor('availability', 1, 0.35),
          factor('success', 0.8, 0.3),
          factor('confidence', 0.9, 0.1),
          // Halfway from 80 % to 100 % of the CPU.
          factor('resources', 0.5, 0.1),
          // One of ten requests failed: degraded.
          factor('integrations', 0.5, 0.05),
        ],
      },
    });
    expect((await read('agent/b')).health).toMatchObject({ score: 0.3, level: 'critical', cap: null });
    expect((await read('agent/c')).health).toMatchObject({ score: 0.2, level: 'critical', cap: null });
    expect((await read('agent/d')).health).toMatchObject({ score: 1, level: 'healthy', cap: null });
  });

  it('latency: an agent beside its own baseline, by operation name', async () => {
    const scenario = new Scenario({}, hour).beat('a');
    const operations = new Operations(scenario);
    // In each of two hours: ten of 200 ms, and ten of 1 s of another kind.
    for (let half = 0; half < 4; half++) {
      operations.finish('a', 5, 200).finish('a', 5, 1_000, { name: 'plan' });
      scenario.beatFor('a', 30 * minute);
    }
    scenario.beatFor('a', 10 * minute);
    operations.finish('a', 3, 800).finish('a', 1, 2_000, { name: 'plan' });
    operations.fail('a', 1, 600);
    const { get } = await serveFleet(scenario);
    expect(await (await get('/api/health/agent/a')).json()).toMatchObject({
      success_rate: 0.8,
      // (3 × 800 + 2,000 + 600) / 5 ms
      metrics: { avg_execution_time: 1_000, error_rate: 0.2 },
      health: {
        // Four answers at (3 × 800 + 600) / 4 / 200 = 3.75, a plan at 2: together (4 × 3.75 + 2) / 5 = 3.4.
        factors: [
          { name: 'availability', value: 1 },
          { name: 'success', value: 0.8 },
          // From 1 at the baseline to 0 at five times it: 1 − 2.4 / 4.
          { name: 'latency', value: expect.closeTo(0.4, 4) },
        ],
        // (0.35 + 0.30 × 0.8 + 0.10 × 0.4) / 0.75
        score: 0.84,
        level: 'healthy',
        cap: null,
      },
    });
  });

  it('a session: two active, one degraded, one failed', async () => {
    const read = await served();
    expect(await read('sessions/s')).toMatchObject({
      // Half of them have issues: more than 25 %, not more than 75 %; and a quarter failed.
      session_health: 'degraded',
      metrics: {
        total_agents: 4,
        active_agents: 2,
        degraded_agents: 1,
        failed_agents: 1,
        offline_agents: 0,
        total_cpu_percent: 95,
        total_memory_mb: 1_536,
        max_memory_usage_mb: 1_024,
        total_file_descriptors: null,
        total_threads: null,
        avg_response_time_ms: 150,
        // 95 % of the CPUs, 1.5 of 8 GiB: the greater.
        resource_utilization_percent: 95,
        // (2 × 100 + 1 × 50) / 4
        health_score: 62.5,
        critical_issues: 1,
        warnings: 1,
      },
      partial_results: false,
      errors: [],
      warnings: ['Resource utilization is high: 95.0%', 'Health score is low: 62.5'],
    });
    expect(await read('sessions/stats')).toMatchObject({
      total_collections: 1,
      successful_collections: 1,
      success_rate: 100,
      partial_rate: 0,
      cache_entries: 1,
    });
  });

  it('an integration, and the system', async () => {
    const read = await served();
    expect(await read('integrations')).toMatchObject([
      {
        integration_id: 'search',
        status: 'degraded',
        error_rate: 0.1,
        // (9 × 200 + 1,200) / 10 ms
        latency_ms: 300,
        connection_status: 'degraded',
        health_trend: null,
      },
    ]);
    expect(await read('system')).toMatchObject({
      total_agents: 4,
      active_agents: 2,
      active_operations: null,
      queue_depth: null,
      total_integrations: 1,
      healthy_integrations: 0,
      // No host tells how busy it is.
      source: 'processor host',
      states: { busy: 1, on_call: 1, exhausted: 1, error: 1, idle: 0 },
    });
  });
});
