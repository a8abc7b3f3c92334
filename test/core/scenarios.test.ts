import { describe, expect, it } from 'vitest';
import { cumulative, delta } from '../../src/core/index.ts';
import { epochMs, hour, minute, Scenario, second } from '../support/observe.ts';

describe('lease', () => {
  it('opens at first sight, is late after 30 s and offline after 120 s, dated at the deadlines', () => {
    const scenario = new Scenario().beat('a');
    expect(scenario.take()).toEqual(['a new → idle @0 first_seen']);
    scenario.pass(29_999);
    expect(scenario.conditions('a')).toEqual([]);
    scenario.pass(1);
    expect(scenario.conditions('a')).toEqual(['late']);
    scenario.pass(10 * minute);
    expect(scenario.take()).toEqual(['a idle → offline @120 lease_expired']);
    expect(scenario.conditions('a')).toEqual([]);
  });

  it('comes back with a heartbeat to what it reports, else to idle', () => {
    const scenario = new Scenario()
      .beat('a')
      .report('b', 'busy')
      .beat('b')
      .pass(3 * minute);
    scenario.take();
    scenario.beat('a').beat('b');
    expect(scenario.take()).toEqual(['a offline → idle @180 heartbeat', 'b offline → busy @180 heartbeat']);
  });

  it('is not renewed by a counter that is exported on without a heartbeat', () => {
    const scenario = new Scenario().beat('a');
    for (let export_ = 0; export_ < 30; export_++) scenario.pass(10 * second).counter('a', 1);
    expect(scenario.take()).toEqual(['a new → idle @0 first_seen', 'a idle → offline @120 lease_expired']);
  });

  it('is renewed by progress and finished operations of an agent that beats', () => {
    const scenario = new Scenario().beat('a');
    for (let step = 1; step <= 20; step++) {
      scenario.pass(50 * second).apply('a', {
        signal: step % 2 ? 'progress' : 'operationDuration',
        temporality: cumulative,
        value: step,
        count: step,
        operation: 'work',
        timeMs: epochMs + scenario.nowMs,
        startTimeMs: epochMs,
      });
    }
    expect(scenario.take()).toEqual(['a new → idle @0 first_seen']);
  });

  it.each([
    ['an SDK that exports every 60 s is not late at 59 s', 60, 89, []],
    ['it is late after one and a half of what was learned', 60, 90, ['late']],
  ])('%s', (_name, intervalSeconds, silenceSeconds, conditions) => {
    const scenario = new Scenario().beatFor('a', 20 * minute, intervalSeconds * second);
    scenario.pass(silenceSeconds * second);
    expect(scenario.conditions('a')).toEqual(conditions);
  });

  it('goes by the promised interval where that is longer', () => {
    const scenario = new Scenario()
      .apply('a', { signal: 'heartbeatInterval', value: 300 })
      .beat('a')
      .pass(449 * second);
    expect(scenario.conditions('a')).toEqual([]);
    scenario.pass(second);
    expect(scenario.conditions('a')).toEqual(['late']);
    scenario.take();
    scenario.pass(hour);
    expect(scenario.take()).toEqual(['a idle → offline @900 lease_expired']);
  });

  it('ends no earlier than the expiry the agent asked for, and that at most 24 h ahead', () => {
    const scenario = new Scenario().beat('a').epochGauge('a', 'leaseExpiry', 2 * hour);
    scenario.beat('b').epochGauge('b', 'leaseExpiry', 100 * hour);
    scenario.take();
    scenario.pass(2 * hour - 1);
    expect(scenario.conditions('a')).toEqual([]);
    scenario.pass(30 * hour);
    expect(scenario.take()).toEqual([
      'a idle → offline @7200 lease_expired',
      'b idle → offline @86400 lease_expired',
    ]);
  });

  it('counts whole missed intervals', () => {
    const scenario = new Scenario().beatFor('a', 5 * minute).pass(35 * second);
    expect(scenario.view('a').missedHeartbeats).toBe(3);
  });

  it('follows the first override that matches', () => {
    const scenario = new Scenario({
      overrides: [
        { id: 'slow-*', offlineAfterMs: 10 * minute },
        { session: 'night', offlineAfterMs: 20 * minute },
      ],
    });
    scenario
      .beat('slow-1')
      .apply('b', { signal: 'heartbeats', value: 1, temporality: cumulative, session: 'night' });
    scenario.take();
    scenario.pass(hour);
    expect(scenario.take()).toEqual([
      'slow-1 idle → offline @600 lease_expired',
      'b idle → offline @1200 lease_expired',
    ]);
  });
});

