import { describe, expect, it } from 'vitest';
import { AgentJudge, alertSettingsOf, defaultHealthSettings, delta } from '../../../src/core/index.ts';
import { agentInfo } from '../../support/fleet-view.ts';
import { epochMs, minute, observation, Scenario, second } from '../../support/observe.ts';
import { Operations } from '../../support/operations.ts';

describe('what a real fleet tells the rules', () => {
  it('names a way in as the gap rule does: by itself only where it carries several', () => {
    const { fleet } = new Scenario();
    fleet.apply(observation('a', { pipeline: 'otlp/gateway' }), 0);
    expect(fleet.pipelineOf(fleet.find('a'))).toBe('direct');
    fleet.apply(observation('b', { pipeline: 'otlp/gateway' }), 0);
    expect(fleet.pipelineOf(fleet.find('a'))).toBe('otlp/gateway');
    expect(fleet.pipelineOf(fleet.find('b'))).toBe('otlp/gateway');
    fleet.apply(observation('b', { pipeline: 'otlp/other' }), 1);
    expect(fleet.pipelineOf(fleet.find('a'))).toBe('direct');
    fleet.declare([{ id: 'never', info: agentInfo() }], 2);
    expect(fleet.pipelineOf(fleet.find('never'))).toBe('');
  });

  it('counts operations as its view does', () => {
    const scenario = new Scenario({}, epochMs);
    const operations = new Operations(scenario);
    const { fleet } = scenario;
    operations.finish('a', 3).fail('a', 1);
    const slot = fleet.find('a');
    expect(fleet.successRatioOf(slot, scenario.nowMs)).toBeNaN();
    operations.fail('a', 5);
    const figures = fleet.workOf(slot, scenario.nowMs);
    expect(fleet.successRatioOf(slot, scenario.nowMs)).toBe(figures.successRatio);
    expect(fleet.recentExecutionsOf(slot, scenario.nowMs)).toBe(9);
    expect(fleet.recentFailuresOf(slot, scenario.nowMs)).toBe(6);
    const judge = new AgentJudge(fleet, alertSettingsOf({}), defaultHealthSettings);
    const mask = judge.judge(slot, scenario.nowMs);
    const holding = judge.rules.filter((_, index) => (mask & (1 << index)) !== 0).map(({ name }) => name);
    // Beside its failures it is well.
    expect(holding).toEqual(['AgentErrorRateHigh', 'AgentFailuresRecent', 'AgentUnhealthy']);
  });

  it('says that somebody is dead, and that he is back', () => {
    const scenario = new Scenario({}, epochMs);
    const { fleet } = scenario;
    const beat = () =>
      fleet.apply(
        observation('a', { signal: 'heartbeats', temporality: delta, value: 1, pipeline: 'p' }),
        scenario.nowMs,
      );
    const judge = new AgentJudge(fleet, alertSettingsOf({}), defaultHealthSettings);
    const names = () => {
      const mask = judge.judge(fleet.find('a'), scenario.nowMs);
      return judge.rules.filter((_, index) => (mask & (1 << index)) !== 0).map(({ name }) => name);
    };
    beat();
    expect(names()).toEqual([]);
    scenario.nowMs += 40 * second;
    fleet.tick(scenario.nowMs);
    expect(names()).toEqual(['AgentLate']);
    scenario.nowMs += 3 * minute;
    fleet.tick(scenario.nowMs);
    expect(names()).toEqual(['AgentOffline']);
    beat();
    expect(names()).toEqual([]);
  });
});
