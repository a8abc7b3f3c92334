import { describe, expect, it } from 'vitest';
import { alertSettingsOf, describeAlert } from '../../../src/core/index.ts';
import { minute, second } from '../../support/observe.ts';
import { Operations } from '../../support/operations.ts';
import { AlertRig } from './rig.ts';

const only = <T>(items: readonly T[]): T => {
  expect(items).toHaveLength(1);
  return items[0]!;
};

describe('an agent that dies', () => {
  it('fires once, dated at its deadline, and is resolved two minutes after it was heard again', () => {
    const rig = new AlertRig();
    rig.beat('a').live(119 * second);
    expect(rig.firing).toEqual(['AgentLate a']);
    rig.told();
    rig.live(3 * second);
    expect(rig.firing).toEqual(['AgentOffline a']);
    expect(rig.told()).toContain('AgentOffline a inactive → firing @120');
    rig.live(minute);
    rig.beat('a').live(10 * second, () => rig.beat('a'));
    expect(rig.firing).toEqual(['AgentOffline a']);
    rig.live(2 * minute, () => rig.beat('a'));
    expect(rig.firing).toEqual([]);
    expect(rig.told()).toEqual(['AgentOffline a firing → resolved @302']);
  });

  it('is judged at its transition, before the round comes to it', () => {
    const rig = new AlertRig();
    for (let agent = 0; agent < 3_000; agent++) rig.beat(`agent-${agent}`);
    rig.pass(100 * second);
    for (let agent = 0; agent < 2_999; agent++) rig.beat(`agent-${agent}`);
    rig
      .judge()
      .pass(20 * second)
      .told();
    // A round has just begun, and agent 2,999 is the last of it.
    rig.engine.step(rig.nowMs);
    expect(rig.told()).toContain('AgentOffline agent-2999 inactive → firing @120');
  });

  it('carries who it is and how it was reached, and counts by severity', () => {
    const rig = new AlertRig();
    rig.apply('a', { signal: 'seen', session: 's', type: 't' }).beat('a', { pipeline: 'otlp/http:x' });
    rig.live(2 * minute);
    const alert = only([...rig.engine.firing()].filter(({ name }) => name === 'AgentOffline'));
    expect(alert).toMatchObject({
      severity: 'critical',
      scope: 'agent',
      subject: 'a',
      labels: {
        alertname: 'AgentOffline',
        severity: 'critical',
        scope: 'agent',
        subject: 'a',
        vitals_agent_id: 'a',
        vitals_session_id: 's',
        vitals_agent_type: 't',
        vitals_pipeline_name: 'direct',
      },
    });
    expect(rig.engine.counts).toEqual({ critical: 1, warning: 0, info: 0 });
  });

  it('fires nothing while it is muted or in maintenance', () => {
    const rig = new AlertRig();
    rig.beat('a').beat('b');
    rig.fleet.mute(rig.fleet.find('a'), Number.POSITIVE_INFINITY);
    rig.fleet.beginMaintenance(rig.fleet.find('b'), rig.nowMs);
    rig.live(5 * minute);
    expect(rig.engine.openCount).toBe(0);
    rig.fleet.unmute(rig.fleet.find('a'));
    rig.live(2 * second);
    expect(rig.firing).toEqual(['AgentOffline a']);
  });

  it('is over when it is forgotten, though another has its place at once', () => {
    const rig = new AlertRig();
    rig.beat('a').live(2 * minute);
    const slot = rig.fleet.find('a');
    rig.fleet.forget(slot, rig.nowMs);
    rig.beat('b');
    expect(rig.fleet.find('b')).toBe(slot);
    rig.told();
    rig.live(2 * second, () => rig.beat('b'));
    expect(rig.firing).toEqual([]);
    expect(rig.told()).toContain('AgentOffline a firing → resolved @121');
  });
});