describe('clocks and queues', () => {
  it('judges by arrival: a clock off by a day changes nothing', () => {
    const scenario = new Scenario();
    for (let beat = 0; beat < 10; beat++) {
      scenario
        .beat('ahead', { clockAheadMs: 24 * hour })
        .beat('behind', { clockAheadMs: -24 * hour })
        .pass(10 * second);
    }
    scenario.take();
    scenario.pass(10 * minute);
    expect(scenario.take()).toEqual([
      'ahead idle → offline @210 lease_expired',
      'behind idle → offline @210 lease_expired',
    ]);
    expect(scenario.view('ahead').clockSkewMs).toBe(-epochMs - 24 * hour);
  });

  it('a queue that delivers late does not raise the dead', () => {
    const scenario = new Scenario().beatFor('a', minute).pass(10 * minute);
    expect(scenario.take()).toEqual(['a new → idle @0 first_seen', 'a idle → offline @180 lease_expired']);
    // Beats of the first minute after the last one seen, ten minutes late.
    scenario
      .counter('a', 8, { delayMs: 10 * minute })
      .counter('a', 9, { delayMs: 10 * minute - 10 * second });
    expect(scenario.take()).toEqual([]);
    expect(scenario.view('a').status).toBe('offline');
  });

  it('goes on when the clock of an agent is set back', () => {
    const scenario = new Scenario().beatFor('a', 5 * minute);
    for (let beat = 0; beat < 30; beat++) scenario.pass(10 * second).beat('a', { clockAheadMs: -hour });
    expect(scenario.take()).toEqual(['a new → idle @0 first_seen']);
    expect(scenario.view('a').clockSkewMs).toBe(hour - epochMs);
  });

  it('reads delta counters: a value above 0 renews, the same point twice does not', () => {
    const scenario = new Scenario();
    const point = (value: number, timeMs: number) =>
      scenario.apply('a', {
        signal: 'heartbeats',
        temporality: delta,
        value,
        startTimeMs: epochMs + timeMs - 10 * second,
        timeMs: epochMs + timeMs,
      });
    point(1, 0);
    for (let step = 1; step <= 30; step++) {
      scenario.pass(10 * second);
      point(0, scenario.nowMs);
      point(1, 0);
    }
    expect(scenario.take()).toEqual(['a new → idle @0 first_seen', 'a idle → offline @120 lease_expired']);
  });

  it('counts a restart where the counter is lower, not where only the start time is new', () => {
    const scenario = new Scenario().beatFor('a', minute);
    scenario
      .pass(10 * second)
      .restart('a')
      .counter('a', 7);
    expect(scenario.view('a').restarts).toBe(0);
    scenario.pass(10 * second).beat('a');
    expect(scenario.view('a').restarts).toBe(1);
  });
});

