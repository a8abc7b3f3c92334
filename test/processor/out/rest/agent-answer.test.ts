import { describe, expect, it } from 'vitest';
import { agentAnswerOf } from '../../../../src/processor/out/rest/agent-answer.ts';
import { epochMs, hour, minute, Scenario, second } from '../../../support/observe.ts';
import { Operations } from '../../../support/operations.ts';

const toEpochMs = (ms: number) => epochMs + ms;

/** An agent that did 8 of 10 operations, on time, an hour after the beginning. */
function worked(): Scenario {
  const scenario = new Scenario({}, hour).beat('a');
  new Operations(scenario).finish('a', 8, 100).fail('a', 2, 600);
  return scenario.apply('a', { signal: 'confidence', value: 0.9 });
}

describe("an agent's answer", () => {
  it('has the figures of the health window, its score and what made it', () => {
    expect(agentAnswerOf(worked().view('a'), toEpochMs)).toMatchObject({
      success_rate: 0.8,
      metrics: { avg_execution_time: 200, error_rate: 0.2, recent_executions: 10 },
      operations_completed: 10,
      confidence_score: 0.9,
      health: {
        // (1 × 0.35 + 0.8 × 0.30 + 0.9 × 0.10) / 0.75
        score: 0.9067,
        level: 'healthy',
        cap: null,
        factors: [
          { name: 'availability', value: 1, weight: 0.4667, contribution: 0.4667 },
          { name: 'success', value: 0.8, weight: 0.4, contribution: 0.32 },
          { name: 'confidence', value: 0.9, weight: 0.1333, contribution: 0.12 },
        ],
      },
      health_issues: ['20 % of its operations fail'],
      health_trend: null,
      last_health_check: null,
    });
  });

  it('says which cap holds the score down', () => {
    const scenario = worked().report('a', 'error');
    // The factors alone make 0.5333.
    expect(agentAnswerOf(scenario.view('a'), toEpochMs).health).toMatchObject({ score: 0.4, cap: 'error' });
  });

  it('has a trend and the time of the last check, once it was sampled', () => {
    const scenario = worked();
    scenario.fleet.sampleHealth(0, 1, scenario.nowMs);
    scenario.pass(5 * second);
    expect(agentAnswerOf(scenario.view('a'), toEpochMs)).toMatchObject({
      health_trend: 'stable',
      last_health_check: new Date(epochMs + hour).toISOString(),
    });
  });

  it('has the share of the observed time in which it was up', () => {
    const scenario = new Scenario({}, hour).beatFor('a', 6 * minute);
    scenario.report('a', 'error').beatFor('a', 2 * minute);
    scenario.report('a', 'paused').pass(10 * minute, second);
    expect(agentAnswerOf(scenario.view('a'), toEpochMs).availability).toBe(0.75);
  });

  it('leaves out what is not asked for', () => {
    const scenario = worked().apply('a', { signal: 'processThreadCount', value: 4 });
    const view = scenario.view('a');
    const states = agentAnswerOf(view, toEpochMs, { resources: false, health: false });
    expect(states).toMatchObject({
      state: 'idle',
      success_rate: null,
      metrics: { avg_execution_time: null, error_rate: null, recent_executions: null },
      resources: { thread_count: null },
      health_issues: [],
    });
    expect(Object.keys(states)).toEqual(Object.keys(agentAnswerOf(view, toEpochMs)));
  });
});
