import { describe, expect, it } from 'vitest';
import { cumulative } from '../../../../src/core/index.ts';
import { writeExposition } from '../../../../src/processor/out/prometheus/exposition.ts';
import { parseExposition } from '../../../support/exposition.ts';
import { epochMs, type Fields, minute, Scenario, second } from '../../../support/observe.ts';

/** What is exposed of a fleet, read by name and the labels that matter. */
async function expose(scenario: Scenario) {
  let text = '';
  const options = { nowMs: scenario.nowMs, toEpochMs: (atMs: number) => epochMs + atMs, maxSeries: 10_000 };
  await writeExposition(scenario.fleet, options, async (chunk) => {
    text += chunk;
  });
  const samples = parseExposition(text).flatMap((family) => family.samples);
  return (name: string, labels: Record<string, string> = {}) =>
    samples.find(
      (sample) =>
        sample.name === name &&
        Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
    )?.value;
}

const id = { vitals_agent_id: 'crawler' };
const state = (vitals_agent_state: string) => ({ ...id, vitals_agent_state });

describe('the exposition of a judged fleet', () => {
  it('follows an agent from its first heartbeat to offline and back', async () => {
    const scenario = new Scenario().report('crawler', 'busy').beatFor('crawler', 1 * minute);
    const alive = await expose(scenario);
    expect(alive('vitals_agent_status', state('busy'))).toBe(1);
    expect(alive('vitals_agent_status', state('offline'))).toBe(0);
    expect(alive('vitals_agent_heartbeats_total', id)).toBe(7);
    expect(alive('vitals_agent_heartbeat_last_timestamp_seconds', id)).toBe(epochMs / 1000 + 60);
    expect(alive('vitals_agent_heartbeat_missed', id)).toBe(0);
    expect(alive('vitals_agent_transitions_total', state('offline'))).toBeUndefined();
    expect(alive('vitals_agent_condition', id)).toBeUndefined();
    expect(alive('vitals_fleet_agents', { vitals_agent_state: 'busy' })).toBe(1);

    const late = await expose(scenario.pass(40 * second, second));
    expect(late('vitals_agent_condition', { ...id, vitals_agent_condition: 'late' })).toBe(1);
    expect(late('vitals_agent_heartbeat_missed', id)).toBe(4);

    const offline = await expose(scenario.pass(90 * second, second));
    expect(offline('vitals_agent_status', state('offline'))).toBe(1);
    expect(offline('vitals_agent_transitions_total', state('offline'))).toBe(1);
    expect(offline('vitals_fleet_agents', { vitals_agent_state: 'offline' })).toBe(1);
    expect(offline('vitals_fleet_agents', { vitals_agent_state: 'busy' })).toBe(0);

    const back = await expose(scenario.beat('crawler'));
    expect(back('vitals_agent_status', state('busy'))).toBe(1);
    expect(back('vitals_agent_condition', { ...id, vitals_agent_condition: 'late' })).toBe(0);
    expect(back('vitals_agent_transitions_total', state('offline'))).toBe(1);
  });

  it('tells operations by outcome', async () => {
    const finished = (count: number, errorType: string): Fields => ({
      signal: 'operationDuration',
      temporality: cumulative,
      operation: 'crawl',
      errorType,
      count,
      value: count,
      startTimeMs: epochMs,
    });
    const scenario = new Scenario().beat('crawler');
    for (const [ok, failed] of [
      [0, 0],
      [5, 2],
    ] as const) {
      scenario.pass(second);
      scenario.apply('crawler', { ...finished(ok, ''), timeMs: epochMs + scenario.nowMs });
      scenario.apply('crawler', { ...finished(failed, 'timeout'), timeMs: epochMs + scenario.nowMs });
    }
    const read = await expose(scenario);
    expect(read('vitals_agent_operations_total', { ...id, vitals_operation_outcome: 'success' })).toBe(5);
    expect(read('vitals_agent_operations_total', { ...id, vitals_operation_outcome: 'failure' })).toBe(2);
  });

  it('tells who is exhausted on what, and until when', async () => {
    const scenario = new Scenario().beat('crawler').report('crawler', 'exhausted');
    scenario.epochGauge('crawler', 'exhaustedRecoveryTime', 10 * minute, {
      exhaustedReason: 'rate_limit',
      exhaustedScope: 'acct-1',
      recoverySource: 'header',
    });
    const read = await expose(scenario);
    const scope = { vitals_exhausted_scope: 'acct-1', vitals_exhausted_reason: 'rate_limit' };
    expect(read('vitals_agent_status', state('exhausted'))).toBe(1);
    expect(read('vitals_agent_recovery_timestamp_seconds', { ...id, ...scope })).toBe(epochMs / 1000 + 600);
    expect(read('vitals_exhausted_agents', scope)).toBe(1);

    const recovered = await expose(scenario.pass(10 * minute, second));
    expect(recovered('vitals_exhausted_agents', scope)).toBeUndefined();
    expect(recovered('vitals_agent_recovery_timestamp_seconds', id)).toBeUndefined();
  });

  it('tells restarts and clock skew', async () => {
    const scenario = new Scenario()
      .beatFor('crawler', 30 * second)
      .restart('crawler')
      .pass(second)
      .beat('crawler');
    expect((await expose(scenario))('vitals_agent_restarts_total', id)).toBe(1);

    const ahead = new Scenario();
    for (let beat = 0; beat < 5; beat += 1) ahead.beat('crawler', { clockAheadMs: 3000 }).pass(10 * second);
    // The scenario's time line begins at 0, the agent's clock at the epoch of the tests.
    expect((await expose(ahead))('vitals_agent_clock_skew_seconds', id)).toBe(-(epochMs + 3000) / 1000);
  });
});
