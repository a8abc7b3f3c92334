import { describe, expect, it } from 'vitest';
import { cumulative } from '../../../../src/core/index.ts';
import type { ExpositionSource } from '../../../../src/processor/out/prometheus/exposition.ts';
import { epochMs, type Fields, minute, Scenario, second } from '../../../support/observe.ts';
import { Operations } from '../../../support/operations.ts';
import { expose as exposeSource, sourceOf } from './expose.ts';

/** What is exposed of a fleet, read by name and the labels that matter. */
async function expose(scenario: Scenario, source: ExpositionSource = sourceOf(scenario.fleet)) {
  const { samples } = await exposeSource(source, {
    nowMs: scenario.nowMs,
    toEpochMs: (atMs) => epochMs + atMs,
  });
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

describe('what is concluded of a judged fleet', () => {
  const factor = (vitals_health_factor: string) => ({ ...id, vitals_health_factor });

  it('is the health of an agent, by the factors that are known', async () => {
    const scenario = new Scenario().beat('crawler').report('crawler', 'busy');
    scenario.apply('crawler', { signal: 'confidence', value: 0.75 });
    new Operations(scenario).finish('crawler', 8, 100).fail('crawler', 2, 350);
    const read = await expose(scenario);
    expect(read('vitals_agent_health_factor_ratio', factor('availability'))).toBe(1);
    expect(read('vitals_agent_health_factor_ratio', factor('success'))).toBeCloseTo(0.8, 12);
    expect(read('vitals_agent_health_factor_ratio', factor('confidence'))).toBe(0.75);
    expect(read('vitals_agent_health_factor_ratio', factor('latency'))).toBeUndefined();
    // 0.35 × 1 + 0.30 × 0.8 + 0.10 × 0.75, over 0.75 of known weight.
    expect(read('vitals_agent_health_score_ratio', id)).toBeCloseTo(0.665 / 0.75, 12);
    expect(read('vitals_fleet_health_score_ratio')).toBeCloseTo(0.665 / 0.75, 12);
    expect(read('vitals_agent_operation_error_ratio', id)).toBe(0.2);
    expect(read('vitals_agent_operation_mean_duration_seconds', id)).toBeCloseTo(0.15, 6);
    expect(read('vitals_agent_operation_recent_failures', id)).toBe(2);

    // Offline caps it at 0; the windows are over, the last hour isn't.
    const offline = await expose(scenario.pass(10 * minute, second));
    expect(offline('vitals_agent_health_score_ratio', id)).toBe(0);
    expect(offline('vitals_agent_health_factor_ratio', factor('availability'))).toBe(0);
    expect(offline('vitals_agent_operation_error_ratio', id)).toBeUndefined();
    expect(offline('vitals_agent_operation_mean_duration_seconds', id)).toBeUndefined();
    expect(offline('vitals_agent_operation_recent_failures', id)).toBe(2);
  });

  it.each(['paused', 'stopped'])('is no health of an agent that is %s', async (status) => {
    const read = await expose(new Scenario().beat('crawler').report('crawler', status));
    expect(read('vitals_agent_status', state(status))).toBe(1);
    expect(read('vitals_agent_health_score_ratio')).toBeUndefined();
    expect(read('vitals_agent_health_factor_ratio')).toBeUndefined();
    expect(read('vitals_fleet_health_score_ratio')).toBeUndefined();
  });

  it('is figures as they were said, not as columns of four bytes hold them', async () => {
    const scenario = new Scenario().beat('crawler');
    scenario.apply('crawler', { signal: 'confidence', value: 0.9 });
    scenario.apply('crawler', { signal: 'queueDepth', value: 12.3 });
    scenario.apply('crawler', { signal: 'processCpuUtilization', value: 0.07 });
    const read = await expose(scenario);
    expect(read('vitals_agent_confidence_ratio', id)).toBe(0.9);
    expect(read('vitals_agent_queue_depth', id)).toBe(12.3);
    expect(read('vitals_system_queue_depth')).toBe(12.3);
    expect(read('vitals_agent_cpu_utilization_ratio', id)).toBe(0.07);
  });

  it('is how the time of an agent counts', async () => {
    const scenario = new Scenario().beatFor('crawler', 1 * minute);
    const time = (vitals_availability_kind: string) => ({ ...id, vitals_availability_kind });
    const up = await expose(scenario);
    expect(up('vitals_agent_availability_time_seconds_total', time('up'))).toBe(60);
    expect(up('vitals_agent_availability_time_seconds_total', time('down'))).toBe(0);
    // Two minutes of silence make it offline, for one minute; then it is back and paused.
    const back = await expose(
      scenario
        .pass(3 * minute, second)
        .beat('crawler')
        .report('crawler', 'paused')
        .pass(minute),
    );
    expect(back('vitals_agent_availability_time_seconds_total', time('up'))).toBe(180);
    expect(back('vitals_agent_availability_time_seconds_total', time('down'))).toBe(60);
    expect(back('vitals_agent_availability_time_seconds_total', time('excluded'))).toBe(60);
  });

  it('takes no seconds back that were told, when it is learned late how an agent fared', async () => {
    const scenario = new Scenario().beatFor('crawler', 1 * minute);
    const source = sourceOf(scenario.fleet);
    const up = async () =>
      (await expose(scenario, source))('vitals_agent_availability_time_seconds_total', {
        ...id,
        vitals_availability_kind: 'up',
      });
    expect(await up()).toBe(60);
    scenario.report('crawler', 'error', { delayMs: 20_000 });
    expect(scenario.fleet.availabilityOf(scenario.fleet.find('crawler'), scenario.nowMs).upMs).toBe(40_000);
    expect(await up()).toBe(60);
    scenario
      .beat('crawler')
      .report('crawler', 'idle')
      .pass(15 * second);
    expect(await up()).toBe(60);
    scenario.pass(10 * second);
    expect(await up()).toBe(65);
  });

  it('is sessions and what agents call outside', async () => {
    const scenario = new Scenario();
    for (const agent of ['one', 'two', 'three'])
      scenario.beat(agent).apply(agent, { signal: 'seen', session: 'night' });
    scenario.report('three', 'error');
    new Operations(scenario).call('one', 'search', 9, 100).call('one', 'search', 1, 300, 'timeout');
    const read = await expose(scenario);
    const night = { vitals_session_id: 'night' };
    expect(read('vitals_session_health_status', { ...night, vitals_session_state: 'degraded' })).toBe(1);
    expect(read('vitals_session_health_status', { ...night, vitals_session_state: 'healthy' })).toBe(0);
    expect(read('vitals_session_health_score_ratio', night)).toBe(0.667);
    expect(read('vitals_session_agents', { ...night, vitals_agent_state: 'idle' })).toBe(2);
    expect(read('vitals_session_agents', { ...night, vitals_agent_state: 'error' })).toBe(1);
    const search = { vitals_integration_name: 'search' };
    expect(read('vitals_integration_status', { ...search, vitals_integration_state: 'degraded' })).toBe(1);
    expect(read('vitals_integration_status', { ...search, vitals_integration_state: 'healthy' })).toBe(0);
    expect(read('vitals_integration_error_ratio', search)).toBe(0.1);
    expect(read('vitals_integration_mean_duration_seconds', search)).toBeCloseTo(0.12, 6);
  });

  it('is the silence of a way in', async () => {
    const scenario = new Scenario();
    const agents = Array.from({ length: 12 }, (_, index) => `a-${index}`);
    const beat = (ids: readonly string[]) => {
      for (const agent of ids) scenario.beat(agent, { pipeline: 'collector' });
      scenario.fleet.heard('collector', scenario.nowMs);
    };
    for (let round = 0; round < 6; round += 1) {
      beat(agents);
      scenario.pass(10 * second);
    }
    const collector = { vitals_pipeline_name: 'collector' };
    expect((await expose(scenario))('vitals_pipeline_gap', collector)).toBeUndefined();

    const silent = await expose(scenario.pass(150 * second, second));
    expect(silent('vitals_pipeline_gap', collector)).toBe(1);
    expect(silent('vitals_fleet_agents', { vitals_agent_state: 'unknown' })).toBe(12);
    expect(silent('vitals_fleet_health_score_ratio')).toBeUndefined();

    beat(agents.slice(0, 2));
    const delivers = await expose(scenario);
    expect(delivers('vitals_pipeline_gap', collector)).toBe(0);
    expect(delivers('vitals_fleet_agents', { vitals_agent_state: 'unknown' })).toBe(10);

    beat(agents);
    expect((await expose(scenario))('vitals_pipeline_gap', collector)).toBeUndefined();
  });

  it('is the work and the machines of all', async () => {
    const scenario = new Scenario();
    for (const agent of ['one', 'two', 'dead']) {
      scenario.beat(agent).apply(agent, { signal: 'queueDepth', value: 2 });
      scenario.apply(agent, {
        signal: 'operationActive',
        temporality: cumulative,
        operation: 'answer',
        value: 1,
      });
    }
    scenario.apply('one', { signal: 'systemCpuUtilization', value: 0.5, host: 'h-1' });
    scenario.apply('one', { signal: 'systemCpuLogicalCount', value: 12, host: 'h-1' });
    scenario.apply('two', { signal: 'systemCpuUtilization', value: 1, host: 'h-2' });
    scenario.apply('two', { signal: 'systemCpuLogicalCount', value: 4, host: 'h-2' });
    const read = await expose(scenario);
    expect(read('vitals_system_queue_depth')).toBe(6);
    expect(read('vitals_system_operation_active')).toBe(3);
    // 12 CPUs half used, 4 wholly.
    expect(read('vitals_system_cpu_utilization_ratio')).toBe(10 / 16);
    expect(read('vitals_system_memory_utilization_ratio')).toBeUndefined();

    scenario.beatFor('one', 150 * second).beatFor('two', 0);
    const later = await expose(scenario);
    expect(later('vitals_agent_status', { vitals_agent_id: 'dead', vitals_agent_state: 'offline' })).toBe(1);
    expect(later('vitals_system_queue_depth')).toBe(4);
    expect(later('vitals_system_operation_active')).toBe(2);
  });
});
