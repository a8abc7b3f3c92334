import { describe, expect, it } from 'vitest';
import { cumulative, Fleet, type FleetSettings } from '../../src/core/index.ts';
import { epochMs, hour, minute, Scenario, second } from '../support/observe.ts';

/** Agents `name-1` … behind one pipeline, beating every 10 s for a while. */
function behind(pipeline: string, count: number, settings: Partial<FleetSettings> = {}): Scenario {
  return beatAll(new Scenario(settings), names(count), () => pipeline, 5 * minute);
}

function names(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `a-${index + 1}`);
}

function beatAll(
  scenario: Scenario,
  ids: readonly string[],
  pipelineOf: (id: string) => string,
  durationMs: number,
): Scenario {
  const until = scenario.nowMs + durationMs;
  for (;;) {
    for (const id of ids) {
      scenario.beat(id, { pipeline: pipelineOf(id) });
      scenario.fleet.heard(pipelineOf(id), scenario.nowMs);
    }
    if (scenario.nowMs >= until) return scenario;
    scenario.pass(10 * second);
  }
}

function counts(lines: readonly string[]): Record<string, number> {
  const tally: Record<string, number> = {};
  for (const line of lines) {
    const what = line.replace(/^\S+ /, '');
    tally[what] = (tally[what] ?? 0) + 1;
  }
  return tally;
}

describe('a silent pipeline', () => {
  it('makes its agents unknown, and offline when the hold ends', () => {
    const scenario = behind('collector', 12);
    scenario.take();
    scenario.pass(hour, second);
    expect(counts(scenario.take())).toEqual({
      'idle → unknown @420 telemetry_gap': 12,
      'unknown → offline @600 lease_expired': 12,
    });
  });

  it('of many agents is told in pieces, all dated when it was noticed', () => {
    const scenario = behind('collector', 5_000);
    const nowMs = scenario.nowMs + 121 * second;
    scenario.pass(119 * second, second).take();
    const pieces = Array.from({ length: 12 }, () => scenario.fleet.tick(nowMs, 500));
    for (const piece of pieces) expect(piece.length).toBeLessThanOrEqual(1_000);
    const all = pieces.flat();
    expect(all.map(({ to, at }) => `${to} @${at / 1000}`)).toEqual(Array(5_000).fill('unknown @420'));
    expect(new Set(all.map(({ agent }) => agent)).size).toBe(5_000);
    expect(scenario.fleet.gaps).toMatchObject([{ pipeline: 'collector', agents: 5_000, isOpen: true }]);
  });

  it('dates its agents when it was noticed, though they are told after deadlines of their own', () => {
    const scenario = behind('collector', 40);
    for (const id of names(40)) scenario.pass(second).beat(id, { pipeline: 'collector' });
    scenario.fleet.heard('collector', scenario.nowMs);
    scenario.pass(70 * second, second).take();
    const nowMs = scenario.nowMs + 2 * minute;
    const all = Array.from({ length: 40 }, () => scenario.fleet.tick(nowMs, 1)).flat();
    expect(all.map(({ to, at }) => `${to} @${at / 1000}`)).toEqual(Array(40).fill('unknown @421'));
  });

  it('excuses who was late when it was noticed, though its own deadline is due in the same look', () => {
    const settings = { overrides: [{ id: 'a-1', offlineAfterMs: 40 * second }] };
    const scenario = behind('collector', 12, settings);
    beatAll(scenario, names(11), () => 'collector', 70 * second);
    scenario.pass(35 * second, second).take();
    // a-12 was due 50 s after the last request: less than half of its limit, so that its own deadline shows no gap.
    scenario.pass(25 * second);
    expect(counts(scenario.take())).toEqual({ 'idle → unknown @410 telemetry_gap': 12 });
  });

  it('of many ways in at once is told in pieces, in a few looks', () => {
    const scenario = new Scenario();
    beatAll(scenario, names(2_400), (id) => `collector-${Number(id.slice(2)) % 100}`, minute);
    const nowMs = scenario.nowMs + 125 * second;
    scenario.pass(119 * second, second).take();
    const pieces = Array.from({ length: 8 }, () => scenario.fleet.tick(nowMs, 300));
    for (const piece of pieces) expect(piece.length).toBeLessThanOrEqual(600);
    expect(pieces.flat().map(({ to, at }) => `${to} @${at / 1000}`)).toEqual(
      Array(2_400).fill('unknown @180'),
    );
    expect(scenario.fleet.gaps).toHaveLength(100);
  });

  it('that ends while it is told leaves the others as they are', () => {
    const scenario = behind('collector', 5_000);
    const nowMs = scenario.nowMs + 121 * second;
    scenario.pass(119 * second, second).take();
    expect(scenario.fleet.tick(nowMs, 500).length).toBeLessThan(2_000);
    scenario.nowMs = nowMs;
    for (const id of names(5_000)) scenario.beat(id, { pipeline: 'collector' });
    scenario.fleet.heard('collector', nowMs);
    scenario.take();
    for (let piece = 0; piece < 12; piece++) expect(scenario.fleet.tick(nowMs, 500)).toEqual([]);
    expect([scenario.fleet.countIn('idle'), scenario.fleet.gaps]).toEqual([5_000, []]);
  });

  it('stands as one gap while it lasts', () => {
    const scenario = behind('collector', 12).pass(150 * second, second);
    expect(scenario.fleet.gaps).toEqual([
      { pipeline: 'collector', sinceMs: 300 * second, agents: 12, isOpen: true },
    ]);
    beatAll(scenario, names(12), () => 'collector', 0);
    expect(scenario.fleet.gaps).toEqual([]);
  });

  it('with a longer hold than its outage none goes offline', () => {
    const scenario = behind('collector', 12, { gapHoldMs: 15 * minute });
    scenario.take();
    scenario.pass(10 * minute, second);
    beatAll(scenario, names(12), () => 'collector', minute);
    expect(counts(scenario.take())).toEqual({
      'idle → unknown @420 telemetry_gap': 12,
      'unknown → idle @900 heartbeat': 12,
    });
  });

  it('keeps those unknown that stay unheard after it, until the hold ends', () => {
    const scenario = behind('collector', 12);
    scenario.take();
    scenario.pass(150 * second, second);
    beatAll(scenario, names(11), () => 'collector', 10 * minute);
    expect(scenario.take().filter((line) => line.startsWith('a-12 '))).toEqual([
      'a-12 idle → unknown @420 telemetry_gap',
      'a-12 unknown → offline @600 lease_expired',
    ]);
  });

  it.each([
    ['nine agents can bear no witness', 9],
    ['one agent', 1],
    ['two agents', 2],
  ])('%s: they are dead, each at its deadline', (_name, count) => {
    const scenario = behind('collector', count);
    scenario.take();
    scenario.pass(hour, second);
    expect(counts(scenario.take())).toEqual({ 'idle → offline @420 lease_expired': count });
  });

  it('one death among a hundred is a death: the pipeline still delivers', () => {
    const scenario = behind('collector', 100);
    scenario.take();
    beatAll(scenario, names(99), () => 'collector', 10 * minute);
    expect(scenario.take()).toEqual(['a-100 idle → offline @420 lease_expired']);
  });

  it('no more than the ratio late is no gap', () => {
    const ids = names(12);
    const scenario = new Scenario({ overrides: [{ id: 'a-1*', offlineAfterMs: 40 * second }] });
    // Six of twelve beat every 60 s, and so are not late when the others are.
    for (const id of ids.slice(0, 6)) scenario.apply(id, { signal: 'heartbeatInterval', value: 300 });
    beatAll(scenario, ids, () => 'collector', 5 * minute);
    scenario.take();
    scenario.pass(419 * second - scenario.nowMs, second).pass(2 * second, second);
    const lines = scenario.take();
    expect(lines.filter((line) => line.includes('unknown'))).toEqual([]);
    expect(lines.length).toBeGreaterThan(0);
  });
});

