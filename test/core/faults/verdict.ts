import { defaultFleetSettings } from '../../../src/core/index.ts';
import type { SimulatedAgent } from './agent.ts';
import type { Told } from './processor.ts';
import type { Rig } from './rig.ts';

/** What the processor said against what was true. */
export interface Verdict {
  /** Held offline though it had beaten within its offline limit, and nothing excuses that. */
  readonly falseOffline: readonly string[];
  /** Held offline while it beat, since its way in was silent for longer than the hold: said so, and no more. */
  readonly beyondHold: number;
  readonly missedDeaths: readonly string[];
  readonly misdated: readonly string[];
  readonly deaths: number;
}

/** Judges a run. The rules of the design are applied to the truth here, not to what the fleet thinks. */
export function judge(rig: Rig): Verdict {
  const falseOffline: string[] = [];
  const missedDeaths: string[] = [];
  const misdated: string[] = [];
  let beyondHold = 0;
  let deaths = 0;
  const ids = new Set(rig.agents.map(({ id }) => id));
  for (const id of ids) {
    const truth = new Truth(rig, id);
    for (const offline of truth.offlines) {
      if (truth.isDeadFor(offline)) continue;
      if (truth.isBeyondHold(offline)) beyondHold++;
      else falseOffline.push(`${id} @${offline.trueAtMs}`);
    }
    for (const diedMs of truth.deaths()) {
      if (truth.isToldNothingAt(diedMs)) continue;
      const deadlineMs = truth.deadlineOf(diedMs);
      const nextLifeMs = truth.nextLifeAfter(diedMs);
      // A death that another life, or the end of the run, came before could not be told.
      if (nextLifeMs <= deadlineMs || rig.world.nowMs <= deadlineMs + 1_000) continue;
      deaths++;
      const told = truth.offlines.find(({ trueAtMs }) => trueAtMs >= diedMs && trueAtMs < nextLifeMs);
      if (told === undefined) missedDeaths.push(`${id} died @${diedMs}`);
      else if (told.trueAtMs !== deadlineMs) misdated.push(`${id} @${told.trueAtMs} for ${deadlineMs}`);
    }
  }
  return { falseOffline, beyondHold, missedDeaths, misdated, deaths };
}

/** What is true of the processes under one id, and what reached the processor of it. */
class Truth {
  readonly offlines: readonly Told[];
  readonly #rig: Rig;
  readonly #id: string;
  readonly #processes: readonly SimulatedAgent[];
  readonly #limitMs: number;

