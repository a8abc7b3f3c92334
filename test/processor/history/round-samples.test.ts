import { expect, it } from 'vitest';
import { RoundSamples } from '../../../src/processor/history/round-samples.ts';
import { Scenario } from '../../support/observe.ts';
import { Operations } from '../../support/operations.ts';

function samplesOf(scenario: Scenario, maxSessions: number): RoundSamples {
  return new RoundSamples({
    fleet: scenario.fleet,
    verdictOf: () => ({ health: 'healthy', score: 100 }),
    maxSessions,
  });
}

it('sessions beyond the limit have no history; those within it have it from the first operation on', () => {
  const scenario = new Scenario();
  const samples = samplesOf(scenario, 2);
  const join = (session: string) => scenario.apply(`in-${session}`, { signal: 'seen', session });
  join('one');
  expect(['one', 'two'].map(samples.hasHistory)).toEqual([true, true]);
  join('two');
  join('three');
  const names = () => [...samples.take(scenario.nowMs)].map(({ name }) => name);
  expect(names()).toEqual(['one', 'two']);
  expect(['one', 'two', 'three'].map(samples.hasHistory)).toEqual([true, true, false]);
});

it('an integration that was forgotten and came back counts from nothing', () => {
  const scenario = new Scenario({ forgetAfterMs: 1_000 });
  const operations = new Operations(scenario);
  const samples = samplesOf(scenario, 2);
  const told = () => [...samples.take(scenario.nowMs)].map(({ executions, failed }) => [executions, failed]);
  operations.call('a', 'search', 5).call('a', 'search', 2, 100, 'timeout');
  expect(told()).toEqual([[7, 2]]);
  operations.call('a', 'search', 1);
  expect(told()).toEqual([[1, 0]]);
  scenario.nowMs += 100_000_000;
  scenario.fleet.sampleIntegrations(scenario.nowMs);
  expect(told()).toEqual([]);
  operations.call('b', 'search', 9);
  expect(told()).toEqual([[9, 0]]);
});
