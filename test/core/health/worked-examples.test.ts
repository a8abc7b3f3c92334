import { describe, expect, it } from 'vitest';
import { cumulative, defaultHealthSettings, Fleet } from '../../../src/core/index.ts';
import { agentInfo } from '../../support/fleet-view.ts';
import { epochMs, hour, minute, observation, Scenario, second } from '../../support/observe.ts';
import { Operations } from '../../support/operations.ts';

// Each score is worked out by hand from the table of factors: Σ value × weight over Σ weight of what is known.

function begin(): { scenario: Scenario; operations: Operations } {
  const scenario = new Scenario({}, hour).beat('a');
  return { scenario, operations: new Operations(scenario) };
}

/** Factors as `name: value × weight`, rounded. */
function factorsOf(scenario: Scenario): Record<string, number> {
  const factors = scenario.view('a').health?.factors ?? [];
  return Object.fromEntries(factors.map(({ name, value }) => [name, Math.round(value * 1e6) / 1e6]));
}

function scoreOf(scenario: Scenario): number {
  return scenario.view('a').health?.score ?? Number.NaN;
}

describe('an agent', () => {
  it('on time, of which nothing else is known, is well', () => {
    const { scenario } = begin();
    expect(scenario.view('a').health).toMatchObject({ score: 1, level: 'healthy', cap: null });
    expect(factorsOf(scenario)).toEqual({ availability: 1 });
  });

  it('with 2 of 10 operations failed and a confidence of 0.9 has 0.9067', () => {
    const { scenario, operations } = begin();
    operations.finish('a', 8).fail('a', 2);
    scenario.apply('a', { signal: 'confidence', value: 0.9 });
    expect(factorsOf(scenario)).toEqual({ availability: 1, success: 0.8, confidence: 0.9 });
    expect(scoreOf(scenario)).toBeCloseTo((0.35 + 0.3 * 0.8 + 0.1 * 0.9) / 0.75, 7);
    expect(scenario.view('a').work).toMatchObject({
      finished: 10,
      errorRatio: 0.2,
      meanDurationMs: 100,
      recentExecutions: 10,
      recentFailures: 2,
    });
  });

  it('with 3 of 5 operations failed is capped at 0.45; with 4 operations nothing is known of success', () => {
    const { scenario, operations } = begin();
    operations.finish('a', 2).fail('a', 2);
    expect(factorsOf(scenario)).toEqual({ availability: 1 });
    expect(scenario.view('a').work).toMatchObject({ errorRatio: 0.5, successRatio: null });
    operations.fail('a', 1);
    expect(factorsOf(scenario)).toEqual({ availability: 1, success: 0.4 });
    expect(scenario.view('a').health).toMatchObject({ score: 0.45, level: 'critical', cap: 'failing' });
  });

  it('that is late has 0.79 at most, and none when offline', () => {
    const { scenario, operations } = begin();
    operations.finish('a', 10);
    scenario.pass(30 * second, second);
    expect(factorsOf(scenario)).toEqual({ availability: 0.7, success: 1 });
    expect(scenario.view('a').health).toMatchObject({ score: 0.79, level: 'degraded', cap: 'late' });
    scenario.pass(90 * second, second);
    expect(scenario.view('a').health).toMatchObject({ score: 0, level: 'critical', cap: 'offline' });
  });

  it('in error has 0.4 at most', () => {
    const { scenario, operations } = begin();
    operations.finish('a', 9).fail('a', 1);
    scenario.report('a', 'error');
    expect(factorsOf(scenario)).toEqual({ availability: 0.2, success: 0.9 });
    expect(scenario.view('a').health).toMatchObject({ score: 0.4, cap: 'error', level: 'critical' });
  });

  it('that stalls is capped like one in error', () => {
    const { scenario, operations } = begin();
    operations.finish('a', 10);
    scenario.report('a', 'busy').beatFor('a', 15 * minute);
    expect(scenario.view('a').status).toBe('stalled');
    // Its operations have left the window: availability alone is known.
    expect(scenario.view('a').health).toMatchObject({ score: 0.2, cap: null });
    scenario.apply('a', { signal: 'confidence', value: 1 });
    expect(scoreOf(scenario)).toBeCloseTo((0.35 * 0.2 + 0.1) / 0.45, 7);
  });

  it('that is exhausted has 0.6 at most', () => {
    const { scenario, operations } = begin();
    operations.finish('a', 10);
    scenario.apply('a', { signal: 'confidence', value: 1 }).report('a', 'exhausted');
    expect(factorsOf(scenario)).toEqual({ availability: 0.3, success: 1, confidence: 1 });
    expect(scenario.view('a').health).toMatchObject({ score: 0.6, cap: 'exhausted', level: 'degraded' });
  });

  it.each([
    ['CPU', { processCpuUtilization: 0.9, eventLoopUtilization: 0.1 }, 0.5],
    ['event loop', { processCpuUtilization: 0.2, eventLoopUtilization: 0.95 }, 0.25],
    ['CPU below 80 %', { processCpuUtilization: 0.79 }, 1],
    ['memory of its host', { processMemoryUsage: 0.96e9 }, 0.2],
    ['memory below 80 %', { processMemoryUsage: 0.5e9 }, 1],
  ])('has the fullest of its resources: %s', (_what, figures, value) => {
    const { scenario } = begin();
    scenario.apply('a', { signal: 'systemMemoryLimit', value: 1e9, host: 'h1' });
    for (const [signal, figure] of Object.entries(figures)) {
      scenario.apply('a', { signal: signal as 'processCpuUtilization', value: figure });
    }
    expect(factorsOf(scenario)).toEqual({ availability: 1, resources: value });
    expect(scoreOf(scenario)).toBeCloseTo((0.35 + 0.1 * value) / 0.45, 6);
  });

  it('knows nothing of its memory as long as the host has not said how much there is', () => {
    const { scenario } = begin();
    scenario.apply('a', { signal: 'processMemoryUsage', value: 1e12, host: 'h1' });
    expect(factorsOf(scenario)).toEqual({ availability: 1 });
  });

  it('has the mean of the integrations that it uses', () => {
    const { scenario, operations } = begin();
    operations
      .call('a', 'search', 10)
      .call('a', 'archive', 4, 100, 'timeout')
      .call('b', 'mail', 9, 9, 'refused');
    expect(factorsOf(scenario)).toEqual({ availability: 1, integrations: 0.5 });
    expect(scoreOf(scenario)).toBeCloseTo((0.35 + 0.05 * 0.5) / 0.4, 7);
    // Those of one name count once, whoever's requests failed.
    operations.call('b', 'search', 10, 100, 'timeout');
    expect(factorsOf(scenario)).toEqual({ availability: 1, integrations: 0.25 });
  });

  it('whose operations take three times as long as usual has half the latency factor', () => {
    const { scenario, operations } = begin();
    for (let index = 0; index < 20; index++) {
      scenario.beatFor('a', 3 * minute);
      operations.finish('a', 1, 200);
    }
    expect(scenario.nowMs).toBe(2 * hour);
    scenario.beatFor('a', 10 * minute);
    operations.finish('a', 5, 600);
    expect(scenario.view('a').work.latencyRatio).toBeCloseTo(3, 5);
    expect(factorsOf(scenario)).toEqual({ availability: 1, success: 1, latency: 0.5 });
    expect(scoreOf(scenario)).toBeCloseTo((0.35 + 0.3 + 0.1 * 0.5) / 0.75, 6);
  });

  it.each(['paused', 'stopped'] as const)('that is %s has no score', (state) => {
    const { scenario } = begin();
    scenario.report('a', state);
    expect(scenario.view('a').health).toBeNull();
  });

  it('in maintenance has no score', () => {
    const { scenario } = begin();
    scenario.fleet.beginMaintenance(scenario.fleet.find('a'), scenario.nowMs);
    expect(scenario.view('a').health).toBeNull();
    scenario.fleet.endMaintenance(scenario.fleet.find('a'), scenario.nowMs);
    expect(scoreOf(scenario)).toBe(1);
  });

  it('has figures over the window, and recent ones over an hour', () => {
    const { scenario, operations } = begin();
    operations.finish('a', 6, 100).fail('a', 4, 600);
    scenario.beatFor('a', 4 * minute);
    operations.finish('a', 10, 200);
    expect(scenario.view('a').work).toMatchObject({ finished: 20, errorRatio: 0.2, meanDurationMs: 250 });
    scenario.beatFor('a', 2 * minute);
    expect(scenario.view('a').work).toMatchObject({ finished: 10, errorRatio: 0, meanDurationMs: 200 });
    scenario.beatFor('a', 5 * minute);
    expect(scenario.view('a').work).toMatchObject({
      finished: 0,
      errorRatio: null,
      meanDurationMs: null,
      recentExecutions: 20,
      recentFailures: 4,
    });
    scenario.beatFor('a', hour);
    expect(scenario.view('a').work).toMatchObject({ recentExecutions: 0, recentFailures: 0 });
    expect(scenario.view('a').operationsCompleted).toBe(20);
  });

  it('is not judged by what it had done long before it was first seen', () => {
    const scenario = new Scenario({}, hour);
    const point = {
      signal: 'operationDuration',
      temporality: cumulative,
      operation: 'answer',
      errorType: 'timeout',
      startTimeMs: epochMs,
    } as const;
    scenario.apply('a', { ...point, count: 50, value: 5, timeMs: epochMs + scenario.nowMs });
    expect(scenario.view('a').work).toMatchObject({ finished: 0, recentExecutions: 0 });
    expect(scenario.view('a').operationsCompleted).toBe(50);
    scenario.pass(10 * second);
    scenario.apply('a', { ...point, count: 53, value: 5.6, timeMs: epochMs + scenario.nowMs });
    expect(scenario.view('a').work).toMatchObject({ finished: 3, errorRatio: 1, meanDurationMs: 200 });
  });

  it('has a trend: the last hour against the day', () => {
    const scenario = new Scenario({}, hour);
    const operations = new Operations(scenario);
    const sampleFor = (minutes: number, failures: number) => {
      for (let at = 0; at < minutes; at++) {
        scenario.beat('a').pass(minute, 10 * second);
        operations.finish('a', 10 - failures).fail('a', failures);
        scenario.beat('a');
        scenario.fleet.sampleHealth(0, scenario.fleet.slotLimit, scenario.nowMs);
      }
    };
    sampleFor(120, 0);
    expect(scenario.view('a')).toMatchObject({ trend: 'stable', healthNotedAtMs: scenario.nowMs });
    sampleFor(60, 6);
    // The score fell from 1 to 0.45: the hour's mean is about 0.45, the day's about 0.8.
    expect(scenario.view('a').trend).toBe('declining');
    sampleFor(540, 6);
    expect(scenario.view('a').trend).toBe('stable');
    sampleFor(60, 0);
    expect(scenario.view('a').trend).toBe('improving');
  });

  it('is judged by other weights, levels and another window where they are configured', () => {
    const scenario = new Scenario({
      health: {
        windowMs: minute,
        healthyAt: 0.95,
        degradedAt: 0.9,
        weights: { availability: 1, success: 3, confidence: 0, latency: 0, resources: 0, integrations: 0 },
      },
    }).beat('a');
    const operations = new Operations(scenario);
    operations.finish('a', 9).fail('a', 1);
    scenario.apply('a', { signal: 'confidence', value: 0 });
    expect(scenario.view('a').health).toMatchObject({ level: 'degraded' });
    expect(scoreOf(scenario)).toBeCloseTo((1 + 3 * 0.9) / 4, 7);
    scenario.beatFor('a', minute);
    expect(factorsOf(scenario)).toEqual({ availability: 1 });
  });
});

