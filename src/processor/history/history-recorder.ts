import { setImmediate as nextTurn } from 'node:timers/promises';
import { statusPrecedence } from '@agent-vitals/contract';
import type { FleetView, Health, Transition } from '../../core/index.ts';
import type { Clock } from '../clock.ts';
import type { HistoryKind, Rollup, Told, ToldOf } from '../store/index.ts';
import { resolutionMs } from '../store/index.ts';
import { addSeconds, piecesOf } from './time-pieces.ts';

/** Rollups that go to the store together. */
const rollupsPerBatch = 1_000;
const rowsPerChunk = 1_024;
/** Sessions and integrations looked at before others get their turn. */
const othersPerTurn = 512;
const hourMs = resolutionMs.hour;

/** What was known of a slot when it was last sampled; its counters, as far as they were told of. */
interface Samples {
  readonly atMs: Float64Array;
  /** Tells an agent from the next one in its slot. */
  readonly createdAtMs: Float64Array;
  readonly completed: Float64Array;
  readonly failed: Float64Array;
}

/** A change of status since the last sample. */
interface Change {
  readonly from: number;
  readonly atMs: number;
}

/** The seconds in each state, by the states' places, of a part that begins then. */
interface Spent {
  readonly fromMs: number;
  readonly stateSeconds: readonly number[];
  readonly observedSeconds?: number;
}

/** In a bucket that was over before the sample, time passed and no more is known. */
const nothing: Did = { score: null, executions: 0, failed: 0 };

/** What happened since the last sample. */
interface Did {
  readonly score: number | null;
  readonly executions: number;
  readonly failed: number;
  readonly told?: Told | undefined;
}

/** Something else than an agent, sampled at the end of each round. */
export interface HistorySample extends Did {
  readonly kind: Exclude<HistoryKind, 'agent'>;
  readonly name: string;
  /** 0 to 1; null where nothing can be said. */
  readonly score: number | null;
  /** The place of its state among those of its kind; null where it is not known. */
  readonly state: number | null;
}

export interface HistoryRecorderOptions {
  readonly fleet: FleetView;
  readonly clock: Clock;
  /** Above this many agents minutes are kept for those alone that aren't fine. */
  readonly detailedAgents: number;
  /** Keeps some together: all of them, or none. */
  readonly write: (rollups: readonly Rollup[]) => void;
  /** Whether a session has a history; all of them by default. */
  readonly hasHistory?: (session: string) => boolean;
}

/**
 * Makes a history of what is sampled once a minute: what an agent did since its last sample goes to the minute and the
 * hour in which the span ended, the time that passed to those in which it did. Time in which nobody was observed is in
 * no bucket; it shows when they are read.
 *
 * What an agent did is written together with what its counters had come to, and what it adds to its session and the
 * system: whenever the process ends, the next one goes on from there, and no operation is told of twice or never.
 * It is long because a sample of an agent is all of this at once.
 */
