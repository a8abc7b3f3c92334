import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { defaultHealthSettings } from '../../../src/core/index.ts';
import { type HistoryQuery, readHistory } from '../../../src/processor/history/history-reader.ts';
import { HistoryRecorder } from '../../../src/processor/history/history-recorder.ts';
import { StoreDatabase } from '../../../src/processor/store/database/store-database.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { epochMs, hour, minute, Scenario, second } from '../../support/observe.ts';
import { Operations } from '../../support/operations.ts';

const day = 24 * hour;
/** 08:00 UTC. */
const startEpochMs = epochMs;

/** A fleet whose minutes go to a real database, by the test's clock. */
class Recorded {
  readonly scenario = new Scenario();
  readonly operations = new Operations(this.scenario);
  readonly #database: StoreDatabase;
  recorder: HistoryRecorder;

  constructor(detailedAgents = 10_000) {
    const limits = {
      transitionsKeptMs: 90 * day,
      auditKeptMs: 90 * day,
      minutesKeptMs: day,
      hoursKeptMs: 90 * day,
      maxBytes: 2 ** 30,
    };
    const path = join(temporaryFolder(), 'history.db');
    this.#database = new StoreDatabase({ path, run: 'test', imageVersion: 1, limits });
    onTestFinished(() => this.#database.close());
    this.#database.open(startEpochMs);
    this.recorder = this.#record(detailedAgents);
  }

  #record(detailedAgents: number): HistoryRecorder {
    return new HistoryRecorder({
      fleet: this.scenario.fleet,
      clock: { now: () => this.scenario.nowMs, toEpochMs: (atMs) => startEpochMs + atMs },
      detailedAgents,
      write: (rollups) => this.#database.addRollups(rollups, startEpochMs),
    });
  }

