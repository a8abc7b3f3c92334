import { Baselines, type SavedBaselines } from './baseline.ts';
import type { HealthSettings } from './settings.ts';
import {
  bucketsPerHour,
  bucketsPerWindow,
  hourMs,
  hoursPerDay,
  type SavedSums,
  SlidingSums,
} from './windows.ts';

/** Fewer operations than this in the window say nothing of success. */
const fewestForSuccess = 5;

const count = 0;
const failed = 1;
const durationSum = 2;
const scoreSum = 0;
const samples = 1;

/** Agents whose moments lie in one array. */
const agentsPerChunk = 1024;

/** What the books say of an agent's operations; null is not known. */
export interface WorkFigures {
  /** Over the health window. */
  readonly finished: number;
  /** Share that failed, over the health window; null without operations. */
  readonly errorRatio: number | null;
  /** Share that succeeded, with at least five operations. */
  readonly successRatio: number | null;
  readonly meanDurationMs: number | null;
  readonly latencyRatio: number | null;
  /** Over the last hour. */
  readonly recentExecutions: number;
  readonly recentFailures: number;
}

/** An agent's rows as a snapshot keeps them. */
export interface SavedWork {
  readonly window?: SavedSums;
  readonly hour?: SavedSums;
  readonly hourScores?: SavedSums;
  readonly dayScores?: SavedSums;
  readonly baselines?: readonly SavedBaselines[];
}

/**
 * The windows behind an agent's health, in fixed memory an agent and without keeping events: operations over the
 * health window (exact to a tenth of it) and the last hour (to five minutes), scores over the last hour and the day,
 * baselines of durations.
 */
export class WorkBook {
  readonly #window: SlidingSums;
  readonly #hour = new SlidingSums(hourMs, bucketsPerHour, 2);
  readonly #hourScores = new SlidingSums(hourMs, bucketsPerHour, 2);
  readonly #dayScores = new SlidingSums(hoursPerDay * hourMs, hoursPerDay, 2);
  readonly #baselines: Baselines;
  /** When each agent's score was last noted; NaN is never. */
  readonly #notedAtMs: Float64Array[] = [];

  constructor(settings: HealthSettings) {
    this.#window = new SlidingSums(settings.windowMs, bucketsPerWindow, 3);
    this.#baselines = new Baselines(settings.windowMs);
  }

  /** Notes operations of one name that finished the same way, with the sum of their durations in milliseconds. */
  add(
    slot: number,
    name: string,
    hasFailed: boolean,
    finished: number,
    durationMs: number,
    atMs: number,
  ): void {
    const failures = hasFailed ? finished : 0;
    this.#window.add(slot, atMs, finished, failures, durationMs);
    this.#hour.add(slot, atMs, finished, failures);
    this.#baselines.add(slot, name, finished, durationMs, atMs);
  }

  /** Notes a score, for the trend. */
  addScore(slot: number, score: number, nowMs: number): void {
    this.#hourScores.add(slot, nowMs, score, 1);
    this.#dayScores.add(slot, nowMs, score, 1);
    const chunk = Math.floor(slot / agentsPerChunk);
    this.#notedAtMs[chunk] ??= new Float64Array(agentsPerChunk).fill(Number.NaN);
    this.#notedAtMs[chunk][slot % agentsPerChunk] = nowMs;
  }

  /** When a score was last noted; null where none was since the start. */
  scoreNotedAtMs(slot: number): number | null {
    const notedAtMs = this.#notedAtMs[Math.floor(slot / agentsPerChunk)]?.[slot % agentsPerChunk];
    return notedAtMs === undefined || Number.isNaN(notedAtMs) ? null : notedAtMs;
  }

  /** Operations that finished in the health window. */
  finishedOf(slot: number, nowMs: number): number {
    return this.#window.sum(slot, count, nowMs);
  }

  /** How long they took together. */
  durationMsOf(slot: number, nowMs: number): number {
    return this.#window.sum(slot, durationSum, nowMs);
  }