describe('what agents have in common', () => {
  const resetsAtMs = 3 * 60 * minute;
  const exhaust = (rig: AlertRig, id: string, recoveryAtMs = resetsAtMs) =>
    rig.beat(id).report(id, 'exhausted').epochGauge(id, 'exhaustedRecoveryTime', recoveryAtMs, {
      exhaustedReason: 'rate_limit',
      exhaustedScope: 'acct-1',
      recoverySource: 'header',
    });

  it('an account out of quota fires once, before its agents, as one incident with one countdown', () => {
    const rig = new AlertRig();
    const ids = ['a', 'b', 'c', 'd', 'e'];
    const beat = () => {
      for (const id of ids) rig.beat(id);
    };
    exhaust(rig, 'a');
    rig.live(2 * second);
    for (const id of ids.slice(1)) exhaust(rig, id, resetsAtMs + 1_000);
    rig.live(5 * second, beat);
    expect(rig.firing).toEqual(['AccountExhausted acct-1']);
    rig.live(10 * second, beat);
    expect(rig.firing).toEqual(['AccountExhausted acct-1', ...ids.map((id) => `AgentExhausted ${id}`)]);
    const incident = JSON.parse(only([...rig.store.incidentRows.values()]).content);
    expect(incident).toMatchObject({
      kind: 'account_exhausted',
      subject: 'acct-1',
      summary: '5 agents exhausted on acct-1',
      members: ids,
      startedAtMs: 2_000,
      endedAtMs: null,
    });
    expect(Math.round(incident.recoveryAtMs / 1000)).toBe(resetsAtMs / 1000 + 1);
    for (const id of ids) rig.report(id, 'idle');
    rig.live(3 * minute, beat);
    expect(rig.firing).toEqual([]);
    const { endedAtMs } = JSON.parse(only([...rig.store.incidentRows.values()]).content);
    expect(endedAtMs).toBe(18_000);
  });

  it.each([
    [1, ['a'], ['AccountExhausted acct-1']],
    [3, ['a', 'b'], []],
    [3, ['a', 'b', 'c'], ['AccountExhausted acct-1']],
  ])('with a threshold of %d, %j out of quota on one account', (threshold, ids, firing) => {
    const rig = new AlertRig({ overrides: { AccountExhausted: { threshold } } });
    for (const id of ids) exhaust(rig, id);
    rig.live(2 * second);
    expect(rig.firing).toEqual(firing);
    expect(rig.store.incidentRows.size).toBe(ids.length > 1 ? 1 : 0);
  });

  it('a silent way in is one alert and one incident that names them, and nobody behind it fires', () => {
    const rig = new AlertRig();
    const ids = Array.from({ length: 20 }, (_, index) => `agent-${index}`);
    const beat = () => {
      for (const id of ids) rig.beat(id, { pipeline: 'gateway' });
      rig.fleet.heard('gateway', rig.nowMs);
    };
    beat();
    rig.live(minute, beat);
    rig.live(4 * minute);
    expect(rig.firing.filter((line) => !line.startsWith('AgentLate'))).toEqual(['TelemetryGap gateway']);
    expect(rig.told().filter((line) => line.includes('AgentOffline'))).toEqual([]);
    const incident = () => JSON.parse(only([...rig.store.incidentRows.values()]).content);
    expect(incident()).toMatchObject({ kind: 'telemetry_gap', subject: 'gateway', endedAtMs: null });
    expect(incident().members.sort()).toEqual([...ids].sort());
    expect(incident().startedAtMs).toBe(60_000);
    beat();
    rig.live(3 * minute, beat);
    expect(rig.firing).toEqual([]);
    expect(incident().endedAtMs).toBe(301_000);
  });

  it('a critical session is an incident once it has lasted, with those who have issues', () => {
    const rig = new AlertRig();
    const ids = ['a', 'b', 'c', 'd'];
    for (const id of ids) rig.apply(id, { signal: 'seen', session: 'night' }).beat(id).report(id, 'busy');
    const beat = () => {
      for (const id of ids) rig.beat(id);
    };
    for (const id of ['a', 'b', 'c']) rig.report(id, 'error');
    rig.live(29 * second, beat);
    expect(rig.store.incidentRows.size).toBe(0);
    rig.live(5 * second, beat);
    expect(rig.firing).toContain('SessionCritical night');
    const incident = () => JSON.parse(only([...rig.store.incidentRows.values()]).content);
    expect(incident()).toMatchObject({
      kind: 'session_critical',
      subject: 'night',
      members: ['a', 'b', 'c'],
    });
    rig.report('d', 'error').live(2 * second, beat);
    expect(incident()).toMatchObject({
      members: ids,
      summary: 'Session night is critical: 4 agents with issues',
    });
    for (const id of ids) rig.report(id, 'busy');
    rig.live(2 * second, beat);
    expect(incident().endedAtMs).toBe(37_000);
  });

  it('what they call outside, and the machines, are judged in each round', () => {
    const rig = new AlertRig();
    const operations = new Operations(rig);
    rig.usage.cpuUtilization = 0.85;
    operations.call('a', 'search', 10, 100, 'timeout');
    rig.live(5 * minute + 2 * second, () => {
      rig.beat('a');
      operations.call('a', 'search', 1, 100, 'timeout');
    });
    expect(rig.firing).toEqual(expect.arrayContaining(['IntegrationDown search', 'SystemCpuHigh system']));
    const cpu = only([...rig.engine.firing()].filter(({ name }) => name === 'SystemCpuHigh'));
    expect(describeAlert(cpu, alertSettingsOf({})).message).toBe('High CPU usage: 85%');
    rig.usage.cpuUtilization = 0.5;
    rig.live(3 * minute, () => rig.beat('a'));
    expect(rig.firing).not.toContain('SystemCpuHigh system');
  });

  it('receivers that can not be reached are told of by whoever watches them', () => {
    const rig = new AlertRig();
    const receivers = [{ receiver: 'webhook', isFailing: true }];
    rig.engine.watchReceivers(() => receivers);
    rig.live(6 * minute);
    expect(rig.firing).toEqual(['NotificationsFailing webhook']);
  });
});

