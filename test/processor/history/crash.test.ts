import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import {
  type BlockImage,
  cumulative,
  defaultHealthSettings,
  defaultSessionSettings,
  Fleet,
  imageVersion,
  memberCountsOf,
  sessionVerdict,
} from '../../../src/core/index.ts';
import { History } from '../../../src/processor/history/history.ts';
import { readHistory } from '../../../src/processor/history/history-reader.ts';
import type { HistoryKind, ToldPlace } from '../../../src/processor/store/database/rollup-table.ts';
import { StoreDatabase } from '../../../src/processor/store/database/store-database.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { epochMs, minute, observation, second } from '../../support/observe.ts';

const day = 86_400_000;
const limits = {
  transitionsKeptMs: 90 * day,
  auditKeptMs: 90 * day,
  minutesKeptMs: day,
  hoursKeptMs: 90 * day,
  maxBytes: 2 ** 30,
};

/** Processes one after the other: what one leaves behind is the file and its last images. */
class Crashing {
  fleet = new Fleet();
  nowMs = 0;
  #images: BlockImage[] = [];
  #observedUntilMs: number | undefined;
  readonly #database: StoreDatabase;
  #history: History;
  /** Cumulative, as agents count for themselves whatever becomes of the processor. */
  readonly #counted = new Map<
    string,
    { beats: number; finished: number; failed: number; startTimeMs: number }
  >();

  readonly #maxSessions: number;

  constructor(maxSessions = 1_000) {
    this.#maxSessions = maxSessions;
    const path = join(temporaryFolder(), 'history.db');
    this.#database = new StoreDatabase({ path, run: 'test', imageVersion, limits });
    this.#database.open(epochMs);
    onTestFinished(() => this.#database.close());
    this.#history = this.#begin();
  }

  #begin(): History {
    return new History({
      fleet: this.fleet,
      clock: { now: () => this.nowMs, toEpochMs: (atMs) => epochMs + atMs },
      store: {
        addRollups: async (rollups) => {
          this.#database.addRollups(rollups, epochMs);
          return true;
        },
        eachTold: async (fromEpochMs, visit) => {
          let place: ToldPlace | null = { atEpochMs: fromEpochMs, subject: -1 };
          while (place !== null) {
            const slice = this.#database.told(place, 7, epochMs);
            slice.told.forEach(visit);
            place = slice.next;
          }
        },
      },
      verdictOf: (session) => sessionVerdict(memberCountsOf(session), null, defaultSessionSettings),
      detailedAgents: 10_000,
      maxSessions: this.#maxSessions,
      observedUntilMs: this.#observedUntilMs,
      onFailure: (where, error) => {
        throw new Error(where, { cause: error });
      },
    });
  }

  pass(durationMs: number): this {
    this.nowMs += durationMs;
    this.#history.onTransitions(this.fleet.tick(this.nowMs));
    return this;
  }