  /** @param withLatency - Without it, {@link WorkFigures.latencyRatio} is null: it takes longer than all others. */
  figuresOf(slot: number, nowMs: number, withLatency = true): WorkFigures {
    const finished = this.finishedOf(slot, nowMs);
    return {
      finished,
      errorRatio: finished > 0 ? this.#window.sum(slot, failed, nowMs) / finished : null,
      successRatio: this.successRatioOf(slot, nowMs),
      meanDurationMs: finished > 0 ? this.durationMsOf(slot, nowMs) / finished : null,
      latencyRatio: withLatency ? this.latencyRatioOf(slot, nowMs) : null,
      recentExecutions: this.recentExecutionsOf(slot, nowMs),
      recentFailures: this.recentFailuresOf(slot, nowMs),
    };
  }

  /** Operations that finished in the last hour. */
  recentExecutionsOf(slot: number, nowMs: number): number {
    return this.#hour.sum(slot, count, nowMs);
  }

  /** Those of them that failed. */
  recentFailuresOf(slot: number, nowMs: number): number {
    return this.#hour.sum(slot, failed, nowMs);
  }

  /** See {@link WorkFigures.successRatio}. */
  successRatioOf(slot: number, nowMs: number): number | null {
    const finished = this.#window.sum(slot, count, nowMs);
    return finished < fewestForSuccess ? null : 1 - this.#window.sum(slot, failed, nowMs) / finished;
  }

  /** See {@link Baselines.ratioOf}. */
  latencyRatioOf(slot: number, nowMs: number): number | null {
    return this.#baselines.ratioOf(slot, nowMs);
  }

  /** Mean scores of the last hour and the last day; null where there are none. */
  scoresOf(slot: number, nowMs: number): { hour: number | null; day: number | null } {
    return { hour: meanOf(this.#hourScores, slot, nowMs), day: meanOf(this.#dayScores, slot, nowMs) };
  }

  /** After a restore: drops what reaches beyond now, because the clock was set back meanwhile. */
  clearFuture(nowMs: number): void {
    for (const sums of [this.#window, this.#hour, this.#hourScores, this.#dayScores]) sums.clearFuture(nowMs);
    this.#baselines.clearFuture(nowMs);
  }

  forget(slot: number): void {
    for (const sums of [this.#window, this.#hour, this.#hourScores, this.#dayScores]) sums.clear(slot);
    this.#baselines.forget(slot);
    const notedAtMs = this.#notedAtMs[Math.floor(slot / agentsPerChunk)];
    if (notedAtMs !== undefined) notedAtMs[slot % agentsPerChunk] = Number.NaN;
  }

  save(slot: number): SavedWork | undefined {
    const baselines = this.#baselines.save(slot);
    const saved = {
      ...present('window', this.#window.save(slot)),
      ...present('hour', this.#hour.save(slot)),
      ...present('hourScores', this.#hourScores.save(slot)),
      ...present('dayScores', this.#dayScores.save(slot)),
      ...(baselines.length > 0 ? { baselines } : {}),
    };
    return Object.keys(saved).length > 0 ? saved : undefined;
  }

  restore(slot: number, saved: SavedWork): void {
    if (saved.window !== undefined) this.#window.restore(slot, saved.window);
    if (saved.hour !== undefined) this.#hour.restore(slot, saved.hour);
    if (saved.hourScores !== undefined) this.#hourScores.restore(slot, saved.hourScores);
    if (saved.dayScores !== undefined) this.#dayScores.restore(slot, saved.dayScores);
    if (saved.baselines !== undefined) this.#baselines.restore(slot, saved.baselines);
  }
}

function meanOf(scores: SlidingSums, slot: number, nowMs: number): number | null {
  const counted = scores.sum(slot, samples, nowMs);
  return counted > 0 ? scores.sum(slot, scoreSum, nowMs) / counted : null;
}

function present<K extends string>(key: K, saved: SavedSums | undefined): { [key in K]?: SavedSums } {
  return (saved === undefined ? {} : { [key]: saved }) as { [key in K]?: SavedSums };
}
