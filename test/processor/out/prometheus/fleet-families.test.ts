import type { AgentStatus } from '@agent-vitals/contract';
import { describe, expect, it } from 'vitest';
import type { IntegrationView } from '../../../../src/core/index.ts';
import { agentView, HandmadeFleet, healthOfScore, hostView } from '../../../support/fleet-view.ts';
import { expose, sourceOf } from './expose.ts';

describe('the health of the fleet', () => {
  it('is the mean of the scores that there are', async () => {
    const fleet = new HandmadeFleet();
    fleet.add(agentView('well', { health: healthOfScore(1) }));
    fleet.add(agentView('ill', { health: healthOfScore(0.25) }));
    fleet.add(agentView('dead', { status: 'offline', health: healthOfScore(0) }));
    fleet.add(agentView('paused', { status: 'paused', health: null }));
    const { valuesOf } = await expose(sourceOf(fleet, { fleetScore: () => 0.9 }));
    expect(valuesOf('vitals_fleet_health_score_ratio')).toEqual({ '': 1.25 / 3 });
  });

  it.each([[0.9], [null]])(
    'is as it was last gone round (%s) where not all are looked at here',
    async (fleetScore) => {
      const fleet = new HandmadeFleet();
      for (let index = 0; index < 10; index += 1)
        fleet.add(agentView(`agent-${index}`, { health: healthOfScore(1) }));
      const { valuesOf } = await expose(sourceOf(fleet, { fleetScore: () => fleetScore }), {
        maxSeries: 100,
      });
      expect(valuesOf('vitals_fleet_health_score_ratio')).toEqual(
        fleetScore === null ? {} : { '': fleetScore },
      );
    },
  );

  it('has no series where nobody has a score', async () => {
    const fleet = new HandmadeFleet();
    fleet.add(agentView('paused', { status: 'paused' }));
    const { valuesOf, summary, samples } = await expose(sourceOf(fleet));
    expect(valuesOf('vitals_fleet_health_score_ratio')).toEqual({});
    expect(summary.series).toBe(samples.length);
  });
});

describe('the work of the fleet', () => {
  const sums = async (fleet: HandmadeFleet, maxSeries = 300_000) => {
    const { valuesOf } = await expose(sourceOf(fleet), { maxSeries });
    return [valuesOf('vitals_system_queue_depth')[''], valuesOf('vitals_system_operation_active')['']];
  };

  it('is summed, without series of their own too', async () => {
    const fleet = new HandmadeFleet();
    fleet.add(agentView('a', { queueDepth: 3 }), { activeOperations: 2 });
    fleet.add(agentView('b', { queueDepth: 4.5, status: 'unknown' }), { activeOperations: 0 });
    fleet.add(agentView('silent'));
    expect(await sums(fleet)).toEqual([7.5, 2]);
    expect(await sums(fleet, 0)).toEqual([7.5, 2]);
  });

  it.each<AgentStatus>(['offline', 'stopped'])('leaves out what %s agents had in hand', async (status) => {
    const fleet = new HandmadeFleet();
    fleet.add(agentView('gone', { queueDepth: 3, status }), { activeOperations: 2 });
    expect(await sums(fleet)).toEqual([undefined, undefined]);
    fleet.add(agentView('there', { queueDepth: 0 }), { activeOperations: 1 });
    expect(await sums(fleet)).toEqual([0, 1]);
  });
});

describe('the machines of the fleet', () => {
  const usage = async (fleet: HandmadeFleet) => {
    const ownHost = () => ({ cpuUtilization: 0.9, memoryUtilization: 0.8 });
    const { valuesOf } = await expose(sourceOf(fleet, { ownHost }));
    return [
      valuesOf('vitals_system_cpu_utilization_ratio')[''],
      valuesOf('vitals_system_memory_utilization_ratio')[''],
    ];
  };

  it("are the processor's own host where none is told of", async () => {
    const fleet = new HandmadeFleet();
    expect(await usage(fleet)).toEqual([0.9, 0.8]);
    fleet.hostViews.push(hostView('h-1', { cpuCount: 8 }));
    expect(await usage(fleet)).toEqual([0.9, 0.8]);
  });

  it('are the hosts that are told of, and no mixture with the own one', async () => {
    const fleet = new HandmadeFleet();
    fleet.hostViews.push(hostView('h-1', { cpuUtilization: 0.25 }));
    expect(await usage(fleet)).toEqual([0.25, undefined]);
  });
});

describe('ways in', () => {
  it('show a gap while it is open, and until its agents are known again', async () => {
    const fleet = new HandmadeFleet();
    fleet.gaps = [
      { pipeline: 'otlp/http/a', sinceMs: 0, agents: 12, isOpen: true },
      { pipeline: 'direct', sinceMs: 0, agents: 1, isOpen: false },
    ];
    const { valuesOf } = await expose(sourceOf(fleet));
    expect(valuesOf('vitals_pipeline_gap')).toEqual({
      'vitals_pipeline_name=otlp/http/a': 1,
      'vitals_pipeline_name=direct': 0,
    });
  });

  it.each([
    [false, true],
    [true, false],
  ])('are silent while one of their gaps is open (%s, %s)', async (first, second) => {
    const fleet = new HandmadeFleet();
    fleet.gaps = [first, second].map((isOpen) => ({ pipeline: 'a', sinceMs: 0, agents: 1, isOpen }));
    const { valuesOf } = await expose(sourceOf(fleet));
    expect(valuesOf('vitals_pipeline_gap')).toEqual({ 'vitals_pipeline_name=a': 1 });
  });
});

describe('integrations', () => {
  const used: IntegrationView = {
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

  it('have a status, and figures while they are used', async () => {
    const fleet = new HandmadeFleet();
    fleet.integrations = [
      used,
      { ...used, name: 'a "quoted" one', status: 'healthy', errorRatio: null, meanDurationMs: null },
    ];
    const { valuesOf } = await expose(sourceOf(fleet));
    const name = 'vitals_integration_name=search';
    const quoted = 'vitals_integration_name=a "quoted" one';
    expect(valuesOf('vitals_integration_status')).toEqual({
      [`${name} vitals_integration_state=healthy`]: 0,
      [`${name} vitals_integration_state=degraded`]: 1,
      [`${name} vitals_integration_state=error`]: 0,
      [`${quoted} vitals_integration_state=healthy`]: 1,
      [`${quoted} vitals_integration_state=degraded`]: 0,
      [`${quoted} vitals_integration_state=error`]: 0,
    });
    expect(valuesOf('vitals_integration_error_ratio')).toEqual({ [name]: 0.1 });
    expect(valuesOf('vitals_integration_mean_duration_seconds')).toEqual({ [name]: 0.25 });
  });

  it('are written in pieces, however many there are', async () => {
    const fleet = new HandmadeFleet();
    fleet.integrations = Array.from({ length: 2000 }, (_, index) => ({ ...used, name: `api-${index}` }));
    const { chunks, samples, summary } = await expose(sourceOf(fleet));
    expect(summary.series).toBe(samples.length);
    for (const chunk of chunks) expect(chunk.match(/^[^#]/gm)!.length).toBeLessThanOrEqual(512);
    expect(chunks.length).toBe(Math.ceil(samples.length / 512));
  });
});