describe('reported states', () => {
  it('marks and counts what the table does not know, and applies it', () => {
    const scenario = new Scenario().report('a', 'idle').beat('a').pass(second).report('a', 'waiting');
    expect(scenario.take()).toEqual([
      'a new → idle @0 first_seen',
      'a idle → waiting @1 reported (irregular)',
    ]);
    expect(scenario.fleet.irregularTransitions).toBe(1);
  });

  it('keeps the last state where the value is unknown, and counts it; processing reads as busy', () => {
    const scenario = new Scenario().report('a', 'processing').beat('a').report('a', 'dreaming');
    expect(scenario.take()).toEqual(['a new → busy @0 first_seen']);
    expect(scenario.fleet.rejections.get('unknown_state')).toBe(1);
  });

  it('rests while paused and starts afresh when it resumes', () => {
    const scenario = new Scenario()
      .beat('a')
      .pass(25 * second)
      .report('a', 'paused');
    scenario.take();
    scenario.pass(5 * hour);
    expect(scenario.take()).toEqual([]);
    expect(scenario.view('a').missedHeartbeats).toBe(0);
    scenario.report('a', 'idle').pass(29 * second);
    expect(scenario.conditions('a')).toEqual([]);
    // That it resumes is no sign of life.
    expect(scenario.view('a')).toMatchObject({ lastSeenMs: 0, missedHeartbeats: 0 });
    scenario.pass(hour);
    expect(scenario.view('a').lastSeenMs).toBe(0);
    expect(scenario.take()).toEqual([
      'a paused → idle @18025 reported',
      'a idle → offline @18145 lease_expired',
    ]);
  });

  it('says goodbye: stopped is never offline, and is forgotten after an hour', () => {
    const scenario = new Scenario()
      .beat('a')
      .pass(second)
      .report('a', 'stopped')
      .pass(hour - 1);
    expect(scenario.take()).toEqual(['a new → idle @0 first_seen', 'a idle → stopped @1 reported']);
    expect(scenario.fleet.size).toBe(1);
    scenario.pass(1);
    expect(scenario.fleet.size).toBe(0);
    // An older point doesn't bring it back, a newer one does.
    scenario.counter('a', 1, { delayMs: 2 * hour });
    expect(scenario.fleet.size).toBe(0);
    scenario.beat('a');
    expect(scenario.fleet.size).toBe(1);
  });
});

describe('exhausted', () => {
  const exhausted = (scenario: Scenario, recoveryAtMs: number): Scenario =>
    scenario.report('a', 'exhausted').epochGauge('a', 'exhaustedRecoveryTime', recoveryAtMs, {
      exhaustedReason: 'rate_limit',
      exhaustedScope: 'acct-1',
      recoverySource: 'header',
    });

  it('is idle again at its recovery time, and the same one reported again is ignored', () => {
    const scenario = exhausted(new Scenario().beat('a'), 5 * minute);
    expect(scenario.view('a').exhaustion).toMatchObject({
      reason: 'rate_limit',
      scope: 'acct-1',
      recoveryAtMs: 5 * minute,
      recoverySource: 'header',
    });
    for (let step = 0; step < 60; step++) exhausted(scenario.pass(10 * second).beat('a'), 5 * minute);
    expect(scenario.take()).toEqual([
      'a new → idle @0 first_seen',
      'a idle → exhausted @0 reported',
      'a exhausted → idle @300 recovered',
    ]);
    expect(scenario.conditions('a')).toEqual([]);
    exhausted(scenario, 15 * minute);
    expect(scenario.take()).toEqual(['a idle → exhausted @600 reported']);
  });

  it('keeps its recovery time where the gauge of a former reason stands at 0 beside it', () => {
    const scenario = exhausted(new Scenario().beat('a'), hour).apply('a', {
      signal: 'exhaustedRecoveryTime',
      value: 0,
      timeMs: epochMs,
      exhaustedReason: 'billing',
    });
    expect(scenario.view('a').exhaustion).toMatchObject({ reason: 'rate_limit', recoveryAtMs: hour });
  });

  it('guesses 5 h where no recovery is known, and says that it is a guess', () => {
    const scenario = new Scenario().beat('a').report('a', 'exhausted');
    expect(scenario.view('a').exhaustion).toMatchObject({
      recoveryAtMs: 5 * hour,
      recoverySource: 'default',
    });
  });

  it('holds as a condition under offline', () => {
    const scenario = exhausted(new Scenario().beat('a'), hour).pass(10 * minute);
    expect(scenario.view('a').status).toBe('offline');
    expect(scenario.conditions('a')).toEqual(['exhausted']);
    scenario.beat('a');
    expect(scenario.view('a').status).toBe('exhausted');
  });

  it('never recovers by itself where the default says so', () => {
    const scenario = new Scenario({
      defaultRecoveryMs: { rate_limit: Number.POSITIVE_INFINITY, billing: 1 },
    });
    scenario.report('a', 'exhausted').beatFor('a', 10 * hour, minute);
    expect(scenario.view('a').status).toBe('exhausted');
    expect(scenario.view('a').exhaustion?.recoveryAtMs).toBeNull();
  });
});

