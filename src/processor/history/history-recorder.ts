import { setImmediate as nextTurn } from 'node:timers/promises';
import { statusPrecedence } from '@agent-vitals/contract';
import type { FleetView, Health, Transition } from '../../core/index.ts';
import type { Clock } from '../clock.ts';
import type { HistoryKind, Rollup } from '../store/index.ts';
import { resolutionMs } from '../store/index.ts';
import { emptySums, type RoundSums } from './round-sums.ts';
import { addSeconds, piecesOf } from './time-pieces.ts';

/** Rollups that go to the store together. */
const rollupsPerBatch = 1_000;
const rowsPerChunk = 1_024;
/** Sessions and integrations looked at before others get their turn. */
const othersPerTurn = 512;

/** What was known of a slot when it was last sampled. */
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
}

/** In a bucket that was over before the sample, time passed and no more is known. */
const nothing = { score: null, executions: 0, failed: 0 };

/** Something else than an agent, sampled at the end of each round. */
export interface HistorySample {
  readonly kind: Exclude<HistoryKind, 'agent'>;
  readonly name: string;
  /** 0 to 1; null where nothing can be said. */
  readonly score: number | null;
  readonly executions: number;
  readonly failed: number;
  /** The place of its state among those of its kind. */
  readonly state: number;
}

export interface HistoryRecorderOptions {
  readonly fleet: FleetView;
  readonly clock: Clock;
  /** Above this many agents minutes are kept for those alone that aren't fine. */
  readonly detailedAgents: number;
  readonly write: (rollups: readonly Rollup[]) => void;
}

/**
 * Makes a history of what is sampled once a minute: what an agent did since its last sample goes to the minute and the
 * hour in which the span ended, the time that passed to those in which it did. Time in which nobody was observed is in
 * no bucket; it shows when they are read.
 */