describe('direct senders', () => {
  it('pipelines that carry one agent each count together as one', () => {
    const scenario = beatAll(new Scenario(), names(12), (id) => `peer-${id}`, 5 * minute);
    scenario.take();
    scenario.pass(hour, second);
    expect(counts(scenario.take())).toEqual({
      'idle → unknown @420 telemetry_gap': 12,
      'unknown → offline @600 lease_expired': 12,
    });
  });

  it('one that dies while the others deliver is dead', () => {
    const scenario = beatAll(new Scenario(), names(12), (id) => `peer-${id}`, 5 * minute);
    scenario.take();
    beatAll(scenario, names(11), (id) => `peer-${id}`, 10 * minute);
    expect(scenario.take()).toEqual(['a-12 idle → offline @420 lease_expired']);
  });
});

describe("the processor's own pause", () => {
  it('shifts deadlines, so that nobody is blamed for it', () => {
    const scenario = new Scenario().beatFor('a', minute).beat('b');
    scenario.take();
    // The event loop stood still for a minute and a half; what waited is applied before deadlines count again.
    scenario.nowMs += 90 * second;
    scenario.fleet.suspend(scenario.nowMs - 90 * second);
    scenario.beat('a');
    scenario.fleet.resume(90 * second, scenario.nowMs);
    scenario.pass(119 * second, second);
    expect(scenario.take()).toEqual([]);
    scenario.pass(second);
    expect(scenario.take().sort()).toEqual([
      'a idle → offline @270 lease_expired',
      'b idle → offline @270 lease_expired',
    ]);
  });
});

