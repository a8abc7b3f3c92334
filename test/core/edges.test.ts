import { describe, expect, it } from 'vitest';
import { cumulative, delta, type FleetSettings } from '../../src/core/index.ts';
import { epochMs, hour, minute, Scenario, second } from '../support/observe.ts';

/** Where rules meet: what the reference model and the fleet once said differently. */

function crowd(scenario: Scenario, count: number, pipeline = 'collector', beats?: number): Scenario {
  for (let index = 1; index <= count; index++) {
    if (beats === undefined) scenario.beat(`a-${index}`, { pipeline });
    else scenario.counter(`a-${index}`, beats, { pipeline });
  }
  scenario.fleet.heard(pipeline, scenario.nowMs);
  return scenario;
}

function restarted(scenario: Scenario, downMs: number, settings: Partial<FleetSettings> = {}): Scenario {
  const next = new Scenario(settings, scenario.nowMs + downMs);
  for (let image = scenario.fleet.takeImage(); image !== undefined; image = scenario.fleet.takeImage()) {
    next.fleet.restore(structuredClone(image));
  }
  next.fleet.begin(scenario.nowMs, next.nowMs);
  return next;
}

const expected = (id: string) => ({
  id,
  info: {
    name: null,
    description: null,
    version: null,
    kind: null,
    peers: [],
    payloadClass: null,
    location: null,
    sessionName: null,
    processId: null,
    hostId: null,
  },
});

describe('rest', () => {
  it('ends lateness when a late agent pauses', () => {
    const scenario = new Scenario()
      .beat('a')
      .pass(40 * second)
      .report('a', 'paused');
    expect(scenario.conditions('a')).toEqual([]);
  });

  it('holds in a gap too: an agent in maintenance is not held offline when the hold ends', () => {
    const scenario = crowd(new Scenario(), 12).pass(2 * minute, second);
    scenario.fleet.beginMaintenance(scenario.fleet.find('a-1'), scenario.nowMs);
    scenario.pass(hour, minute);
    expect(scenario.view('a-1').status).toBe('unknown');
    expect(scenario.view('a-2').status).toBe('offline');
  });
});

describe('a gap', () => {
  it('takes nothing from a longer lease of its own', () => {
    const scenario = new Scenario();
    scenario.apply('a-1', { signal: 'heartbeatInterval', value: 160, pipeline: 'collector' });
    crowd(scenario, 12).pass(hour, second);
    // Late at 240 s, within the hold of five minutes; its lease lasts eight.
    expect(scenario.take().filter((line) => line.startsWith('a-1 '))).toEqual([
      'a-1 new → idle @0 first_seen',
      'a-1 idle → unknown @240 telemetry_gap',
      'a-1 unknown → offline @480 lease_expired',
    ]);
  });

  it('takes witnesses only from those that are not unknown already', () => {
    const scenario = crowd(new Scenario(), 12).pass(2 * minute, second);
    // One comes back; the others stay away. Its own silence later is no second gap.
    scenario.beat('a-1', { pipeline: 'collector' }).fleet.heard('collector', scenario.nowMs);
    scenario.take();
    scenario.pass(121 * second, second);
    expect(scenario.take().filter((line) => line.startsWith('a-1 '))).toEqual([
      'a-1 idle → offline @240 lease_expired',
    ]);
  });

  it('is over when all have come by another way', () => {
    const scenario = crowd(new Scenario(), 12).pass(2 * minute, second);
    expect(scenario.fleet.gaps).toHaveLength(1);
    crowd(scenario, 12, 'other');
    expect(scenario.fleet.gaps).toEqual([]);
  });

  it('is over when its only agent left counts with the direct senders', () => {
    const scenario = crowd(new Scenario(), 12).pass(2 * minute, second);
    crowd(scenario, 11, 'other').pass(4 * minute, second);
    expect(scenario.view('a-12').status).toBe('offline');
    expect(scenario.fleet.gaps.map(({ pipeline }) => pipeline)).toEqual(['other']);
  });
});