  /** Operations, and requests to `search`, that finished since the last export, which comes now. */
  export(id: string, finished = 0, failed = 0): this {
    const counted = this.#counted.get(id) ?? {
      beats: 0,
      finished: 0,
      failed: 0,
      startTimeMs: epochMs + this.nowMs,
    };
    this.#counted.set(id, counted);
    counted.finished += finished;
    counted.failed += failed;
    const what: Parameters<typeof observation>[1] = {
      session: 's',
      timeMs: epochMs + this.nowMs,
      startTimeMs: counted.startTimeMs,
      temporality: cumulative,
    };
    this.#apply(id, { ...what, signal: 'heartbeats', value: ++counted.beats });
    for (const [errorType, count] of [
      ['', counted.finished],
      ['timeout', counted.failed],
    ] as const) {
      if (count === 0) continue;
      const series = { ...what, errorType, count, value: count / 10 };
      this.#apply(id, { ...series, signal: 'operationDuration', operation: 'answer' });
      this.#apply(id, { ...series, signal: 'integrationRequestDuration', integration: 'search' });
    }
    return this;
  }

  #apply(id: string, fields: Parameters<typeof observation>[1]): void {
    this.#history.onTransitions(this.fleet.apply(observation(id, fields), this.nowMs));
  }

  /** The processor forgets an agent, whose process is another from here on. */
  forget(id: string): this {
    this.fleet.forget(this.fleet.find(id), this.nowMs);
    this.#counted.delete(id);
    return this;
  }

  image(): this {
    for (this.#images = []; ; ) {
      const image = this.fleet.takeImage();
      if (image === undefined) break;
      this.#images.push(image);
    }
    this.fleet.markAllChanged();
    this.#observedUntilMs = this.nowMs;
    return this;
  }

  sample(): this {
    this.fleet.sampleHealth(0, this.fleet.slotLimit, this.nowMs, (slot, health) =>
      this.#history.onSample(slot, health),
    );
    return this;
  }

  async round(): Promise<this> {
    await this.sample().#history.onRound();
    return this;
  }

  async crash(): Promise<this> {
    this.nowMs += 5 * second;
    this.fleet = new Fleet();
    for (const image of this.#images) this.fleet.restore(structuredClone(image));
    this.fleet.begin(this.#observedUntilMs!, this.nowMs, true);
    this.#history = this.#begin();
    await this.#history.resume();
    return this;
  }

  async points(kind: HistoryKind, name: string) {
    const points = await readHistory(
      { rollups: async (query) => this.#database.rollups(query, epochMs) },
      { kind, name, days: 1 },
      epochMs + this.nowMs,
      defaultHealthSettings,
    );
    return points ?? [];
  }

  /** What the history says that was executed, of everything that took part. */
  async executed(agent: string) {
    const told: Record<string, readonly [number, number]> = {};
    for (const [kind, name] of [
      ['agent', agent],
      ['session', 's'],
      ['integration', 'search'],
      ['system', 'system'],
    ] as const) {
      const points = await this.points(kind, name);
      const sum = (of: 'total_executions' | 'failed') =>
        points.reduce((total, { metrics }) => total + (metrics[of] ?? 0), 0);
      told[kind] = [sum('total_executions'), sum('failed')];
    }
    return told;
  }
}

const all = (executions: number, failed: number) => ({
  agent: [executions, failed],
  session: [executions, failed],
  integration: [executions, failed],
  system: [executions, failed],
});

it('a crash after a round that the images do not know of doubles nothing', async () => {
  const crashing = new Crashing()
    .export('a', 8, 1)
    .pass(minute - 2 * second)
    .image();
  await crashing
    .export('a', 2, 1)
    .pass(2 * second)
    .round();
  expect(await crashing.executed('a')).toEqual(all(12, 2));
  await (await crashing.crash()).pass(10 * second).round();
  // The agent was not heard yet: the images know of less than was told.
  expect(await crashing.executed('a')).toEqual(all(12, 2));
  await crashing.export('a', 5, 0).pass(minute).round();
  expect(await crashing.executed('a')).toEqual(all(17, 2));
});

it('a crash long after a round loses nothing', async () => {
  const crashing = await new Crashing().export('a', 4, 1).pass(minute).round();
  crashing
    .pass(40 * second)
    .export('a', 6, 1)
    .pass(10 * second)
    .image();
  await (await crashing.crash()).export('a', 3, 0).pass(minute).round();
  expect(await crashing.executed('a')).toEqual(all(15, 2));
});

it('an agent that was never told of before the crash is told of whole', async () => {
  const crashing = new Crashing()
    .export('a', 4, 1)
    .pass(30 * second)
    .image();
  await (await crashing.crash()).pass(minute).round();
  expect(await crashing.executed('a')).toEqual(all(5, 1));
});

it('two crashes in a row, and one within a round of many agents, change no sum', async () => {
  const crashing = new Crashing();
  const ids = Array.from({ length: 700 }, (_, index) => `agent-${index}`);
  for (const id of ids) crashing.export(id, 2, 1);
  await crashing.pass(minute).round();
  crashing.image();
  for (const id of ids) crashing.export(id, 1, 0);
  // Some batches of the round are written, others, the sessions' and the system's scores are not.
  crashing.pass(minute).sample();
  await crashing.crash();
  await crashing.crash();
  for (const id of ids) crashing.export(id, 1, 0);
  await crashing.pass(minute).round();
  const expected = [700 * 5, 700];
  expect(await crashing.executed('agent-0')).toEqual({
    agent: [5, 1],
    session: expected,
    integration: expected,
    system: expected,
  });
  expect((await crashing.executed('agent-699')).agent).toEqual([5, 1]);
});

it('what was told of an earlier life of an agent says nothing of this one', async () => {
  const crashing = await new Crashing().export('a', 50, 0).pass(minute).round();
  crashing.forget('a').pass(second).export('a', 0, 2).pass(second).image();
  await (await crashing.crash()).export('a', 0, 1).pass(minute).round();
  expect((await crashing.executed('a')).agent).toEqual([53, 3]);
});

it('a session whose members are unknown is not observed', async () => {
  const crashing = await new Crashing().export('a', 1, 0).pass(minute).round();
  await (await crashing.image().crash()).pass(minute).round();
  const point = async () => (await crashing.points('session', 's')).at(-1);
  expect(await point()).toMatchObject({
    status: 'healthy',
    state_seconds: { healthy: 60 },
    unobserved_seconds: 65,
  });
  await crashing.export('a', 1, 0).pass(minute).round();
  expect((await point())?.state_seconds).toEqual({ healthy: 120 });
});

it('a session beyond the limit has none, whatever its members do', async () => {
  const crashing = await new Crashing(0).export('a', 3, 0).pass(minute).round();
  expect(await crashing.points('session', 's')).toEqual([]);
  expect((await crashing.executed('a')).system).toEqual([3, 0]);
});