  /** The process is another: what the fleet holds is restored, what the recorder held is not. */
  restart(): void {
    this.recorder = this.#record(10_000);
    this.recorder.begin(this.scenario.nowMs);
    for (const told of this.#database.told({ atEpochMs: 0, subject: 0 }, 1_000, startEpochMs).told)
      if (told.kind === 'agent') this.recorder.resume(told);
  }

  /** A minute passes in which these agents beat; then all are sampled. */
  async minute(...beating: string[]): Promise<this> {
    for (let beat = 0; beat < 6; beat++) {
      for (const id of beating) this.scenario.beat(id);
      this.#pass(10 * second);
    }
    return this.sample();
  }

  async sample(): Promise<this> {
    const { fleet, nowMs } = this.scenario;
    fleet.sampleHealth(0, fleet.slotLimit, nowMs, (slot, health) => this.recorder.sample(slot, health));
    await this.recorder.endRound(() => []);
    return this;
  }

  read(name: string, query: Partial<HistoryQuery> = {}) {
    return readHistory(
      { rollups: async (wanted) => this.#database.rollups(wanted, startEpochMs) },
      { kind: 'agent', name, days: 1, ...query },
      startEpochMs + this.scenario.nowMs,
      defaultHealthSettings,
    );
  }

  #pass(durationMs: number): void {
    this.scenario.nowMs += durationMs;
    this.recorder.onTransitions(this.scenario.fleet.tick(this.scenario.nowMs));
  }

  /** Reports a state and lets the recorder know. */
  report(id: string, state: string): this {
    this.scenario.report(id, state);
    return this;
  }
}

async function lastPoint(recorded: Recorded, name: string, query: Partial<HistoryQuery> = {}) {
  return (await recorded.read(name, query))!.at(-1)!;
}

describe('history', () => {
  it('is nothing for what was never sampled', async () => {
    expect(await new Recorded().read('nobody')).toBeUndefined();
  });

  it('has what an agent did, hour by hour, with nothing where nobody looked', async () => {
    const recorded = await new Recorded().minute('a');
    recorded.operations.finish('a', 4).fail('a', 1);
    await recorded.minute('a');
    await recorded.minute('a');
    const points = (await recorded.read('a'))!;
    expect(points).toHaveLength(24);
    expect(points.at(-1)).toEqual({
      timestamp: new Date(startEpochMs).toISOString(),
      health_score: expect.any(Number),
      health_score_min: expect.any(Number),
      status: 'healthy',
      metrics: { total_executions: 5, completed: 4, failed: 1 },
      state_seconds: { idle: 180 },
      unobserved_seconds: 0,
    });
    expect(points[0]).toMatchObject({
      health_score: null,
      status: null,
      metrics: { total_executions: null, completed: null, failed: null },
      unobserved_seconds: 3600,
    });
  });

  it('shares out a minute in which an agent went offline', async () => {
    const recorded = await new Recorded().minute('a', 'b');
    await recorded.minute('b');
    await recorded.minute('b');
    // The last beat was at 50 s, so its lease ended at 170 s.
    expect((await lastPoint(recorded, 'a')).state_seconds).toEqual({ idle: 170, offline: 10 });
  });

  it('shares out the time between two samples by the minutes and hours in which it passed', async () => {
    const recorded = new Recorded();
    // Samples 10 s before the full minute, and after it: minute 3 has none, and was observed all the same.
    recorded.scenario.beat('a');
    recorded.scenario.nowMs = 57 * minute + 50 * second;
    recorded.recorder.begin(recorded.scenario.nowMs);
    recorded.scenario.beat('a');
    await recorded.sample();
    recorded.operations.finish('a', 3);
    recorded.scenario.nowMs = 59 * minute + 10 * second;
    recorded.scenario.beat('a');
    await recorded.sample();
    recorded.scenario.nowMs = 60 * minute + 30 * second;
    recorded.scenario.beat('a');
    await recorded.recorder.endRound(() => []);
    await recorded.sample();
    const minutes = (await recorded.read('a', { resolution: 'minute' }))!.slice(-4);
    const seconds = minutes.map((point) => Object.values(point.state_seconds).reduce((sum, s) => sum + s, 0));
    expect(seconds).toEqual([10, 60, 60, 30]);
    expect(minutes.map((point) => point.unobserved_seconds)).toEqual([50, 0, 0, 0]);
    expect(minutes.map((point) => point.metrics.total_executions)).toEqual([0, 0, 3, 0]);
    const hours = (await recorded.read('a'))!.slice(-2);
    expect(hours.map((point) => Object.values(point.state_seconds).reduce((sum, s) => sum + s, 0))).toEqual([
      130, 30,
    ]);
    const system = (await recorded.read('system', { kind: 'system' }))!.slice(-2);
    expect(system.map((point) => [point.state_seconds, point.unobserved_seconds])).toEqual([
      [{ idle: 130 }, 0],
      [{ idle: 30 }, 0],
    ]);
  });

  it('sums days from hours: 30 days are 30 points from midnight to midnight UTC', async () => {
    const recorded = await new Recorded().minute('a');
    recorded.operations.finish('a', 3);
    await recorded.minute('a');
    recorded.scenario.nowMs += 20 * hour;
    recorded.scenario.beat('a');
    recorded.operations.finish('a', 2);
    await recorded.sample();
    const points = (await recorded.read('a', { days: 30 }))!;
    expect(points).toHaveLength(30);
    expect(points.map((point) => point.timestamp.slice(11)).every((time) => time === '00:00:00.000Z')).toBe(
      true,
    );
    expect(points.slice(-2).map((point) => point.metrics.total_executions)).toEqual([3, 2]);
  });

  it('is neither doubled nor lost by a restart within an hour', async () => {
    const recorded = await new Recorded().minute('a');
    recorded.operations.finish('a', 3);
    await recorded.minute('a');
    recorded.restart();
    recorded.operations.finish('a', 2);
    await recorded.minute('a');
    expect((await lastPoint(recorded, 'a')).metrics.total_executions).toBe(5);
    expect((await lastPoint(recorded, 'a')).state_seconds).toEqual({ idle: 180 });
  });

  it("leaves out the processor's own pauses", async () => {
    const recorded = await new Recorded().minute('a');
    recorded.scenario.nowMs += 30 * second;
    recorded.recorder.onPause(30 * second);
    await recorded.minute('a');
    expect(await lastPoint(recorded, 'a')).toMatchObject({
      state_seconds: { idle: 120 },
      unobserved_seconds: 30,
    });
  });

  it('above the limit keeps minutes of those that are not fine, and hours of all', async () => {
    const recorded = await new Recorded(1).minute('fine', 'bad');
    await recorded.report('bad', 'error').minute('fine', 'bad');
    const minutes = async (name: string) =>
      (await recorded.read(name, { resolution: 'minute' }))!.filter((point) => point.health_score !== null)
        .length;
    expect(await minutes('fine')).toBe(0);
    expect(await minutes('bad')).toBe(1);
    expect((await lastPoint(recorded, 'fine')).state_seconds).toEqual({ idle: 120 });
  });

  it('has sessions and integrations by what they did and the state they were in', async () => {
    const recorded = await new Recorded().minute('a');
    recorded.scenario.nowMs += minute;
    await recorded.recorder.endRound(() => [
      { kind: 'session', name: 'night', score: 0.5, executions: 4, failed: 1, state: 1 },
    ]);
    expect(await lastPoint(recorded, 'night', { kind: 'session' })).toMatchObject({
      health_score: 0.5,
      status: 'degraded',
      metrics: { total_executions: 4, completed: 3, failed: 1 },
      state_seconds: { degraded: 60 },
    });
  });

  it('has the system as the mean of its agents', async () => {
    const recorded = await new Recorded().minute('a', 'b');
    recorded.operations.finish('a', 1).finish('b', 2);
    await recorded.minute('a', 'b');
    expect(await lastPoint(recorded, 'system', { kind: 'system' })).toMatchObject({
      health_score: 1,
      metrics: { total_executions: 3 },
      state_seconds: { idle: 240 },
      unobserved_seconds: 0,
    });
  });

  it('has what the system did in the hour in which its agents were sampled', async () => {
    const recorded = await new Recorded().minute('a', 'b');
    const { fleet } = recorded.scenario;
    recorded.operations.finish('a', 3).finish('b', 4);
    // The round goes on beyond the full hour.
    for (const [id, nowMs] of [
      ['a', hour - second],
      ['b', hour + second],
    ] as const) {
      recorded.scenario.nowMs = nowMs;
      recorded.recorder.sample(fleet.find(id), null);
    }
    await recorded.recorder.endRound(() => []);
    const executed = async (kind: 'agent' | 'system', name: string) =>
      (await recorded.read(name, { kind }))!.slice(-2).map((point) => point.metrics.total_executions);
    expect(await executed('agent', 'a')).toEqual([3, null]);
    expect(await executed('agent', 'b')).toEqual([0, 4]);
    expect(await executed('system', 'system')).toEqual([3, 4]);
  });

  it('knows how long nobody looked at the system, whatever its agents did', async () => {
    const recorded = await new Recorded().minute('a', 'b');
    recorded.scenario.nowMs += 20 * minute;
    recorded.restart();
    await recorded.minute('a');
    recorded.scenario.nowMs += 5 * minute;
    recorded.recorder.onPause(5 * minute);
    await recorded.minute('a');
    const points = (await recorded.read('system', { kind: 'system' }))!;
    expect(points.slice(-2).map((point) => point.unobserved_seconds)).toEqual([3_600, 25 * 60]);
  });

  it('knows nothing of a session of which nothing is known', async () => {
    const recorded = await new Recorded().minute('a');
    recorded.scenario.nowMs += minute;
    await recorded.recorder.endRound(() => [
      { kind: 'session', name: 'night', score: null, executions: 0, failed: 0, state: null },
    ]);
    expect(await lastPoint(recorded, 'night', { kind: 'session' })).toMatchObject({
      health_score: null,
      status: null,
      state_seconds: {},
      unobserved_seconds: 120,
    });
  });
});