describe('a queue that empties', () => {
  it('brings back who is heard in time, not who was alive a while ago', () => {
    const scenario = crowd(new Scenario({ gapHoldMs: 15 * minute }), 12).pass(8 * minute, second);
    scenario.take();
    // The queue brings what was made 119 s ago, then nothing for two seconds, then what is new.
    const old = { pipeline: 'collector', delayMs: 119 * second };
    scenario.counter('a-1', 5, old).fleet.heard('collector', scenario.nowMs);
    scenario.pass(2 * second, second);
    expect(scenario.take()).toEqual([]);
    scenario.counter('a-1', 6, { pipeline: 'collector', delayMs: 20 * second });
    expect(scenario.take()).toEqual(['a-1 unknown → idle @462 heartbeat']);
  });

  it('does not raise an offline agent for a moment', () => {
    const scenario = new Scenario()
      .beat('a')
      .pass(10 * minute)
      .counter('a', 2, { delayMs: 119 * second });
    scenario.pass(2 * second).counter('a', 3);
    expect(scenario.take()).toEqual([
      'a new → idle @0 first_seen',
      'a idle → offline @120 lease_expired',
      'a offline → idle @602 heartbeat',
    ]);
  });
});

describe('a declared agent that never came', () => {
  it('has its grace from when the processor was there', () => {
    const scenario = new Scenario();
    scenario.fleet.declare([expected('a')], 0);
    const next = restarted(scenario.pass(minute), 10 * minute);
    next.pass(hour, second);
    expect(next.take()).toEqual(['a unknown → offline @780 never_beat']);
  });

  it('has its grace from when it was declared, and a pause of the processor is none of it', () => {
    const scenario = new Scenario().apply('a', { signal: 'seen' }).pass(30 * minute);
    scenario.fleet.declare([expected('a')], scenario.nowMs);
    scenario.take();
    scenario.fleet.suspend(scenario.nowMs);
    scenario.nowMs += minute;
    scenario.fleet.resume(minute, scenario.nowMs);
    scenario.pass(hour, second);
    expect(scenario.take()).toEqual(['a idle → offline @1980 never_beat']);
  });

  it('is forgotten when it is expected no more', () => {
    const scenario = new Scenario();
    scenario.fleet.declare([expected('a')], 0);
    scenario.fleet.declare([], 0);
    scenario.pass(hour - 1);
    expect(scenario.fleet.size).toBe(1);
    scenario.pass(1);
    expect(scenario.fleet.size).toBe(0);
  });

  it('and said goodbye is kept', () => {
    const scenario = new Scenario().beat('a');
    scenario.fleet.declare([expected('a')], 0);
    scenario.report('a', 'stopped').pass(24 * hour);
    expect(scenario.view('a').status).toBe('stopped');
  });
});

describe('a conflict', () => {
  const point = (scenario: Scenario, value: number, startMs: number): Scenario =>
    scenario.apply('a', {
      signal: 'heartbeats',
      temporality: cumulative,
      value,
      startTimeMs: epochMs + startMs,
      timeMs: epochMs + scenario.nowMs,
    });
  const inConflict = (): Scenario => {
    const scenario = point(new Scenario().pass(minute), 100, 1000);
    point(scenario.pass(5 * second), 1, 50_000);
    return point(scenario.pass(5 * second), 101, 1000);
  };

  it('is not ended by a pause of the processor', () => {
    const scenario = inConflict();
    scenario.fleet.suspend(scenario.nowMs);
    scenario.nowMs += 3 * minute;
    scenario.fleet.resume(3 * minute, scenario.nowMs);
    point(scenario.pass(second), 20, 50_000);
    expect(scenario.conditions('a')).toEqual(['conflict']);
    expect(scenario.view('a').restarts).toBe(1);
  });

  it('is not ended by a restart of the processor', () => {
    const next = restarted(inConflict(), 3 * minute);
    point(next.pass(second), 20, 50_000);
    expect(next.conditions('a')).toEqual(['conflict']);
    expect(next.view('a').restarts).toBe(1);
  });
});