export class HistoryRecorder {
  readonly #options: HistoryRecorderOptions;
  readonly #samples: (Samples | undefined)[] = [];
  #changes = new Map<number, Change[]>();
  #batch: Rollup[] = [];
  #fleetSums = emptySums();
  #sessionSums = new Map<string, RoundSums>();
  readonly #agentSeconds = new Float64Array(statusPrecedence.length);
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
    samples.completed[row] = completed;
    samples.failed[row] = failed;
    this.#changes.delete(slot);
    this.#sum(fleet.sessionOf(slot), executions, failures, health, pieces);
    const isFine = health !== null && health.level === 'healthy';
    const hasMinutes = !isFine || fleet.size <= this.#options.detailedAgents;
    const did = { score: health?.score ?? null, executions, failed: failures };
    this.#add('agent', fleet.idOf(slot), nowMs, hasMinutes, did, pieces);
  }

  /** Begins where a restored fleet stands: what comes from here on is new. */
  begin(): void {
    const { fleet, clock } = this.#options;
    for (let slot = 0; slot < fleet.slotLimit; slot++) {
      if (!fleet.isKnown(slot)) continue;
      const samples = this.#chunkOf(slot);
      const row = slot % rowsPerChunk;
      samples.atMs[row] = clock.now();
      samples.createdAtMs[row] = fleet.createdAtMsOf(slot);
      samples.completed[row] = fleet.operationsCompletedOf(slot);
      samples.failed[row] = fleet.operationsFailedOf(slot);
    }
  }

  /**
   * Ends a round in which every agent was sampled once; sessions, integrations and the system follow, a slice at a
   * time.
   *
   * @param others - Makes the samples of sessions and integrations, from what members did in this round.
   */
  async endRound(
    others: (sessions: ReadonlyMap<string, RoundSums>) => Iterable<HistorySample>,
  ): Promise<void> {
    const nowMs = this.#options.clock.now();
    const pieces = piecesOf(this.#lastRoundMs, nowMs, this.#options.clock.toEpochMs).map((piece) => ({
      ...piece,
      seconds: this.#observedMs(piece.fromMs, piece.untilMs) / 1000,
    }));
    const { executions, failed, scoreSum, scored } = this.#fleetSums;
    const sessions = this.#sessionSums;
    const did = {
      score: scored > 0 ? scoreSum / scored : null,
      executions,
      failed,
    };
    this.#add('system', 'system', nowMs, true, did, [
      { fromMs: nowMs, stateSeconds: [...this.#agentSeconds] },
    ]);
    this.#fleetSums = emptySums();
    this.#sessionSums = new Map();
    this.#agentSeconds.fill(0);
    this.#lastRoundMs = nowMs;
    this.#pausedMs = 0;
    this.#pausedAtMs = Number.NEGATIVE_INFINITY;
    let inTurn = 0;
    for (const sample of others(sessions)) {
      const { kind, name, state } = sample;
      const inState = (seconds: number) =>
        Array.from({ length: state + 1 }, (_, at) => (at === state ? seconds : 0));
      const spent = pieces.map(({ fromMs, seconds }) => ({ fromMs, stateSeconds: inState(seconds) }));
      this.#add(kind, name, nowMs, true, sample, spent);
      if (++inTurn % othersPerTurn === 0) await nextTurn();
    }
    this.#flush();
  }

  /** What an agent did before its first sample, as far as it is of these minutes and not of its life before. */
  #firstOf(slot: number, createdAtMs: number, nowMs: number): { executions: number; failed: number } {
    if (createdAtMs < this.#startedMs) return { executions: 0, failed: 0 };
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

  #sum(
    session: string,
    executions: number,
    failed: number,
    health: Health | null,
    pieces: readonly { readonly stateSeconds: readonly number[] }[],
  ): void {
    const sums = [this.#fleetSums];
    if (session !== '') {
      let own = this.#sessionSums.get(session);
      if (own === undefined) {
        own = emptySums();
        this.#sessionSums.set(session, own);
      }
      sums.push(own);
    }
    for (const sum of sums) {
      sum.executions += executions;
      sum.failed += failed;
      if (health === null) continue;
      sum.scoreSum += health.score;
      sum.scored++;
    }
    for (const { stateSeconds } of pieces)
      for (const [status, seconds] of stateSeconds.entries()) this.#agentSeconds[status]! += seconds;
  }

  /** Adds what was done by now to the last bucket, and the time that passed to those in which it did. */
  #add(
    kind: HistoryKind,
    name: string,
    nowMs: number,
    hasMinutes: boolean,
    did: { score: number | null; executions: number; failed: number },
    spent: readonly Spent[],
  ): void {
    const { clock } = this.#options;
    for (const resolution of ['minute', 'hour'] as const) {
      if (resolution === 'minute' && !hasMinutes) continue;
      const bucketOf = (atMs: number) =>
        Math.floor(clock.toEpochMs(atMs) / resolutionMs[resolution]) * resolutionMs[resolution];
      const byBucket = new Map<number, readonly number[]>();
      for (const { fromMs, stateSeconds } of spent) {
        const atEpochMs = bucketOf(fromMs);
        byBucket.set(atEpochMs, addSeconds(byBucket.get(atEpochMs), stateSeconds));
      }
      // A sample at the stroke of the hour is of the time before it.
      const lastEpochMs = bucketOf(spent.at(-1)?.fromMs ?? nowMs);
      if (spent.length === 0) byBucket.set(lastEpochMs, []);
      for (const [atEpochMs, stateSeconds] of byBucket) {
        const { score, executions, failed } = atEpochMs === lastEpochMs ? did : nothing;
        const scores = { scoreSum: score ?? 0, scoreSamples: score === null ? 0 : 1, scoreMin: score };
        this.#batch.push({ kind, name, resolution, atEpochMs, ...scores, executions, failed, stateSeconds });
      }
    }
    if (this.#batch.length >= rollupsPerBatch) this.#flush();
  }

  #flush(): void {
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