export class HistoryRecorder {
  readonly #options: HistoryRecorderOptions;
  readonly #samples: (Samples | undefined)[] = [];
  #changes = new Map<number, Change[]>();
  #batch: Rollup[] = [];
  /** By session, and of the whole fleet under no name: what was done by those in the batch. */
  #done = new Map<string, { executions: number; failed: number }>();
  /** The samples in the batch are of one minute: this one, by the last of them. */
  #batchAtMs = 0;
  /** Of this round. */
  #scoreSum = 0;
  #scored = 0;
  /** All agents' together, by the minute in which they passed. */
  #agentSeconds = new Map<number, Spent>();
  readonly #startedMs: number;
  #lastRoundMs: number;
  /** Pauses of the processor itself since the last round: nobody was observed in them. */
  #pausedMs = 0;
  #pausedAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: HistoryRecorderOptions) {
    this.#options = options;
    this.#startedMs = options.clock.now();
    this.#lastRoundMs = this.#startedMs;
  }

  /** Notes changes of status, so that the seconds between two samples are shared out. */
  onTransitions(transitions: readonly Transition[]): void {
    for (const { slot, from, at } of transitions) {
      if (from === null) continue;
      const changes = this.#changes.get(slot);
      const change = { from: statusPrecedence.indexOf(from), atMs: at };
      if (changes === undefined) this.#changes.set(slot, [change]);
      else changes.push(change);
    }
  }

  /** The processor stood still for so long: until now nobody was observed. */
  onPause(pauseMs: number): void {
    this.#pausedMs += pauseMs;
    this.#pausedAtMs = this.#options.clock.now() - pauseMs;
  }

  /** Samples an agent. */
  sample(slot: number, health: Health | null): void {
    const { fleet, clock } = this.#options;
    const nowMs = clock.now();
    const samples = this.#chunkOf(slot);
    const row = slot % rowsPerChunk;
    const createdAtMs = fleet.createdAtMsOf(slot);
    const completed = fleet.operationsCompletedOf(slot);
    const failed = fleet.operationsFailedOf(slot);
    const isKnown = samples.createdAtMs[row] === createdAtMs;
    const sinceMs = isKnown ? samples.atMs[row]! : Math.max(createdAtMs, this.#lastRoundMs);
    const since = isKnown
      ? { executions: completed - samples.completed[row]!, failed: failed - samples.failed[row]! }
      : this.#firstOf(slot, createdAtMs, nowMs);
    const executions = Math.max(0, since.executions);
    const failures = Math.max(0, since.failed);
    const pieces = piecesOf(sinceMs, nowMs, clock.toEpochMs).map((piece) => ({
      ...piece,
      stateSeconds: this.#secondsBetween(slot, piece.fromMs, piece.untilMs),
    }));
    samples.atMs[row] = nowMs;
    samples.createdAtMs[row] = createdAtMs;
    // Never back: of what was told of before a crash the restored counters may not know yet.
    samples.completed[row] = isKnown ? Math.max(completed, samples.completed[row]!) : completed;
    samples.failed[row] = isKnown ? Math.max(failed, samples.failed[row]!) : failed;
    this.#changes.delete(slot);
    this.#beginMinute(pieces.at(-1)?.fromMs ?? nowMs);
    this.#noteDone(fleet.sessionOf(slot), executions, failures);
    if (health !== null) {
      this.#scoreSum += health.score;
      this.#scored++;
    }
    for (const { fromMs, stateSeconds } of pieces) {
      const minute = this.#minuteOf(fromMs);
      const spent = this.#agentSeconds.get(minute)?.stateSeconds;
      this.#agentSeconds.set(minute, { fromMs, stateSeconds: addSeconds(spent, stateSeconds) });
    }
    const isFine = health !== null && health.level === 'healthy';
    const hasMinutes = !isFine || fleet.size <= this.#options.detailedAgents;
    const told = { sinceMs: createdAtMs, executions: samples.completed[row]!, failed: samples.failed[row]! };
    const did = { score: health?.score ?? null, executions, failed: failures, told };
    this.#add('agent', fleet.idOf(slot), nowMs, hasMinutes, did, pieces);
    if (this.#batch.length >= rollupsPerBatch) this.#flush();
  }

  /**
   * Begins where a restored fleet stands. What each agent was last told of follows by {@link HistoryRecorder.resume};
   * of one that is so new that nothing was told, all that it did is to be told.
   *
   * @param observedUntilMs - Until when the process before knew of it.
   */
  begin(observedUntilMs: number): void {
    const { fleet, clock } = this.#options;
    for (let slot = 0; slot < fleet.slotLimit; slot++) {
      if (!fleet.isKnown(slot)) continue;
      const samples = this.#chunkOf(slot);
      const row = slot % rowsPerChunk;
      const createdAtMs = fleet.createdAtMsOf(slot);
      const isNew = createdAtMs >= observedUntilMs - hourMs;
      const untold = isNew ? this.#lately(slot, observedUntilMs) : nothing;
      samples.atMs[row] = clock.now();
      samples.createdAtMs[row] = createdAtMs;
      samples.completed[row] = fleet.operationsCompletedOf(slot) - untold.executions;
      samples.failed[row] = fleet.operationsFailedOf(slot) - untold.failed;
    }
  }

  /** What an agent was told of last by the process before. Before any sample. */
  resume({ name, sinceMs, executions, failed }: ToldOf): void {
    const { fleet } = this.#options;
    const slot = fleet.find(name);
    if (slot < 0 || fleet.createdAtMsOf(slot) !== sinceMs) return;
    const samples = this.#chunkOf(slot);
    samples.completed[slot % rowsPerChunk] = executions;
    samples.failed[slot % rowsPerChunk] = failed;
  }

  /**
   * Ends a round in which every agent was sampled once; sessions, integrations and the system follow, a slice at a
   * time.
   *
   * @param others - Makes the samples of sessions and integrations.
   */
  async endRound(others: () => Iterable<HistorySample>): Promise<void> {
    const nowMs = this.#options.clock.now();
    const pieces = piecesOf(this.#lastRoundMs, nowMs, this.#options.clock.toEpochMs).map((piece) => ({
      ...piece,
      seconds: this.#observedMs(piece.fromMs, piece.untilMs) / 1000,
    }));
    // What it executed is told of with its agents.
    const did = { ...nothing, score: this.#scored > 0 ? this.#scoreSum / this.#scored : null };
    this.#add('system', 'system', nowMs, true, did, [
      ...this.#agentSeconds.values(),
      ...pieces.map(({ fromMs, seconds }) => ({ fromMs, stateSeconds: [], observedSeconds: seconds })),
    ]);
    this.#scoreSum = 0;
    this.#scored = 0;
    this.#agentSeconds = new Map();
    this.#lastRoundMs = nowMs;
    this.#pausedMs = 0;
    this.#pausedAtMs = Number.NEGATIVE_INFINITY;
    let inTurn = 0;
    for (const sample of others()) {
      const { kind, name, state } = sample;
      const inState = (seconds: number) =>
        state === null ? [] : Array.from({ length: state + 1 }, (_, at) => (at === state ? seconds : 0));
      const spent = pieces.map(({ fromMs, seconds }) => ({ fromMs, stateSeconds: inState(seconds) }));
      this.#add(kind, name, nowMs, true, sample, spent);
      if (this.#batch.length >= rollupsPerBatch) this.#flush();
      if (++inTurn % othersPerTurn === 0) await nextTurn();
    }
    this.#flush();
  }

  /** What an agent did before its first sample, as far as it is of these minutes and not of its life before. */
  #firstOf(slot: number, createdAtMs: number, nowMs: number): { executions: number; failed: number } {
    return createdAtMs < this.#startedMs ? nothing : this.#lately(slot, nowMs);
  }

  /** What finished within the health window. */
  #lately(slot: number, nowMs: number): { executions: number; failed: number } {
    const { finished, errorRatio } = this.#options.fleet.workOf(slot, nowMs);
    return { executions: finished, failed: Math.round(finished * (errorRatio ?? 0)) };
  }

  /** How much of a span the processor did not stand still. */
  #observedMs(fromMs: number, untilMs: number): number {
    const pausedFrom = Math.max(fromMs, this.#pausedAtMs);
    const pausedUntil = Math.min(untilMs, this.#pausedAtMs + this.#pausedMs);
    return Math.max(0, untilMs - fromMs - Math.max(0, pausedUntil - pausedFrom));
  }

  /** Seconds in each status, without those in which the processor stood still. */
  #secondsBetween(slot: number, sinceMs: number, endMs: number): number[] {
    const seconds: number[] = new Array(statusPrecedence.length).fill(0);
    let fromMs = sinceMs;
    const spend = (status: number, untilMs: number): void => {
      seconds[status]! += this.#observedMs(fromMs, untilMs) / 1000;
      fromMs = Math.max(fromMs, untilMs);
    };
    for (const { from, atMs } of this.#changes.get(slot) ?? [])
      if (atMs > fromMs) spend(from, Math.min(atMs, endMs));
    spend(statusPrecedence.indexOf(this.#options.fleet.statusOf(slot)), endMs);
    return seconds;
  }

  /** A batch is of one minute: what its agents did adds up to what their sessions and the system did in it. */
  #beginMinute(atMs: number): void {
    if (this.#minuteOf(atMs) !== this.#minuteOf(this.#batchAtMs)) this.#flush();
    this.#batchAtMs = atMs;
  }

  /** The minute of the wall clock, counted from the epoch. */
  #minuteOf(atMs: number): number {
    return Math.floor(this.#options.clock.toEpochMs(atMs) / resolutionMs.minute);
  }

  #noteDone(session: string, executions: number, failed: number): void {
    if (executions === 0 && failed === 0) return;
    const { hasHistory = () => true } = this.#options;
    for (const name of session !== '' && hasHistory(session) ? ['', session] : ['']) {
      const done = this.#done.get(name);
      if (done === undefined) {
        this.#done.set(name, { executions, failed });
      } else {
        done.executions += executions;
        done.failed += failed;
      }
    }
  }

  /** Adds what was done by now to the last bucket, and the time that passed to those in which it did. */
  #add(
    kind: HistoryKind,
    name: string,
    nowMs: number,
    hasMinutes: boolean,
    did: Did,
    spent: readonly Spent[],
  ): void {
    const { clock } = this.#options;
    for (const resolution of ['minute', 'hour'] as const) {
      if (resolution === 'minute' && !hasMinutes) continue;
      const bucketOf = (atMs: number) =>
        Math.floor(clock.toEpochMs(atMs) / resolutionMs[resolution]) * resolutionMs[resolution];
      const byBucket = new Map<number, Omit<Spent, 'fromMs'>>();
      for (const { fromMs, stateSeconds, observedSeconds } of spent) {
        const atEpochMs = bucketOf(fromMs);
        const before = byBucket.get(atEpochMs);
        const observed = (before?.observedSeconds ?? 0) + (observedSeconds ?? 0);
        byBucket.set(atEpochMs, {
          stateSeconds: addSeconds(before?.stateSeconds, stateSeconds),
          ...(observed > 0 ? { observedSeconds: observed } : {}),
        });
      }
      // A sample at the stroke of the hour is of the time before it.
      const lastEpochMs = bucketOf(spent.at(-1)?.fromMs ?? nowMs);
      if (spent.length === 0) byBucket.set(lastEpochMs, { stateSeconds: [] });
      for (const [atEpochMs, time] of byBucket) {
        const { score, executions, failed, told } = atEpochMs === lastEpochMs ? did : nothing;
        const scores = { scoreSum: score ?? 0, scoreSamples: score === null ? 0 : 1, scoreMin: score };
        this.#batch.push({
          ...{ kind, name, resolution, atEpochMs, ...scores, executions, failed, ...time },
          ...(resolution === 'hour' && told !== undefined ? { told } : {}),
        });
      }
    }
  }

  #flush(): void {
    for (const [session, done] of this.#done) {
      const [kind, name] = session === '' ? (['system', 'system'] as const) : (['session', session] as const);
      this.#add(kind, name, this.#batchAtMs, true, { ...nothing, ...done }, []);
    }
    this.#done = new Map();
    if (this.#batch.length === 0) return;
    this.#options.write(this.#batch);
    this.#batch = [];
  }

  #chunkOf(slot: number): Samples {
    const index = Math.floor(slot / rowsPerChunk);
    let chunk = this.#samples[index];
    if (chunk === undefined) {
      chunk = {
        atMs: new Float64Array(rowsPerChunk),
        createdAtMs: new Float64Array(rowsPerChunk).fill(Number.NaN),
        completed: new Float64Array(rowsPerChunk),
        failed: new Float64Array(rowsPerChunk),
      };
      this.#samples[index] = chunk;
    }
    return chunk;
  }
}
