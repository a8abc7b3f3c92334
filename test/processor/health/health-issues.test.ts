import { describe, expect, it } from 'vitest';
import { healthIssuesOf } from '../../../src/processor/health/health-issues.ts';
import { agentInfo } from '../../support/fleet-view.ts';
import { epochMs, hour, minute, Scenario, second } from '../../support/observe.ts';
import { Operations } from '../../support/operations.ts';

const timestamp = (ms: number) => `@${(ms - hour) / 1000}`;

function begin(): Scenario {
  return new Scenario({}, hour).beat('a');
}

function issuesOf(scenario: Scenario): string[] {
  return healthIssuesOf(scenario.view('a'), timestamp);
}

describe('the issues of an agent', () => {
  it('are none where all is well, and while it rests', () => {
    expect(issuesOf(begin())).toEqual([]);
    expect(issuesOf(begin().report('a', 'paused'))).toEqual([]);
    expect(issuesOf(begin().report('a', 'stopped'))).toEqual([]);
  });

  it('tell of silence', () => {
    const scenario = begin()
      .beatFor('a', minute)
      .pass(40 * second, second);
    expect(issuesOf(scenario)).toEqual(['Its heartbeat is late: 4 missed']);
    scenario.pass(80 * second, second);
    expect(issuesOf(scenario)).toEqual(['It is offline: last seen @60']);
    const expected = new Scenario({}, hour);
    expected.fleet.declare([{ id: 'a', info: agentInfo() }], hour);
    expected.pass(2 * minute, second);
    expect(issuesOf(expected)).toEqual(['It is offline: it never beat']);
  });

  it('tell of a failed operation with its message', () => {
    const scenario = begin().report('a', 'error');
    expect(issuesOf(scenario)).toEqual(['Its last operation failed']);
    scenario.apply('a', {
      signal: 'stateChanged',
      state: 'error',
      message: 'connection reset',
      timeMs: epochMs + scenario.nowMs + 1,
    });
    expect(issuesOf(scenario)).toEqual(['Its last operation failed: connection reset']);
  });

  it('tell of a stall', () => {
    const scenario = begin();
    new Operations(scenario).finish('a', 10);
    expect(issuesOf(scenario.report('a', 'busy').beatFor('a', 15 * minute))).toEqual([
      'It is at work without progress',
    ]);
  });

  it('tell of exhaustion: on what, until when, and whether that is a guess', () => {
    const known = begin().report('a', 'exhausted');
    known.epochGauge('a', 'exhaustedRecoveryTime', hour + 10 * minute, {
      exhaustedReason: 'rate_limit',
      exhaustedScope: 'acct-1',
      recoverySource: 'header',
    });
    expect(issuesOf(known)).toEqual(['It is out of quota on acct-1 until @600']);
    const guessed = begin().report('a', 'exhausted');
    expect(issuesOf(guessed)).toEqual(['It is out of quota until @18000 (a guess)']);
  });

  it('tell of bad factors', () => {
    const scenario = begin();
    const operations = new Operations(scenario);
    operations.finish('a', 6).fail('a', 4).call('a', 'search', 9, 100, 'refused');
    scenario.apply('a', { signal: 'confidence', value: 0.2 });
    scenario.apply('a', { signal: 'eventLoopUtilization', value: 0.99 });
    expect(issuesOf(scenario)).toEqual([
      '40 % of its operations fail',
      'Its confidence is low: 20 %',
      'Its CPU, memory or event loop is nearly full',
      'What it calls outside fails',
    ]);
  });

  it('tell how much longer than usual its operations take', () => {
    const scenario = begin();
    const operations = new Operations(scenario);
    for (let index = 0; index < 20; index++) {
      scenario.beatFor('a', 3 * minute);
      operations.finish('a', 1, 100);
    }
    scenario.beatFor('a', 6 * minute);
    operations.finish('a', 5, 420);
    expect(issuesOf(scenario)).toEqual(['Its operations take 4.2 times as long as usual']);
  });
});
