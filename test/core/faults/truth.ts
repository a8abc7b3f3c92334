import { defaultFleetSettings } from '../../../src/core/index.ts';
import type { Absences } from './absences.ts';
import type { Life, SimulatedAgent } from './agent.ts';
import type { OwnArrival, Told } from './processor.ts';
import type { Rig } from './rig.ts';

const minuteMs = 60_000;
const keptMinutes = 16;

/** What is true of the processes under one id, and what reached the processor of it. */
export class Truth {
  readonly offlines: readonly Told[];
  readonly #rig: Rig;
  readonly #id: string;
  readonly #processes: readonly SimulatedAgent[];
  readonly #lives: readonly Life[];
  readonly #arrivals: readonly OwnArrival[];
  readonly #limitMs: number;
  readonly #graceMs: number;
  readonly #holdMs: number;
  readonly #absences: Absences;

  constructor(rig: Rig, id: string, absences: Absences) {
    this.#rig = rig;
    this.#absences = absences;
    this.#id = id;
    this.#processes = rig.agents.filter((agent) => agent.id === id);
    this.#arrivals = rig.processor.arrivalsOf.get(id) ?? [];
    this.#lives = this.#processes.flatMap(({ lives }) => lives);
    const { offlineAfterMs, missedBeats, failoverGraceMs, gapHoldMs } = {
      ...defaultFleetSettings,
      ...rig.processor.settings,
    };
    const intervalMs = Math.max(...this.#processes.map((agent) => agent.intervalMs));
    this.#limitMs = Math.max(offlineAfterMs, missedBeats * intervalMs);
    this.#graceMs = Math.max(failoverGraceMs, this.#limitMs);
    this.#holdMs = gapHoldMs;
    this.offlines = rig.processor.told.filter(({ agent, to }) => agent === id && to === 'offline');
  }

  /** Whether it was dead then, or had been silent for its offline limit without having promised to be. */
  isDeadFor({ trueAtMs }: Told): boolean {
    if (!this.#lives.some(({ fromMs, toMs }) => fromMs <= trueAtMs && toMs > trueAtMs)) return true;
    const beats = this.#processes.flatMap(({ beats }) => beats).filter((beat) => beat <= trueAtMs);
    return trueAtMs - Math.max(...beats) >= this.#limitMs && trueAtMs >= this.#promisedMs(trueAtMs);
  }

  /** Whether it was held offline at the very moment at which the hold of a silence, or of a queue, ended. */
  isBeyondHold({ trueAtMs }: Told): boolean {
    const way = this.#arrivals.findLast(({ atMs }) => atMs <= trueAtMs)?.pipeline ?? '';
    return this.#holdEndMs(trueAtMs) === trueAtMs || this.#absences.endsHoldAt(way, trueAtMs);
  }

  /** Deaths after which no other process of the id was alive. */
  deaths(): number[] {
    return this.#lives
      .filter(({ end }) => end === 'killed')
      .map(({ toMs }) => toMs)
      .filter((diedMs) => !this.#lives.some(({ fromMs, toMs }) => fromMs <= diedMs && toMs > diedMs));
  }

  /** Whether a death then changes nothing: it was held offline already, or at rest. */
  isToldNothingAt(diedMs: number): boolean {
    const last = this.#toldUntil(diedMs).at(-1);
    return last?.to === 'offline' || this.#processes.some(({ rests }) => rests);
  }

  nextLifeAfter(diedMs: number): number {
    const starts = this.#lives.map(({ fromMs }) => fromMs).filter((fromMs) => fromMs > diedMs);
    return Math.min(Number.POSITIVE_INFINITY, ...starts);
  }

  /**
   * When the lease of an agent that died then runs out: its last heartbeat that reached the processor, as if it had
   * come without delay, and its offline limit; later by the processor's own absence, by a silence or a queue of its
   * way in, or by what it promised.
   */
  deadlineOf(diedMs: number): number {
    const ways = new ShortestWay(this.#processes.flatMap(({ setBacks }) => setBacks));
    const promisedMs = this.#promisedMs(diedMs);
    let lastSeenMs = Number.NEGATIVE_INFINITY;
    let restartedMs = Number.NEGATIVE_INFINITY;
    const leaseEndMs = () => {
      // Who was not heard since the processor's start has a grace.
      const isUnheard = lastSeenMs < restartedMs;
      const endMs = isUnheard ? restartedMs + this.#graceMs : lastSeenMs + this.#limitMs;
      return Math.max(endMs, promisedMs + ways.ms);
    };
    const deadlineMs = () => {
      const way = this.#arrivals.findLast(({ madeMs }) => madeMs <= diedMs)?.pipeline;
      return way === undefined ? leaseEndMs() : this.#absences.deadlineOf(way, leaseEndMs(), this.#limitMs);
    };
    // A hold is of silence: what the way in brings meanwhile changes nothing about its end.
    const endMs = () => {
      const holdEndMs = this.#holdEndMs(leaseEndMs());
      return Number.isFinite(holdEndMs) ? Math.max(leaseEndMs(), holdEndMs) : deadlineMs();
    };
    for (const moment of this.#moments(diedMs)) {
      // Once it was held offline nothing of that life changes it.
      if (moment.sinceMs > diedMs && moment.sinceMs >= endMs()) continue;
      if (moment.kind === 'beat') {
        ways.note(moment.atMs, moment.madeMs);
        lastSeenMs = Math.max(lastSeenMs, moment.madeMs + ways.ms);
      } else if (leaseEndMs() > moment.sinceMs) {
        if (moment.kind === 'restart') restartedMs = moment.atMs;
        else lastSeenMs = Math.min(moment.atMs, lastSeenMs + (moment.atMs - moment.sinceMs));
      }
    }
    return endMs();
  }

  /** What the processor met, in order: beats of the agent's lives until then, and its own absences. */
  #moments(untilMs: number) {
    const { absences } = this.#rig.processor;
    const beats = this.#arrivals
      .filter((arrival) => arrival.beats && arrival.madeMs <= untilMs)
      .map(({ atMs, madeMs }) => {
        // What waited while the processor stood still came in time.
        const sinceMs = absences.find(({ toMs }) => toMs === atMs)?.fromMs ?? atMs;
        return { kind: 'beat' as const, atMs, sinceMs, madeMs };
      });
    const away = absences.map(({ kind, fromMs, toMs }) => ({ kind, atMs: toMs, sinceMs: fromMs }));
    return [...beats, ...away].sort((one, other) => one.atMs - other.atMs);
  }

  #promisedMs(atMs: number): number {
    const sleeps = this.#processes.flatMap((process) => process.sleeps);
    return Math.max(0, ...sleeps.filter(({ fromMs }) => fromMs <= atMs).map(({ untilMs }) => untilMs));
  }

  #toldUntil(atMs: number): Told[] {
    return this.#rig.processor.told.filter(({ agent, trueAtMs }) => agent === this.#id && trueAtMs <= atMs);
  }

  /** When the hold of the silence ends that made it unknown last, and that it has not come back from. */
  #holdEndMs(untilMs: number): number {
    const { arrivals, absences } = this.#rig.processor;
    const unknown = this.#toldUntil(untilMs).findLast(({ to }) => to !== 'offline');
    if (unknown?.reason !== 'telemetry_gap') return Number.NEGATIVE_INFINITY;
    const ownWay = this.#arrivals.findLast(({ atMs }) => atMs < unknown.trueAtMs)?.pipeline;
    const isBehind = (way: string): boolean =>
      ownWay?.startsWith('peer-') ? way.startsWith('peer-') : way === ownWay;
    const last = arrivals.findLast(({ atMs, pipeline }) => atMs < unknown.trueAtMs && isBehind(pipeline));
    const sinceMs = last?.atMs ?? Number.NEGATIVE_INFINITY;
    // The processor's own absence is none of the silence.
    const away = absences.filter(({ fromMs }) => fromMs >= sinceMs && fromMs < sinceMs + this.#holdMs);
    return Math.max(
      sinceMs + this.#holdMs + away.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0),
      ...away.filter(({ kind }) => kind === 'restart').map(({ toMs }) => toMs + this.#graceMs),
    );
  }
}

/** The shortest way of the last minutes in which something came; a clock that is set back begins it anew. */
class ShortestWay {
  readonly #setBacks: readonly number[];
  #ways: { minute: number; ms: number }[] = [];
  #lastMadeMs = Number.NEGATIVE_INFINITY;

  constructor(setBacks: readonly number[]) {
    this.#setBacks = setBacks;
  }

  get ms(): number {
    const minutes = [...new Set(this.#ways.map(({ minute }) => minute))].slice(-keptMinutes);
    return Math.min(...this.#ways.filter(({ minute }) => minutes.includes(minute)).map(({ ms }) => ms));
  }

  note(atMs: number, madeMs: number): void {
    if (this.#setBacks.some((setMs) => setMs > this.#lastMadeMs && setMs <= madeMs)) this.#ways = [];
    this.#lastMadeMs = Math.max(this.#lastMadeMs, madeMs);
    const minute = Math.floor(atMs / minuteMs);
    const same = this.#ways.find((way) => way.minute === minute);
    if (same === undefined) this.#ways.push({ minute, ms: atMs - madeMs });
    else same.ms = Math.min(same.ms, atMs - madeMs);
  }
}