describe('after a restart of the processor', () => {
  it('a late queue does not raise the dead', () => {
    const scenario = new Scenario().beatFor('a', minute).pass(10 * minute);
    const next = restarted(scenario, minute);
    next.take();
    next.counter('a', 8, { delayMs: 11 * minute - 10 * second });
    next.pass(second);
    expect(next.take()).toEqual([]);
    expect(next.view('a').status).toBe('offline');
  });

  it('nor does it say of one that was unknown that it lives', () => {
    const scenario = new Scenario().beatFor('a', minute);
    const next = restarted(scenario, 10 * minute);
    next.counter('a', 8, { delayMs: 9 * minute }).pass(hour, second);
    expect(next.take()).toEqual([
      'a idle → unknown @660 processor_restart',
      'a unknown → offline @780 lease_expired',
    ]);
  });

  it('what the operator forgets at once is not told of', () => {
    const next = restarted(new Scenario().beat('a').beat('b'), second);
    next.fleet.forget(next.fleet.find('a'), next.nowMs);
    next.beat('c').pass(second);
    expect(next.take()).toEqual(['c new → idle @1 first_seen', 'b idle → unknown @1 processor_restart']);
  });

  it('a gap goes on, and the time in which the processor was not there is none of its hold', () => {
    const next = restarted(crowd(new Scenario(), 12).pass(2 * minute, second), minute);
    expect(next.fleet.gaps).toEqual([{ pipeline: 'collector', sinceMs: minute, agents: 12, isOpen: true }]);
    next.pass(hour, second);
    expect(new Set(next.take().map((line) => line.replace(/^\S+ /, '')))).toEqual(
      new Set(['unknown → offline @360 lease_expired']),
    );
    const longer = { gapHoldMs: 15 * minute };
    const patient = restarted(crowd(new Scenario(longer), 12).pass(2 * minute, second), minute, longer);
    crowd(patient.pass(8 * minute, second), 12, 'collector', 2);
    expect(patient.fleet.gaps).toEqual([]);
    expect(patient.view('a-1').status).toBe('idle');
  });

  it('silence of a way in since before it is a gap as well', () => {
    const next = restarted(crowd(new Scenario(), 12).pass(minute, second), minute);
    next.pass(2 * minute, second);
    expect(next.fleet.gaps).toEqual([{ pipeline: 'collector', sinceMs: minute, agents: 12, isOpen: true }]);
    crowd(next, 12, 'collector', 2);
    expect(new Set(next.take().map((line) => line.replace(/^\S+ /, '')))).toEqual(
      new Set(['idle → unknown @120 processor_restart', 'unknown → idle @240 heartbeat']),
    );
  });
});

describe('a clock that is behind', () => {
  const finish = (scenario: Scenario, count: number, clockAheadMs: number, startMs: number): Scenario =>
    scenario.apply('a', {
      signal: 'operationDuration',
      temporality: cumulative,
      operation: 'work',
      count,
      startTimeMs: epochMs + startMs,
      timeMs: epochMs + scenario.nowMs + clockAheadMs,
    });

  it('does not keep finished operations from counting', () => {
    const scenario = new Scenario()
      .pass(2 * hour)
      .report('a', 'busy')
      .beat('a');
    finish(scenario, 100, 0, scenario.nowMs);
    // The agent starts anew with a clock an hour behind.
    const startMs = scenario.nowMs + 10 * second - hour;
    for (let step = 1; step <= 60; step++) {
      scenario.pass(10 * second).apply('a', {
        signal: 'heartbeats',
        temporality: cumulative,
        value: step,
        startTimeMs: epochMs + startMs,
        timeMs: epochMs + scenario.nowMs - hour,
      });
      finish(scenario, step, -hour, startMs);
    }
    expect(scenario.view('a')).toMatchObject({ status: 'busy', operationsCompleted: 160 });
    expect(scenario.take()).toEqual(['a new → busy @7200 first_seen']);
  });

  it('does not silence an agent that sends deltas', () => {
    const scenario = new Scenario().pass(2 * hour);
    const send = (clockAheadMs: number): Scenario =>
      scenario.apply('a', {
        signal: 'heartbeats',
        temporality: delta,
        value: 1,
        startTimeMs: epochMs + scenario.nowMs - 10 * second + clockAheadMs,
        timeMs: epochMs + scenario.nowMs + clockAheadMs,
      });
    for (let step = 0; step < 30; step++) send(0).pass(10 * second);
    for (let step = 0; step < 30; step++) send(-hour).pass(10 * second);
    expect(scenario.take()).toEqual(['a new → idle @7200 first_seen']);
  });
});