describe('a restart', () => {
  it('keeps windows, trend and baselines, and judges nobody who is unknown', () => {
    const { scenario, operations } = begin();
    for (let index = 0; index < 24; index++) {
      scenario.beatFor('a', 5 * minute);
      operations.finish('a', 3, 200).fail('a', 2, 200);
      scenario.fleet.sampleHealth(0, 1, scenario.nowMs);
    }
    const before = scenario.view('a');
    const nowMs = scenario.nowMs + second;
    const restored = new Fleet();
    restored.restore(structuredClone(scenario.fleet.takeImage()!));
    restored.begin(scenario.nowMs, nowMs);
    const view = () => restored.view(restored.find('a'), nowMs);
    expect(view().health).toBeNull();
    restored.apply(
      observation('a', {
        signal: 'heartbeats',
        temporality: cumulative,
        value: 1e6,
        timeMs: epochMs + nowMs,
      }),
      nowMs,
    );
    expect(view().status).toBe('idle');
    expect(view().work).toEqual(before.work);
    expect(view().health).toEqual(before.health);
    expect(view().trend).toBe(before.trend);
    expect(before.work.latencyRatio).toBeCloseTo(1, 5);
    expect(before.trend).toBe('stable');
  });

  it('with another window begins the window anew', () => {
    const { scenario, operations } = begin();
    operations.fail('a', 10);
    const restored = new Fleet({ health: { ...defaultHealthSettings, windowMs: 10 * minute } });
    restored.restore(structuredClone(scenario.fleet.takeImage()!));
    restored.begin(scenario.nowMs, scenario.nowMs);
    expect(restored.workOf(restored.find('a'), scenario.nowMs)).toMatchObject({
      finished: 0,
      recentExecutions: 10,
    });
  });

  it('after which the clock is behind forgets what it calls the future', () => {
    const { scenario, operations } = begin();
    operations.fail('a', 10);
    const restored = new Fleet();
    restored.restore(structuredClone(scenario.fleet.takeImage()!));
    const nowMs = scenario.nowMs - 20 * minute;
    restored.begin(nowMs, nowMs);
    expect(restored.workOf(restored.find('a'), nowMs)).toMatchObject({ finished: 0, recentExecutions: 0 });
  });
});

