import { describe, expect, it } from 'vitest';
import { cumulative } from '../../../src/core/index.ts';
import { SystemService } from '../../../src/processor/health/index.ts';
import { epochMs, hour, minute, Scenario, second } from '../../support/observe.ts';
import { Operations } from '../../support/operations.ts';

function begin() {
  const scenario = new Scenario({}, hour);
  const ownHost = { cpuUtilization: 0.123 as number | null, memoryUtilization: 0.5 as number | null };
  const system = new SystemService({
    fleet: scenario.fleet,
    clock: { now: () => scenario.nowMs, toEpochMs: (atMs) => epochMs + atMs },
    ownHost: () => ownHost,
    fleetScore: () => 0.87654321,
    alertCounts: () => ({ critical: 1, warning: 2, info: 3 }),
  });
  return { scenario, system, ownHost };
}

describe('SystemService', () => {
  it("shows the processor's own host where nobody tells of another", async () => {
    const { system, ownHost } = begin();
    expect(await system.read()).toEqual({
      cpu_usage: 12.3,
      memory_usage: 50,
      source: 'processor host',
      active_operations: null,
      queue_depth: null,
      total_agents: 0,
      active_agents: 0,
      total_integrations: 0,
      healthy_integrations: 0,
      health_score: 0.8765,
      alerts: { critical: 1, warning: 2, info: 3 },
      states: {
        stopped: 0,
        offline: 0,
        unknown: 0,
        exhausted: 0,
        paused: 0,
        error: 0,
        stalled: 0,
        on_call: 0,
        busy: 0,
        waiting: 0,
        idle: 0,
      },
    });
    ownHost.cpuUtilization = null;
    expect(await system.read()).toMatchObject({ cpu_usage: null, memory_usage: 50 });
  });

  it('shows the hosts that telemetry tells of, each by its capacity', async () => {
    const { scenario, system } = begin();
    for (const [host, cpu, cpus, memory] of [
      ['h1', 0.5, 2, 0.9],
      ['h2', 0.1, 6, 0.3],
    ] as const) {
      scenario.apply('', { signal: 'systemCpuUtilization', value: cpu, host });
      scenario.apply('', { signal: 'systemCpuLogicalCount', value: cpus, host });
      scenario.apply('', { signal: 'systemMemoryUtilization', value: memory, host });
    }
    // CPU: (0.5 × 2 + 0.1 × 6) / 8; no host tells how much memory it has.
    expect(await system.read()).toMatchObject({ source: 'system metrics', cpu_usage: 20, memory_usage: 60 });
    // A host that is no longer heard of is none.
    scenario.pass(15 * minute);
    expect((await system.read()).source).toBe('processor host');
  });

  it('leaves unknown what the hosts do not tell, and stays within bounds', async () => {
    const { scenario, system } = begin();
    scenario.apply('', { signal: 'systemCpuUtilization', value: 1.7, host: 'h1' });
    expect(await system.read()).toMatchObject({
      source: 'system metrics',
      cpu_usage: 100,
      memory_usage: null,
    });
  });

  it('knows nothing of queues and operations while nobody tells of them, and that there are none when told so', async () => {
    const { scenario, system } = begin();
    scenario.beat('silent').beat('gone');
    scenario.apply('gone', { signal: 'queueDepth', value: 7 });
    scenario.report('gone', 'stopped');
    expect(await system.read()).toMatchObject({
      total_agents: 2,
      active_operations: null,
      queue_depth: null,
    });
    scenario.apply('silent', { signal: 'queueDepth', value: 0 });
    expect(await system.read()).toMatchObject({ active_operations: null, queue_depth: 0 });
  });

  it('adds up agents, their work and what they call, without those who are gone', async () => {
    const { scenario, system } = begin();
    const work = (id: string, queueDepth: number, active: number) => {
      scenario.apply(id, { signal: 'queueDepth', value: queueDepth });
      const timeMs = epochMs + scenario.nowMs;
      const point = { signal: 'operationActive', temporality: cumulative, timeMs } as const;
      scenario.apply(id, { ...point, operation: 'crawl', value: active });
      scenario.apply(id, { ...point, operation: 'parse', value: 1 });
    };
    scenario.beat('gone').report('gone', 'busy');
    work('gone', 100, 100);
    scenario.pass(2 * minute, second);
    for (const [id, state] of Object.entries({ a: 'busy', b: 'waiting', c: 'error', d: 'idle' })) {
      scenario.beat(id).report(id, state);
    }
    work('a', 3, 2);
    work('c', 4, 0);
    scenario.apply('d', { signal: 'queueDepth', value: 0.5 });
    const operations = new Operations(scenario);
    operations.call('a', 'search', 10).call('a', 'mail', 10, 100, 'refused').call('a', 'archive', 10, 9_000);
    expect(await system.read()).toMatchObject({
      active_operations: 2 + 1 + 0 + 1,
      queue_depth: 7.5,
      total_agents: 5,
      active_agents: 3,
      total_integrations: 3,
      healthy_integrations: 1,
      states: { offline: 1, busy: 1, waiting: 1, error: 1, idle: 1, exhausted: 0 },
    });
  });

  it('walks a large fleet in slices, once for all who ask meanwhile', async () => {
    const { scenario, system } = begin();
    for (let index = 0; index < 10_000; index++) {
      scenario.beat(`a${index}`).apply(`a${index}`, { signal: 'queueDepth', value: 1 });
    }
    let turns = 0;
    let isOver = false;
    const count = () => {
      turns++;
      if (!isOver) setImmediate(count);
    };
    setImmediate(count);
    const [first, second] = await Promise.all([system.read(), system.read()]);
    isOver = true;
    expect(turns).toBeGreaterThan(1);
    expect(first.queue_depth).toBe(10_000);
    expect(second).toBe(first);
    expect(await system.read()).not.toBe(first);
  });
});