describe('a lease expiry', () => {
  it('made earlier and delivered later does not stand for the newer one', () => {
    const scenario = new Scenario().beat('a').epochGauge('a', 'leaseExpiry', 2 * hour);
    scenario.epochGauge('a', 'leaseExpiry', minute, { timeMs: epochMs - 10 * second });
    scenario.take();
    scenario.pass(hour, minute);
    expect(scenario.take()).toEqual([]);
  });
});

describe('a recovery time', () => {
  it('of never is the same one after a restart', () => {
    const never = (scenario: Scenario, recoverySource: string): Scenario =>
      scenario.apply('a', {
        signal: 'exhaustedRecoveryTime',
        value: Number.POSITIVE_INFINITY,
        timeMs: epochMs + scenario.nowMs,
        recoverySource,
      });
    const next = restarted(never(new Scenario().beat('a').report('a', 'exhausted'), 'header'), second);
    expect(never(next, '').view('a').exhaustion).toMatchObject({
      recoveryAtMs: null,
      recoverySource: 'header',
    });
  });

  it('that stands before the state in an export belongs to it', () => {
    const scenario = new Scenario().beat('a').epochGauge('a', 'exhaustedRecoveryTime', 30 * minute, {
      exhaustedReason: 'billing',
      recoverySource: 'header',
    });
    scenario.report('a', 'exhausted');
    const said = { reason: 'billing', recoverySource: 'header', recoveryAtMs: 30 * minute };
    expect(scenario.view('a').exhaustion).toMatchObject(said);
    // It is none of the next one.
    scenario.pass(minute).report('a', 'idle').pass(minute).report('a', 'exhausted');
    expect(scenario.view('a').exhaustion).toMatchObject({ reason: null, recoverySource: 'default' });
  });

  it('is a guess by the reason where that alone is said, with the state or after it', () => {
    const settings = { defaultRecoveryMs: { rate_limit: minute, billing: hour } };
    const event = { signal: 'stateChanged', state: 'exhausted', timeMs: epochMs } as const;
    const guess = { reason: 'billing', recoverySource: 'default', recoveryAtMs: hour };
    const atOnce = new Scenario(settings).beat('a').apply('a', { ...event, reason: 'billing' });
    expect(atOnce.view('a').exhaustion).toMatchObject(guess);
    const later = new Scenario(settings).beat('a').report('a', 'exhausted');
    expect(later.view('a').exhaustion).toMatchObject({ reason: null, recoveryAtMs: minute });
    later.apply('a', { ...event, reason: 'billing' });
    expect(later.view('a').exhaustion).toMatchObject(guess);
    // What the agent knows itself is no guess.
    later.epochGauge('a', 'exhaustedRecoveryTime', 2 * minute).apply('a', { ...event, reason: 'rate_limit' });
    expect(later.view('a').exhaustion).toMatchObject({
      recoveryAtMs: 2 * minute,
      recoverySource: 'reported',
    });
  });

  it('without the time of its point says nothing, nor does a lease', () => {
    const scenario = new Scenario().beat('a').report('a', 'exhausted');
    scenario.epochGauge('a', 'exhaustedRecoveryTime', minute, { timeMs: 0 });
    scenario.epochGauge('a', 'leaseExpiry', hour, { timeMs: 0 });
    expect(scenario.view('a')).toMatchObject({
      exhaustion: { recoverySource: 'default' },
      offlineAtMs: 2 * minute,
    });
    expect([...scenario.fleet.rejections]).toEqual([['invalid_value', 2]]);
  });

  it('made earlier and delivered again does not stand for the newer one', () => {
    const scenario = new Scenario().beat('a').report('a', 'exhausted');
    scenario.epochGauge('a', 'exhaustedRecoveryTime', minute).pass(minute).report('a', 'idle');
    scenario.report('a', 'exhausted').epochGauge('a', 'exhaustedRecoveryTime', hour);
    scenario.epochGauge('a', 'exhaustedRecoveryTime', minute, { timeMs: epochMs }).pass(second);
    expect(scenario.view('a').exhaustion?.recoveryAtMs).toBe(hour);
  });
});