describe('the processor itself', () => {
  it('that stood still lets nothing fire by that alone', () => {
    const rig = new AlertRig();
    rig.beat('a').report('a', 'busy').apply('a', { signal: 'queueDepth', value: 500 });
    rig.live(100 * second, () => rig.beat('a'));
    expect(rig.firing).toEqual([]);
    // Two minutes are asked for; ten pass in which nobody looks.
    rig.nowMs += 10 * minute;
    rig.fleet.resume(10 * minute, rig.nowMs);
    rig.beat('a').judge();
    expect(rig.firing).toEqual([]);
    rig.live(19 * second, () => rig.beat('a'));
    expect(rig.firing).toEqual([]);
    rig.live(3 * second, () => rig.beat('a'));
    expect(rig.firing).toEqual(['QueueDeep a', 'QueueDeep a']);
  });

  it('gives way after five hundred changes, and goes on where it was', () => {
    const rig = new AlertRig();
    for (let agent = 0; agent < 3_000; agent++) rig.beat(`agent-${agent}`, { pipeline: `p-${agent % 300}` });
    const changesOfTurns: number[] = [];
    rig.engine.onChanges((changes) => changesOfTurns.push(changes.length));
    rig.pass(31 * second).judge();
    // Half of them die: the rest shows that their ways in deliver.
    rig.pass(60 * second);
    for (let agent = 0; agent < 3_000; agent += 2)
      rig.beat(`agent-${agent}`, { pipeline: `p-${agent % 300}` });
    rig.pass(30 * second);
    for (let turn = 0; turn < 200; turn++) rig.engine.step(rig.nowMs);
    expect(rig.engine.counts.critical).toBe(1_500);
    expect(Math.max(...changesOfTurns)).toBeLessThanOrEqual(600);
  });

  it('tells all listeners though one of them throws, and says so', () => {
    const rig = new AlertRig();
    rig.engine.onChanges(() => {
      throw new Error('a bad listener');
    });
    let told = 0;
    rig.engine.onChanges((changes) => (told += changes.length));
    rig.beat('a').live(2 * minute);
    expect(told).toBeGreaterThan(0);
    expect(rig.failures).not.toEqual([]);
  });
});

describe('an acknowledgement', () => {
  it('is told and kept, repeated changes nothing, and is over with the alert', () => {
    const rig = new AlertRig();
    rig.beat('a').live(2 * minute);
    const { id } = only([...rig.engine.firing()]);
    const request = { by: 'ada', comment: 'on it', untilMs: Number.POSITIVE_INFINITY };
    expect(rig.engine.acknowledge(id, request)?.acknowledgement).toMatchObject({
      by: 'ada',
      atMs: rig.nowMs,
    });
    const { writes } = rig.store;
    rig.live(second);
    rig.engine.acknowledge(id, request);
    expect([rig.store.writes, rig.engine.find(id)?.acknowledgement?.atMs]).toEqual([
      writes,
      rig.nowMs - second,
    ]);
    expect(rig.engine.acknowledge('unknown', request)).toBeUndefined();
    rig.beat('a').live(3 * minute, () => rig.beat('a'));
    expect(rig.engine.find(id)).toMatchObject({ state: 'resolved', acknowledgement: null });
  });

  it('runs out when it was said to', () => {
    const rig = new AlertRig();
    rig.beat('a').live(2 * minute);
    const { id } = only([...rig.engine.firing()]);
    rig.engine.acknowledge(id, { by: 'ada', comment: null, untilMs: rig.nowMs + 10 * second });
    rig.live(9 * second);
    expect(rig.engine.find(id)?.acknowledgement).not.toBeNull();
    rig.live(2 * second);
    expect(rig.engine.find(id)).toMatchObject({ state: 'firing', acknowledgement: null });
  });
});