describe('a restart of the processor', () => {
  function restarted(scenario: Scenario, downMs: number, settings: Partial<FleetSettings> = {}): Scenario {
    const next = new Scenario(settings, scenario.nowMs + downMs);
    for (let image = scenario.fleet.takeImage(); image !== undefined; image = scenario.fleet.takeImage()) {
      next.fleet.restore(structuredClone(image));
    }
    next.fleet.begin(scenario.nowMs, next.nowMs);
    return next;
  }

  it('makes the living unknown; the others stay what they are', () => {
    const scenario = new Scenario().beat('gone').pass(5 * minute);
    scenario.beat('idle').report('busy', 'busy').beat('busy').report('erring', 'error').beat('erring');
    scenario
      .report('paused', 'paused')
      .beat('paused')
      .report('bye', 'stopped')
      .report('out', 'exhausted')
      .beat('out');
    scenario.beat('kept');
    scenario.fleet.beginMaintenance(scenario.fleet.find('kept'), scenario.nowMs);
    const next = restarted(scenario, minute);
    const statuses = Object.fromEntries(
      ['gone', 'idle', 'busy', 'erring', 'paused', 'bye', 'out', 'kept'].map((id) => [
        id,
        next.view(id).status,
      ]),
    );
    expect(statuses).toEqual({
      gone: 'offline',
      idle: 'unknown',
      busy: 'unknown',
      erring: 'unknown',
      paused: 'paused',
      bye: 'stopped',
      out: 'exhausted',
      kept: 'idle',
    });
    next.pass(second, second);
    expect(next.take().sort()).toEqual([
      'busy busy → unknown @360 processor_restart',
      'erring error → unknown @360 processor_restart',
      'idle idle → unknown @360 processor_restart',
    ]);
    expect(next.view('out').exhaustion).toMatchObject({ recoverySource: 'default' });
  });

  it('gives each its grace from the start, however long the processor was away', () => {
    const scenario = new Scenario().beat('a').report('b', 'exhausted').beat('b');
    const next = restarted(scenario, 2 * hour);
    next.pass(hour, second);
    expect(next.take()).toEqual([
      'a idle → unknown @7200 processor_restart',
      'a unknown → offline @7320 lease_expired',
      'b exhausted → offline @7320 lease_expired',
    ]);
  });

  it('remembers whom it forgot', () => {
    const scenario = new Scenario().beat('a').beat('b').pass(second);
    scenario.fleet.forget(scenario.fleet.find('a'), scenario.nowMs);
    const next = restarted(scenario, minute);
    next.counter('a', 1, { delayMs: hour });
    expect(next.fleet.find('a')).toBe(-1);
    next.beat('a');
    expect(next.fleet.find('a')).toBeGreaterThanOrEqual(0);
  });

  it('goes on where it was: what it counted, what it learned', () => {
    const scenario = new Scenario().beatFor('a', 5 * minute, 20 * second);
    const before = scenario.view('a');
    const next = restarted(scenario, 10 * second);
    next.counter('a', 17);
    next.pass(0);
    const after = next.view('a');
    expect(after.status).toBe('idle');
    expect(after.heartbeats).toBe(17);
    expect(after.expectedIntervalMs).toBe(before.expectedIntervalMs);
    expect(next.take()).toEqual([
      'a idle → unknown @310 processor_restart',
      'a unknown → idle @310 heartbeat',
    ]);
  });
});

describe('two processes under one id', () => {
  const point = (scenario: Scenario, value: number, startMs: number): Scenario =>
    scenario.apply('a', {
      signal: 'heartbeats',
      temporality: cumulative,
      value,
      startTimeMs: epochMs + startMs,
      timeMs: epochMs + scenario.nowMs,
    });

  it('are a conflict, without restarts or flapping, until one has been silent for its offline limit', () => {
    const scenario = new Scenario().pass(minute);
    point(scenario, 100, 1000);
    for (let step = 1; step <= 12; step++) {
      scenario.pass(5 * second);
      point(scenario, step, 50_000);
      scenario.pass(5 * second);
      point(scenario, 100 + step, 1000);
    }
    expect(scenario.conditions('a')).toEqual(['conflict']);
    expect(scenario.view('a').restarts).toBe(1);
    // The newer one ends; the earlier one goes on and is the agent from then on.
    for (let step = 13; step <= 40; step++) {
      scenario.pass(10 * second);
      point(scenario, 100 + step, 1000);
    }
    expect(scenario.conditions('a')).toEqual([]);
    expect(scenario.view('a')).toMatchObject({ heartbeats: 140, restarts: 1, status: 'idle' });
    expect(scenario.take()).toEqual(['a new → idle @60 first_seen']);
  });

  it('an agent that moves to a host whose clock is behind goes on', () => {
    const scenario = new Scenario().pass(hour).beatFor('a', 10 * minute);
    scenario.take();
    // On the new host it is an hour and a half earlier.
    const behindMs = 90 * minute;
    const startMs = scenario.nowMs - behindMs;
    for (let step = 1; step <= 30; step++) {
      scenario.pass(10 * second).apply('a', {
        signal: 'heartbeats',
        temporality: cumulative,
        value: step,
        startTimeMs: epochMs + startMs,
        timeMs: epochMs + scenario.nowMs - behindMs,
      });
    }
    expect(scenario.take()).toEqual([]);
    expect(scenario.view('a')).toMatchObject({ status: 'idle', restarts: 1, heartbeats: 30 });
  });
});

