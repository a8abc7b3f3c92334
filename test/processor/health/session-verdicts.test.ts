import { describe, expect, it } from 'vitest';
import { defaultSessionSettings, Fleet } from '../../../src/core/index.ts';
import { SessionVerdicts } from '../../../src/processor/health/index.ts';
import { epochMs, minute, observation, second } from '../../support/observe.ts';
import { SessionScenario } from './serve.ts';

function verdictOf(scenario: SessionScenario, session = 's') {
  return scenario.health.verdicts.verdictOf(scenario.fleet.session(session)!);
}

/** Twelve agents of one pipeline and one session: enough to tell a broken way in from deaths. */
function behindOnePipeline(): SessionScenario {
  const scenario = new SessionScenario();
  for (let index = 0; index < 12; index++) {
    scenario.apply(`a${index}`, { signal: 'seen', session: 's', pipeline: 'otlp:collector' });
  }
  const beatAll = () => {
    for (let index = 0; index < 12; index++) scenario.beat(`a${index}`, { pipeline: 'otlp:collector' });
    scenario.fleet.heard('otlp:collector', scenario.nowMs);
  };
  for (let round = 0; round < 6; round++) {
    beatAll();
    scenario.pass(10 * second, second);
  }
  return scenario;
}

describe('the verdict of a session', () => {
  it('follows its members', () => {
    const scenario = new SessionScenario().join('s', { a: 'busy', b: 'idle', c: 'waiting', d: 'busy' });
    expect(verdictOf(scenario)).toEqual({ health: 'healthy', score: 100 });
    scenario.report('a', 'error');
    expect(verdictOf(scenario)).toEqual({ health: 'degraded', score: 75 });
    scenario.report('b', 'error').report('c', 'error');
    expect(verdictOf(scenario)).toEqual({ health: 'critical', score: 25 });
    scenario.report('a', 'paused').report('b', 'paused').report('c', 'stopped');
    expect(verdictOf(scenario)).toEqual({ health: 'healthy', score: 100 });
    scenario.report('d', 'paused');
    expect(verdictOf(scenario)).toEqual({ health: 'empty', score: 0 });
  });

  it('leaves out those in maintenance', () => {
    const scenario = new SessionScenario().join('s', { a: 'busy', b: 'error' });
    scenario.fleet.beginMaintenance(scenario.fleet.find('b'), scenario.nowMs);
    expect(verdictOf(scenario)).toEqual({ health: 'healthy', score: 100 });
    scenario.fleet.beginMaintenance(scenario.fleet.find('a'), scenario.nowMs);
    expect(verdictOf(scenario)).toEqual({ health: 'empty', score: 0 });
  });

  it('stands while unknown members alone remain, though nobody asked before', () => {
    const scenario = behindOnePipeline();
    for (const id of ['a0', 'a1', 'a2', 'a3']) scenario.report(id, 'error');
    // The collector falls silent; at their deadlines all become unknown.
    scenario.pass(2 * minute, second);
    expect(scenario.fleet.countIn('unknown')).toBe(12);
    expect(verdictOf(scenario)).toEqual({ health: 'degraded', score: 66.7 });
    // Those who are still silent when the hold is over are offline.
    scenario.pass(5 * minute, second);
    expect(scenario.fleet.countIn('offline')).toBe(12);
    expect(verdictOf(scenario)).toEqual({ health: 'critical', score: 0 });
  });

  it('stands over a restart: it is made of what the members were', () => {
    const before = new SessionScenario().join('s', { a: 'busy', b: 'error', c: 'idle', d: 'idle' });
    before.join('all-paused', { p: 'paused' });
    const restored = new Fleet();
    restored.restore(structuredClone(before.fleet.takeImage()!));
    restored.begin(before.nowMs, before.nowMs);
    const verdicts = new SessionVerdicts({ fleet: restored, settings: defaultSessionSettings, limit: 10 });
    const judge = (session: string) => verdicts.verdictOf(restored.session(session)!);
    expect(judge('s')).toEqual({ health: 'empty', score: 0 });
    verdicts.onTransitions(restored.tick(1));
    expect(judge('s')).toEqual({ health: 'degraded', score: 75 });
    expect(judge('all-paused')).toEqual({ health: 'empty', score: 0 });
    // Once one is heard, the verdict is of those who are.
    const beat = { signal: 'heartbeats', value: 1, temporality: 1, timeMs: epochMs + 5_000 } as const;
    verdicts.onTransitions(restored.apply(observation('a', beat), 5_000));
    expect(judge('s')).toEqual({ health: 'healthy', score: 100 });
  });

  it('is remembered of a bounded number of sessions', () => {
    const scenario = new SessionScenario();
    const verdicts = new SessionVerdicts({
      fleet: scenario.fleet,
      settings: defaultSessionSettings,
      limit: 2,
    });
    const judge = (session: string) => verdicts.verdictOf(scenario.fleet.session(session)!);
    for (const session of ['s1', 's2', 's3']) judge(scenario.join(session, { [session]: 'busy' }) && session);
    const restored = new Fleet();
    restored.restore(structuredClone(scenario.fleet.takeImage()!));
    restored.begin(0, 0);
    const allUnknown = (session: string) => verdicts.verdictOf(restored.session(session)!);
    expect(allUnknown('s1').health).toBe('empty');
    expect(allUnknown('s2').health).toBe('healthy');
    expect(allUnknown('s3').health).toBe('healthy');
  });
});