describe('stalled', () => {
  const progress = (scenario: Scenario, value: number): Scenario =>
    scenario.apply('a', {
      signal: 'progress',
      temporality: cumulative,
      value,
      startTimeMs: epochMs,
      timeMs: epochMs + scenario.nowMs,
    });

  it('is busy and beats but does not advance for 15 minutes', () => {
    const scenario = progress(new Scenario().report('a', 'busy').beat('a'), 1).beatFor('a', 16 * minute);
    expect(scenario.take()).toEqual(['a new → busy @0 first_seen', 'a busy → stalled @900 no_progress']);
    progress(scenario, 2);
    expect(scenario.take()).toEqual(['a stalled → busy @960 progress']);
  });

  it('cannot befall an agent that never sent progress or operations', () => {
    const scenario = new Scenario().report('a', 'busy').beatFor('a', hour);
    expect(scenario.view('a').status).toBe('busy');
  });

  it('counts from when the work began', () => {
    const scenario = progress(new Scenario().report('a', 'idle').beat('a'), 1).beatFor('a', hour);
    scenario.report('a', 'busy').beatFor('a', 14 * minute);
    expect(scenario.view('a').status).toBe('busy');
    scenario.beatFor('a', 2 * minute);
    expect(scenario.view('a').status).toBe('stalled');
    scenario.report('a', 'waiting');
    expect(scenario.view('a').status).toBe('waiting');
  });
});

describe('without heartbeats', () => {
  it('is never offline, and forgotten when nothing is heard of it', () => {
    const scenario = new Scenario()
      .apply('a', { signal: 'seen' })
      .pass(50 * minute)
      .apply('a', { signal: 'seen' });
    expect(scenario.conditions('a')).toEqual(['no_heartbeat']);
    scenario.pass(59 * minute);
    expect(scenario.fleet.size).toBe(1);
    scenario.pass(2 * minute);
    expect(scenario.fleet.size).toBe(0);
    expect(scenario.take()).toEqual(['a new → idle @0 first_seen']);
  });

  it('a plain service is no agent', () => {
    const scenario = new Scenario().apply('a', { signal: 'seen', introduces: false });
    expect(scenario.fleet.size).toBe(0);
  });
});

describe('availability', () => {
  it('counts up and down; what nobody could observe, pauses and maintenance are excluded', () => {
    const scenario = new Scenario()
      .beatFor('a', 100 * second)
      .report('a', 'paused')
      .pass(50 * second);
    scenario
      .report('a', 'idle')
      .pass(100 * second)
      .report('a', 'error')
      .beat('a')
      .pass(10 * second);
    scenario.fleet.beginMaintenance(scenario.fleet.find('a'), scenario.nowMs);
    scenario.pass(hour);
    const slot = scenario.fleet.find('a');
    expect(scenario.fleet.availabilityOf(slot, scenario.nowMs)).toEqual({
      upMs: 200 * second,
      downMs: 10 * second,
      excludedMs: 50 * second + hour,
    });
    expect(scenario.view('a').availability).toBeCloseTo(200 / 210);
  });
});

describe('figures', () => {
  it('are passed on as they were said', () => {
    const scenario = new Scenario()
      .apply('a', { signal: 'confidence', value: 0.9 })
      .apply('a', { signal: 'queueDepth', value: 123_456 });
    expect(scenario.view('a')).toMatchObject({ confidence: 0.9, queueDepth: 123_456 });
  });
});

describe('bounds', () => {
  it('rejects agents beyond the limit and counts them', () => {
    const scenario = new Scenario({ maxAgents: 2 }).beat('a').beat('b').beat('c');
    expect(scenario.fleet.size).toBe(2);
    expect(scenario.fleet.rejections.get('agent_limit')).toBe(1);
  });

  it('forgets after seven days offline and reuses the place', () => {
    const scenario = new Scenario()
      .beat('a')
      .pass(2 * minute)
      .pass(7 * 24 * hour);
    expect(scenario.fleet.size).toBe(0);
    scenario.beat('b');
    expect(scenario.fleet.slotLimit).toBe(1);
    expect(scenario.fleet.countIn('idle')).toBe(1);
    expect(scenario.fleet.countIn('offline')).toBe(0);
  });
});