describe('flapping', () => {
  it('is five changes within ten minutes, and over after five calm ones', () => {
    const scenario = new Scenario({ offlineAfterMs: 40 * second });
    for (let round = 0; round < 3; round++) scenario.beat('a').pass(50 * second, second);
    expect(scenario.conditions('a')).toEqual(['flapping']);
    scenario.beatFor('a', 4 * minute + 50 * second);
    expect(scenario.conditions('a')).toEqual(['flapping']);
    scenario.beatFor('a', 20 * second);
    expect(scenario.conditions('a')).toEqual([]);
  });
});

describe('the operator', () => {
  it('pauses an agent: its status stays what it reports, nothing becomes due, and resuming starts afresh', () => {
    const scenario = new Scenario().report('a', 'busy').beat('a');
    scenario.fleet.beginMaintenance(scenario.fleet.find('a'), scenario.nowMs);
    scenario.pass(5 * hour, minute);
    expect(scenario.view('a')).toMatchObject({
      status: 'busy',
      conditions: ['maintenance'],
      missedHeartbeats: 0,
    });
    scenario.fleet.endMaintenance(scenario.fleet.find('a'), scenario.nowMs);
    scenario.take();
    scenario.pass(hour, second);
    expect(scenario.take()).toEqual(['a busy → offline @18120 lease_expired']);
  });

  it('resumes an agent of which nothing was heard: that is no sign of life, through a pause and a restart', () => {
    const scenario = new Scenario().pass(second).beat('a').pass(second);
    scenario.fleet.beginMaintenance(scenario.fleet.find('a'), scenario.nowMs);
    scenario.pass(hour);
    scenario.fleet.endMaintenance(scenario.fleet.find('a'), scenario.nowMs);
    expect(scenario.view('a')).toMatchObject({ lastSeenMs: second, missedHeartbeats: 0, conditions: [] });
    scenario.nowMs += 10 * second;
    scenario.fleet.resume(10 * second, scenario.nowMs);
    expect(scenario.view('a').lastSeenMs).toBe(11 * second);
    const next = new Fleet();
    for (let image = scenario.fleet.takeImage(); image !== undefined; image = scenario.fleet.takeImage()) {
      next.restore(structuredClone(image));
    }
    next.begin(scenario.nowMs, scenario.nowMs + second);
    expect(next.lastSeenMsOf(next.find('a'))).toBe(11 * second);
    scenario.pass(second).beat('a');
    expect(scenario.view('a').lastSeenMs).toBe(scenario.nowMs);
  });

  it('mutes until a time', () => {
    const scenario = new Scenario().beat('a');
    scenario.fleet.mute(scenario.fleet.find('a'), 20 * second);
    expect(scenario.conditions('a')).toEqual(['muted']);
    scenario.pass(20 * second, second);
    expect(scenario.conditions('a')).toEqual([]);
  });
});

describe('declared agents', () => {
  const info = {
    name: 'Night watch',
    description: null,
    version: null,
    kind: null,
    peers: [],
    payloadClass: null,
    location: null,
    sessionName: null,
    processId: null,
    hostId: null,
  };

  it('are unknown until they beat, and offline after the grace if they never do', () => {
    const scenario = new Scenario();
    scenario.lines.push(
      ...scenario.fleet
        .declare(
          [
            { id: 'a', info },
            { id: 'b', info },
          ],
          0,
        )
        .map((transition) => transition.to),
    );
    expect(scenario.take()).toEqual(['unknown', 'unknown']);
    scenario
      .pass(minute)
      .beat('b')
      .pass(2 * minute, second);
    expect(scenario.take()).toEqual([
      'b unknown → idle @60 heartbeat',
      'a unknown → offline @120 never_beat',
      'b idle → offline @180 lease_expired',
    ]);
    scenario.pass(30 * 24 * hour);
    expect(scenario.fleet.size).toBe(2);
  });
});
