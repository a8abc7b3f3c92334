import { attributes as a } from '@agent-vitals/contract';
import { registerAgent } from '@agent-vitals/sdk';
import { metrics } from '@opentelemetry/api';
import { AggregationTemporality } from '@opentelemetry/sdk-metrics';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { agentLimitOfApi } from '../../src/sdk/api-emission.ts';
import {
  type AgentReadings,
  type AgentRecorder,
  currentEmission,
  type Emission,
  useEmission,
} from '../../src/sdk/emission.ts';
import { type Export, freshEmission, recordDiag, registerProvider, testAgent } from './collect.ts';

afterEach(() => {
  vi.useRealTimers();
});

const idsIn = (exported: Export) =>
  exported.points('vitals.agent.heartbeats').map(({ attributes }) => attributes[a.agentId]);

describe('a provider that comes later', () => {
  it('is found at the next heartbeat', async () => {
    freshEmission();
    const agent = testAgent();
    agent.beat();
    const collector = registerProvider();
    expect((await collector.collect()).names).toEqual([]);
    agent.beat();
    const exported = await collector.collect();
    expect(exported.value('vitals.agent.heartbeats')).toBe(2);
  });

  it('is found soon, without one', async () => {
    vi.useFakeTimers();
    freshEmission();
    testAgent();
    const collector = registerProvider();
    await vi.advanceTimersByTimeAsync(50);
    expect((await collector.collect()).names).toContain('vitals.agent.reported.status');
  });

  it('is looked for 30 times, then at heartbeats alone', async () => {
    vi.useFakeTimers();
    freshEmission();
    testAgent({ resources: false });
    expect(vi.getTimerCount()).toBe(1);
    await vi.advanceTimersByTimeAsync(31_000);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('takes over from one that was before', async () => {
    freshEmission();
    const first = registerProvider();
    const agent = testAgent();
    expect(idsIn(await first.collect())).toEqual([agent.id]);
    metrics.disable();
    const second = registerProvider();
    agent.beat();
    agent.operation('draft', () => 1);
    const exported = await second.collect();
    expect(idsIn(exported)).toEqual([agent.id]);
    expect(exported.names).toContain('vitals.agent.operation.duration');
  });

  it('may be broken without breaking the agent', () => {
    const said = recordDiag();
    freshEmission();
    metrics.setGlobalMeterProvider({
      getMeter() {
        throw new Error('no meters today');
      },
    });
    try {
      const agent = testAgent({ strict: true });
      agent.beat();
      agent.operation('draft', () => 1);
      expect(said.join()).toContain('no meters today');
    } finally {
      metrics.disable();
    }
  });
});

describe('a stopped agent', () => {
  it('is in the next export as stopped and in none after that', async () => {
    freshEmission();
    const collector = registerProvider(AggregationTemporality.DELTA);
    const stays = testAgent();
    const goes = testAgent();
    await collector.collect();
    goes.stop();
    const next = await collector.collect();
    expect(idsIn(next)).toEqual([stays.id, goes.id]);
    expect(
      next
        .points('vitals.agent.reported.status')
        .find(({ attributes }) => attributes[a.agentId] === goes.id && attributes[a.agentState] === 'stopped')
        ?.value,
    ).toBe(1);
    const nextButOne = await collector.collect();
    expect(idsIn(nextButOne)).toEqual([stays.id]);
    for (const metric of nextButOne.metrics) {
      for (const point of metric.points) expect(point.attributes[a.agentId]).toBe(stays.id);
    }
  });

  it('gives way at once to a new one of its id', async () => {
    freshEmission();
    const collector = registerProvider();
    const first = testAgent({ id: 'phoenix' });
    first.beat();
    first.stop();
    const second = testAgent({ id: 'phoenix' });
    expect(second).not.toBe(first);
    const exported = await collector.collect();
    expect(idsIn(exported)).toEqual(['phoenix']);
    expect(exported.value('vitals.agent.reported.status', { [a.agentState]: 'idle' })).toBe(1);
    expect(exported.value('vitals.agent.reported.status', { [a.agentState]: 'stopped' })).toBe(0);
    expect(exported.value('vitals.agent.heartbeats')).toBe(0);
  });
});

describe('one id', () => {
  it('is one handle while it runs, and the second is told', () => {
    const said = recordDiag();
    const agent = testAgent({ id: 'twin' });
    expect(registerAgent({ id: 'twin' })).toBe(agent);
    registerAgent({ id: 'twin' });
    expect(said).toEqual([expect.stringContaining('Cannot register agent "twin" twice')]);
    expect(() => registerAgent({ id: 'twin', strict: true })).toThrow('twice in one process');
  });

  it('is not taken back from its next holder', () => {
    const first = testAgent({ id: 'twin' });
    first.stop();
    const second = testAgent({ id: 'twin' });
    first.start();
    expect(first.state).toBe('stopped');
    expect(first.complaints).toBe(1);
    first.stop();
    second.busy();
    expect(second.state).toBe('busy');
  });
});

describe('many agents on somebody else’s provider', () => {
  it('are warned of once, above the limit, and go on working', async () => {
    const said = recordDiag();
    freshEmission();
    const collector = registerProvider();
    for (let index = 0; index < agentLimitOfApi; index++) testAgent();
    expect(said).toEqual([]);
    for (let index = 0; index < 20; index++) testAgent().progress();
    expect(said).toHaveLength(1);
    expect(said[0]).toContain('more than 200 agents');
    expect(said[0]).toContain('startVitals');
    expect(idsIn(await collector.collect())).toHaveLength(agentLimitOfApi + 20);
  });
});

/** An emission that writes down what it is told. */
class Recording implements Emission {
  readonly told: string[] = [];
  attach(agent: AgentReadings): AgentRecorder {
    this.told.push(`attach ${agent.id}`);
    return {
      operation: (name, _, errorType) => void this.told.push(`operation ${name} ${errorType}`),
      integration: (name, _, errorType) => void this.told.push(`integration ${name} ${errorType}`),
    };
  }
  detach(agent: AgentReadings): void {
    this.told.push(`detach ${agent.id} ${agent.state}`);
  }
  listens(): boolean {
    return true;
  }
  urgent(agent: AgentReadings): void {
    this.told.push(`urgent ${agent.state} ${agent.exhausted?.reason ?? ''}`.trim());
  }
  async flush(): Promise<void> {
    this.told.push('flush');
  }
}

describe('another emission', () => {
  it('takes over the agents that run, and gives them back', () => {
    freshEmission();
    const agent = testAgent({ id: 'mover' });
    const recording = new Recording();
    const previous = useEmission(recording);
    expect(useEmission(recording)).toBe(recording);
    expect(currentEmission()).toBe(recording);
    agent.operation('draft', () => 1);
    agent.integration('search').call(() => 1);
    useEmission(previous);
    agent.operation('draft', () => 1);
    expect(recording.told).toEqual([
      'attach mover',
      'operation draft undefined',
      'integration search undefined',
      'detach mover idle',
    ]);
  });

  it('is told of what somebody waits for, once a change, and flushed by await using', async () => {
    freshEmission();
    const recording = new Recording();
    useEmission(recording);
    {
      await using agent = testAgent({ id: 'urgent' });
      agent.busy();
      agent.pause();
      agent.error();
      agent.error();
      agent.exhausted({ reason: 'billing' });
      agent.idle();
    }
    expect(recording.told).toEqual([
      'attach urgent',
      'urgent error',
      'urgent exhausted billing',
      'urgent stopped',
      'detach urgent stopped',
      'flush',
    ]);
  });
});