  constructor(rig: Rig, id: string) {
    this.#rig = rig;
    this.#id = id;
    this.#processes = rig.agents.filter((agent) => agent.id === id);
    const { offlineAfterMs, missedBeats } = { ...defaultFleetSettings, ...rig.processor.settings };
    const intervalMs = Math.max(...this.#processes.map((agent) => agent.intervalMs));
    this.#limitMs = Math.max(offlineAfterMs, missedBeats * intervalMs);
    this.offlines = rig.processor.told.filter(({ agent, to }) => agent === id && to === 'offline');
  }

  /** Whether it was dead then, or had been silent for its offline limit without having promised to be. */
  isDeadFor({ trueAtMs }: Told): boolean {
    const lives = this.#processes.flatMap((process) => process.lives);
    if (!lives.some(({ fromMs, toMs }) => fromMs <= trueAtMs && toMs > trueAtMs)) return true;
    const lastBeatMs = Math.max(
      ...this.#processes.flatMap(({ beats }) => beats).filter((beat) => beat <= trueAtMs),
    );
    const promisedMs = Math.max(...this.#processes.map(({ silentUntilMs }) => silentUntilMs));
    return trueAtMs - lastBeatMs >= this.#limitMs && trueAtMs >= promisedMs;
  }

  isBeyondHold(offline: Told): boolean {
    return this.#holdEndBefore(offline.trueAtMs) === offline.trueAtMs;
  }

  /** Deaths after which no other process of the id was alive. */
  deaths(): number[] {
    const lives = this.#processes.flatMap((process) => process.lives);
    return lives
      .filter(({ end }) => end === 'killed')
      .map(({ toMs }) => toMs)
      .filter((diedMs) => !lives.some(({ fromMs, toMs }) => fromMs <= diedMs && toMs > diedMs));
  }

  /** Whether a death then changes nothing: it was held offline already, or at rest. */
  isToldNothingAt(diedMs: number): boolean {
    const { told } = this.#rig.processor;
    const last = told.findLast(({ agent, trueAtMs }) => agent === this.#id && trueAtMs <= diedMs);
    return last?.to === 'offline' || this.#processes.some(({ rests }) => rests);
  }

  nextLifeAfter(diedMs: number): number {
    const starts = this.#processes.flatMap(({ lives }) => lives.map(({ fromMs }) => fromMs));
    return Math.min(Number.POSITIVE_INFINITY, ...starts.filter((fromMs) => fromMs > diedMs));
  }

  /**
   * When the lease of an agent that died then runs out: its last heartbeat that reached the processor, as if it had
   * come without delay, and its offline limit; later by the processor's own absence, by a silence of its way in, or
   * by what it promised.
   */
  deadlineOf(diedMs: number): number {
    const { arrivals, absences, settings } = this.#rig.processor;
    const { failoverGraceMs } = { ...defaultFleetSettings, ...settings };
    const moments: { atMs: number; sinceMs: number; apply: () => void }[] = [];
    let shortestWayMs = Number.POSITIVE_INFINITY;
    let lastSeenMs = Number.NEGATIVE_INFINITY;
    let restartedMs = Number.NEGATIVE_INFINITY;
    const promisedMs = Math.max(...this.#processes.map(({ silentUntilMs }) => silentUntilMs));
    // Who was not heard since the processor's start has a grace.
    const endMs = () => {
      const graceMs = Math.max(failoverGraceMs, this.#limitMs);
      const leaseMs = lastSeenMs < restartedMs ? restartedMs + graceMs : lastSeenMs + this.#limitMs;
      return Math.max(leaseMs, promisedMs + shortestWayMs);
    };
    for (const { atMs, exports } of arrivals) {
      const own = exports.filter(
        ({ agent, beats, madeMs }) => agent === this.#id && beats && madeMs <= diedMs,
      );
      for (const { madeMs } of own) {
        const apply = () => {
          shortestWayMs = Math.min(shortestWayMs, atMs - madeMs);
          lastSeenMs = Math.max(lastSeenMs, madeMs + shortestWayMs);
        };
        // What waited while the processor stood still came in time.
        const sinceMs = absences.find(({ toMs }) => toMs === atMs)?.fromMs ?? atMs;
        moments.push({ atMs, sinceMs, apply });
      }
    }
    for (const { kind, fromMs, toMs } of absences) {
      const apply = () => {
        if (endMs() <= fromMs) return;
        if (kind === 'restart') restartedMs = toMs;
        else lastSeenMs = Math.min(toMs, lastSeenMs + (toMs - fromMs));
      };
      moments.push({ atMs: toMs, sinceMs: fromMs, apply });
    }
    moments.sort((one, other) => one.atMs - other.atMs);
    for (const { sinceMs, apply } of moments) if (sinceMs <= diedMs || sinceMs < endMs()) apply();
    return Math.max(endMs(), this.#holdEndBefore(endMs()));
  }

  /** When the hold of the silence ends that made it unknown last, and that it has not come back from. */
  #holdEndBefore(untilMs: number): number {
    const { told, arrivals, settings } = this.#rig.processor;
    const { gapHoldMs } = { ...defaultFleetSettings, ...settings };
    const own = told.filter(({ agent, trueAtMs }) => agent === this.#id && trueAtMs <= untilMs);
    const unknown = own.findLast(({ to }) => to !== 'offline');
    if (unknown?.reason !== 'telemetry_gap') return Number.NEGATIVE_INFINITY;
    const pipeline = arrivals.findLast(({ exports }) =>
      exports.some(({ agent }) => agent === this.#id),
    )?.pipeline;
    const isBehind = (other: string): boolean =>
      pipeline?.startsWith('peer-') ? other.startsWith('peer-') : other === pipeline;
    const last = arrivals.findLast(({ atMs, pipeline: way }) => atMs < unknown.trueAtMs && isBehind(way));
    return (last?.atMs ?? Number.NEGATIVE_INFINITY) + gapHoldMs;
  }
}