describe("the processor's own pause", () => {
  it('is neither up nor down, also for those who were heard again before it was over', () => {
    const scenario = new Scenario().beat('a').pass(2 * minute);
    scenario.nowMs += minute;
    scenario.fleet.suspend(2 * minute);
    scenario.beat('a').fleet.resume(minute, scenario.nowMs);
    scenario.pass(10 * second);
    const slot = scenario.fleet.find('a');
    expect(scenario.fleet.availabilityOf(slot, scenario.nowMs)).toEqual({
      upMs: 130 * second,
      downMs: 0,
      excludedMs: minute,
    });
  });
});

describe('an observation', () => {
  it('that finds its agent forgotten tells what led there, though it brings nobody back', () => {
    const scenario = new Scenario({ observedForgetAfterMs: 10 * minute });
    scenario.report('a', 'exhausted').epochGauge('a', 'exhaustedRecoveryTime', minute).take();
    scenario.nowMs += hour / 2;
    scenario.report('a', 'idle', { delayMs: hour });
    expect(scenario.take()).toEqual(['a exhausted → idle @60 recovered']);
    expect(scenario.fleet.size).toBe(0);
  });
});

describe('a stall', () => {
  it('is due from the first operation on, however long the lease is', () => {
    const scenario = new Scenario()
      .report('a', 'busy')
      .beat('a')
      .epochGauge('a', 'leaseExpiry', 20 * hour);
    scenario.apply('a', { signal: 'operationActive', operation: 'work', value: 1, timeMs: epochMs });
    scenario.take();
    scenario.pass(15 * minute);
    expect(scenario.take()).toEqual(['a busy → stalled @900 no_progress']);
  });
});

describe('an offline limit below the lateness', () => {
  it('is kept at its moment though the learned interval shrinks', () => {
    const scenario = new Scenario({ offlineAfterMs: 6 * second })
      .beat('a')
      .pass(20 * second)
      .beat('a');
    for (let beat = 0; beat < 8; beat++) scenario.pass(second).beat('a');
    scenario.take();
    const offlineAtMs = scenario.nowMs + 6 * second;
    const told = scenario.fleet.tick(offlineAtMs).map(({ to }) => to);
    expect(told).toEqual(['offline']);
  });
});

describe('an agent without heartbeats', () => {
  it('is not brought back by what it said before it was forgotten', () => {
    const scenario = new Scenario();
    const said = (atMs: number) =>
      scenario.apply('a', { signal: 'queueDepth', value: 1, timeMs: epochMs + atMs });
    said(0).pass(minute);
    said(minute);
    scenario.fleet.forget(scenario.fleet.find('a'), scenario.nowMs);
    said(minute);
    said(0);
    expect(scenario.fleet.find('a')).toBe(-1);
    said(minute + 1);
    expect(scenario.fleet.find('a')).toBeGreaterThanOrEqual(0);
  });

  it('that begins to beat is no restart, whatever it said before', () => {
    const scenario = new Scenario().apply('a', { signal: 'queueDepth', value: 1, timeMs: epochMs + hour });
    scenario.beat('a').pass(second).beat('a');
    expect(scenario.view('a')).toMatchObject({ restarts: 0, conditions: [], heartbeats: 2 });
  });
});

describe('an agent that is declared anew', () => {
  const declared = (session: string, type: string, name: string) => {
    const { id, info } = expected('a');
    return { id, session, type, info: { ...info, name } };
  };
  const facts = (scenario: Scenario) => {
    const { session, type, info } = scenario.view('a');
    return [session, type, info?.name];
  };

  it('is what the configuration says now, also after a restart', () => {
    const scenario = new Scenario();
    scenario.fleet.declare([declared('day', 'crawler', 'A')], 0);
    expect(facts(scenario)).toEqual(['day', 'crawler', 'A']);
    const next = restarted(scenario, second);
    next.fleet.declare([declared('night', 'writer', 'B')], next.nowMs);
    expect(facts(next)).toEqual(['night', 'writer', 'B']);
  });

  it('stays what it said of itself', () => {
    const scenario = new Scenario();
    scenario.fleet.declare([declared('day', 'crawler', 'A')], 0);
    const { info } = declared('', '', 'itself');
    scenario.apply('a', { signal: 'info', session: 'own', type: 'own', info });
    scenario.fleet.declare([declared('night', 'writer', 'B')], second);
    expect(facts(scenario)).toEqual(['own', 'own', 'itself']);
  });
});