describe('a session in the core', () => {
  it('counts members by status, those in maintenance too, and has the name that they give it', () => {
    const scenario = new Scenario();
    for (const id of ['a', 'b', 'c']) scenario.apply(id, { signal: 'heartbeats', value: 1, session: 's1' });
    scenario.apply('d', { signal: 'info', info: agentInfo({ sessionName: 'Night shift' }), session: 's2' });
    scenario.report('b', 'busy');
    const { fleet } = scenario;
    fleet.beginMaintenance(fleet.find('b'), 0);
    const s1 = fleet.session('s1')!;
    expect([s1.total, s1.countIn('idle'), s1.countIn('busy'), s1.countInMaintenance('busy')]).toEqual([
      3, 2, 1, 1,
    ]);
    scenario.report('b', 'waiting');
    expect(fleet.session('s1')?.countInMaintenance('busy')).toBe(0);
    expect(fleet.session('s1')?.countInMaintenance('waiting')).toBe(1);
    expect(fleet.session('s1')?.name).toBeNull();
    expect(fleet.session('s2')?.name).toBe('Night shift');

    const restored = new Fleet();
    restored.restore(structuredClone(fleet.takeImage()!));
    restored.begin(0, 0);
    expect(restored.session('s1')?.countInMaintenance('waiting')).toBe(1);
    expect(restored.session('s2')?.name).toBe('Night shift');

    fleet.endMaintenance(fleet.find('b'), 0);
    expect(fleet.session('s1')?.countInMaintenance('waiting')).toBe(0);
  });

  it('is gone with its last member, name and all, and keeps its index until then', () => {
    const scenario = new Scenario();
    const { fleet } = scenario;
    for (const [id, session] of [
      ['a', 's1'],
      ['b', 's2'],
      ['c', 's2'],
    ] as const) {
      scenario.apply(id, { signal: 'info', session, info: agentInfo({ sessionName: `Name of ${session}` }) });
    }
    const walk = () =>
      Array.from({ length: fleet.sessionLimit }, (_, index) => fleet.sessionAt(index)?.session).filter(
        Boolean,
      );
    expect([fleet.sessionCount, walk()]).toEqual([2, ['s1', 's2']]);
    fleet.forget(fleet.find('a'), 0);
    fleet.forget(fleet.find('b'), 0);
    expect([fleet.sessionCount, walk(), fleet.session('s1')]).toEqual([1, ['s2'], undefined]);
    // The agent moves, and with it the last of the session.
    scenario.apply('c', { signal: 'seen', session: 's3' });
    expect([fleet.sessionCount, walk()]).toEqual([1, ['s3']]);
    expect(fleet.session('s3')?.name).toBeNull();
  });
});
