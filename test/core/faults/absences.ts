import { defaultFleetSettings } from '../../../src/core/index.ts';
import type { Arrival } from './processor.ts';
import type { Rig } from './rig.ts';

const fewestWitnesses = 10;
/** All who send straight to the processor are one way in. */
export const wayOf = (pipeline: string): string => (pipeline.startsWith('peer-') ? 'direct' : pipeline);

interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** A way in at a moment. */
interface State {
  readonly over: readonly Span[];
  /** The last request that was up to date, and the last one after it that brought old news alone. */
  readonly upToDateMs: number;
  readonly behindMs: number;
  /** Until when a queue excuses anybody: the hold counts from when it was up to date, or the processor began. */
  readonly heldUntilMs: number;
}

/** Of an agent: when its newest sign of life that came was made, and the shortest way that one took. */
interface Known {
  readonly newestMs: number;
  readonly shortestMs?: number;
}

/** When ways in told of nothing that was up to date, by what is true of what they carried. */
export class Absences {
  readonly #rig: Rig;
  readonly #gapHoldMs: number;
  readonly #limitOf = new Map<string, number>();
  /** By way in: its requests in order, each with whether it brought old news alone. */
  readonly #requests = new Map<
    string,
    { atMs: number; isOld: boolean; says: boolean; isAwaited: boolean }[]
  >();

  constructor(rig: Rig) {
    this.#rig = rig;
    const { offlineAfterMs, missedBeats, gapHoldMs } = { ...defaultFleetSettings, ...rig.processor.settings };
    this.#gapHoldMs = gapHoldMs;
    for (const { id, intervalMs } of rig.agents) {
      const limitMs = Math.max(offlineAfterMs, missedBeats * intervalMs, this.#limitOf.get(id) ?? 0);
      this.#limitOf.set(id, limitMs);
    }
    const known = new Map<string, Known>();
    for (const arrival of rig.processor.arrivals) this.#note(arrival, known);
  }

  /**
   * The deadline of an agent whose own one is known: where its way in was absent half a limit before it, for half a
   * limit at least, half a limit from its return.
   */
  deadlineOf(pipeline: string, ownMs: number, limitMs: number): number {
    const halfMs = limitMs / 2;
    const matters = ({ fromMs, toMs }: Span): boolean =>
      toMs - fromMs >= halfMs && fromMs < ownMs - halfMs && ownMs - halfMs < toMs;
    for (let untilMs = ownMs; ; ) {
      const { over, upToDateMs, behindMs, heldUntilMs } = this.#stateAt(wayOf(pipeline), untilMs);
      const ends = over.filter(matters).map(({ toMs }) => toMs + halfMs);
      if (matters({ fromMs: upToDateMs, toMs: behindMs })) {
        ends.push(Math.min(behindMs + halfMs, heldUntilMs));
      }
      const nextMs = Math.max(untilMs, ...ends);
      if (nextMs === untilMs) return nextMs;
      untilMs = nextMs;
    }
  }

  /** Whether then the hold of a way in ended that still worked off its queue. */
  endsHoldAt(pipeline: string, atMs: number): boolean {
    const { upToDateMs, behindMs, heldUntilMs } = this.#stateAt(wayOf(pipeline), atMs);
    return behindMs > upToDateMs && atMs === heldUntilMs;
  }

  #note({ atMs, pipeline, tells }: Arrival, known: Map<string, Known>): void {
    const isNews: boolean[] = [];
    for (const { agent, beats, madeMs } of tells) {
      const { newestMs, shortestMs } = known.get(agent) ?? { newestMs: Number.NEGATIVE_INFINITY };
      if (!beats || madeMs <= newestMs) continue;
      const wayMs = atMs - madeMs;
      known.set(agent, { newestMs: madeMs, shortestMs: Math.min(wayMs, shortestMs ?? wayMs) });
      // Of its first sign of life nobody knows how old it is.
      if (shortestMs !== undefined) isNews.push(wayMs - shortestMs < this.#limitOf.get(agent)! / 2);
    }
    const way = wayOf(pipeline);
    const requests = this.#requests.get(way) ?? [];
    this.#requests.set(way, requests);
    // What waited while the processor stood still tells nothing of the way.
    const isAwaited = this.#rig.processor.absences.some(
      ({ kind, toMs }) => kind === 'pause' && toMs === atMs,
    );
    const says = isNews.length > 0 && !isAwaited;
    requests.push({ atMs, says, isOld: says && isNews.every((isNew) => !isNew), isAwaited });
  }

  #stateAt(way: string, untilMs: number): State {
    let over: Span[] = [];
    let upToDateMs = Number.NEGATIVE_INFINITY;
    let behindMs = Number.NEGATIVE_INFINITY;
    const away = this.#rig.processor.absences.filter(({ toMs }) => toMs <= untilMs);
    const shift = (): void => {
      const { kind, fromMs, toMs } = away.shift()!;
      const moved = (ms: number): number => Math.min(toMs, ms + toMs - fromMs);
      over =
        kind === 'restart'
          ? []
          : over.map((span) => ({ fromMs: moved(span.fromMs), toMs: moved(span.toMs) }));
      upToDateMs = moved(upToDateMs);
      behindMs = kind === 'restart' ? Number.NEGATIVE_INFINITY : moved(behindMs);
    };
    for (const { atMs, isOld, says, isAwaited } of this.#requests.get(way) ?? []) {
      if (atMs > untilMs) break;
      while (away[0] !== undefined && away[0].toMs < atMs) shift();
      const wasBehind = behindMs > upToDateMs;
      if (isOld) behindMs = atMs;
      if (isOld || (!says && wasBehind)) continue;
      // Who they are who bear witness is looked up where it matters alone.
      const isLong = atMs - upToDateMs >= 10_000 && Number.isFinite(upToDateMs);
      if (isLong && !isAwaited && (wasBehind || this.#witnesses(way, upToDateMs) >= fewestWitnesses)) {
        over.push({ fromMs: upToDateMs, toMs: atMs });
      }
      upToDateMs = atMs;
    }
    while (away.length > 0) shift();
    const startedMs = this.#rig.processor.absences.findLast(
      ({ kind, toMs }) => kind === 'restart' && toMs <= untilMs,
    )?.toMs;
    const heldUntilMs = Math.max(upToDateMs, startedMs ?? upToDateMs) + this.#gapHoldMs;
    return { over, upToDateMs, behindMs, heldUntilMs };
  }

  /** Agents that came by a way in before, and were held neither offline nor stopped nor at rest. */
  #witnesses(way: string, atMs: number): number {
    const { arrivalsOf, told } = this.#rig.processor;
    return [...arrivalsOf].filter(([id, arrivals]) => {
      const last = arrivals.findLast((arrival) => arrival.atMs <= atMs);
      if (last === undefined || wayOf(last.pipeline) !== way) return false;
      const status = told.findLast(({ agent, trueAtMs }) => agent === id && trueAtMs <= atMs)?.to;
      return !['offline', 'stopped', 'paused'].includes(status ?? 'idle');
    }).length;
  }
}
