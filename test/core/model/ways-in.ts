import type { FleetSettings } from '../../../src/core/index.ts';
import { type ModelAgent, type ModelGap, offlineLimitMs } from './facts.ts';

/** Pipelines that carry one agent each count together under this name. */
export const direct = 'direct';

const fewestWitnesses = 10;

/** What came by a way in. */
interface Way {
  /** The last request that was up to date, and how many agents were live, or unheard since the start, then. */
  atMs: number;
  live: number;
  /** The last request that told of nothing but old signs of life. */
  behindMs: number;
  /** The times in which nothing up to date came. */
  absences: { fromMs: number; toMs: number }[];
}

/** Who comes by which way in, recounted from all agents at every question. */
export class WaysIn {
  readonly gaps: ModelGap[] = [];
  readonly #agents: ReadonlyMap<string, ModelAgent>;
  readonly #settings: FleetSettings;
  /** By pipeline, and one for all direct senders. */
  readonly #ways = new Map<string, Way>();
  /** Pipelines that carry one agent. */
  #lone = new Set<string>();
  /** Signs of life in the request under way, by way in: whether each was old. */
  readonly #told = new Map<string, boolean[]>();

  constructor(agents: ReadonlyMap<string, ModelAgent>, settings: FleetSettings) {
    this.#agents = agents;
    this.#settings = settings;
  }

  /** The request under way tells of a sign of life, made longer ago than half of the agent's limit or not. */
  tellsOf(pipeline: string, isOld: boolean): void {
    for (const way of new Set([pipeline, this.wayOf(pipeline)])) {
      this.#told.set(way, [...(this.#told.get(way) ?? []), isOld]);
    }
  }

  /** A request has come by this pipeline, after what it said was applied. */
  heard(pipeline: string, nowMs: number, isSuspended: boolean): void {
    if (this.#by(pipeline).length === 0) return;
    for (const name of new Set([pipeline, this.wayOf(pipeline)])) {
      const way = this.#ways.get(name) ?? newWay();
      this.#ways.set(name, way);
      const told = this.#told.get(name) ?? [];
      this.#told.delete(name);
      const wasBehind = way.behindMs > way.atMs;
      if (told.length > 0 && told.every((isOld) => isOld)) {
        way.behindMs = nowMs;
        continue;
      }
      if (told.length === 0 && wasBehind) continue;
      // Fewer can't tell an absence from their own; nor was it the way in that was absent in the processor's pause.
      if (!isSuspended && (way.live >= fewestWitnesses || wasBehind)) {
        // An absence is known for as long again as it lasted.
        way.absences = way.absences.filter(({ fromMs, toMs }) => nowMs - toMs <= toMs - fromMs);
        way.absences.push({ fromMs: way.atMs, toMs: nowMs });
      }
      const members = name === pipeline ? this.#by(pipeline) : this.#membersOf(name);
      way.atMs = nowMs;
      way.live = members.filter((agent) => isLive(agent) || isUnheard(agent)).length;
      this.#close(name);
    }
  }

  /**
   * The deadline that counts: where the way in was absent half a limit before the own one, for half a limit at least,
   * half a limit after its return. A queue that is being worked off returns with each request, within the hold.
   */
  deadlineOf(agent: ModelAgent, ownMs: number, startedMs: number): number {
    const halfMs = offlineLimitMs(agent, this.#settings) / 2;
    const ends = [ownMs];
    for (const name of new Set([agent.pipeline, this.wayOf(agent.pipeline)])) {
      const way = this.#ways.get(name);
      if (way === undefined) continue;
      const isConcerned = ({ fromMs, toMs }: Way['absences'][number]): boolean =>
        toMs - fromMs >= halfMs && fromMs < ownMs - halfMs && ownMs - halfMs < toMs;
      for (const absence of way.absences.filter(isConcerned)) ends.push(absence.toMs + halfMs);
      if (isConcerned({ fromMs: way.atMs, toMs: way.behindMs })) {
        const holdEndMs = Math.max(way.atMs, startedMs) + this.#settings.gapHoldMs;
        ends.push(Math.min(way.behindMs + halfMs, holdEndMs));
      }
    }
    return Math.max(...ends);
  }

  /** Agents have come, gone or moved: a way in by which nobody comes, or only one, is none of its own any more. */
  regroup(): void {
    for (const pipeline of this.#lone) {
      if (this.#by(pipeline).length < 2) continue;
      // What it was absent together with others stays true of it.
      const together = this.#ways.get(direct) ?? newWay();
      const way = this.#ways.get(pipeline) ?? newWay();
      this.#ways.set(pipeline, way);
      way.absences.push(...together.absences);
      if (together.behindMs > together.atMs)
        way.absences.push({ fromMs: together.atMs, toMs: together.behindMs });
    }
    const all = new Set([...this.#agents.values()].map(({ pipeline }) => pipeline));
    this.#lone = new Set([...all].filter((pipeline) => this.#by(pipeline).length === 1));
    for (const gap of this.gaps) {
      if (!gap.isOpen) continue;
      const own =
        gap.pipeline === direct ? this.#membersOf(direct).length > 0 : this.#by(gap.pipeline).length > 1;
      if (!own) gap.isOpen = false;
    }
    for (const way of this.#ways.keys()) {
      if (way !== direct && this.#by(way).length === 0) this.#ways.delete(way);
    }
    for (const way of this.#told.keys()) {
      if (way !== direct && this.#by(way).length === 0) this.#told.delete(way);
    }
    this.tidy();
  }

  /**
   * Judges at an agent's deadline: no request by its way in for half of its offline limit, at least 10 live agents
   * there at the last one, more than `gap_ratio` of those late or unknown by this gap.
   *
   * @returns The silence, or null where the agent's death is its own.
   */
  silenceOf(agent: ModelAgent, atMs: number): ModelGap | null {
    const way = this.wayOf(agent.pipeline);
    const request = this.#ways.get(way);
    if (request === undefined || !Number.isFinite(request.atMs)) return null;
    if (atMs - request.atMs < offlineLimitMs(agent, this.#settings) / 2) return null;
    if (request.live < fewestWitnesses) return null;
    const open = this.openGapOf(agent.pipeline);
    const members = this.#membersOf(way);
    const late = members.filter((member) => isLive(member) && member.isLate).length;
    // Nor was anything heard, since the processor began, of those that are unknown since then.
    const unheard = members.filter(isUnheard);
    const excused = [...this.#agents.values()].filter((other) => open !== null && other.gap === open).length;
    if (!(late + unheard.length + excused > this.#settings.gapRatio * request.live)) return null;
    // What has lasted longer than the hold excuses nobody.
    if (request.atMs + this.#settings.gapHoldMs <= atMs) return null;
    if (open !== null) return open;
    const gap = { pipeline: way, sinceMs: request.atMs, isOpen: true };
    this.gaps.push(gap);
    return gap;
  }

  openGapOf(pipeline: string): ModelGap | null {
    const way = this.wayOf(pipeline);
    return this.gaps.find((gap) => gap.isOpen && gap.pipeline === way) ?? null;
  }

  /** The way in that a pipeline is judged with. */
  wayOf(pipeline: string): string {
    return this.#by(pipeline).length === 1 ? direct : pipeline;
  }

  /** A silence is told of while it goes on or somebody is unknown because of it. */
  tidy(): void {
    const kept = this.gaps.filter((gap) => gap.isOpen || this.unknownBy(gap) > 0);
    this.gaps.splice(0, this.gaps.length, ...kept);
  }

  unknownBy(gap: ModelGap): number {
    return [...this.#agents.values()].filter((agent) => agent.gap === gap).length;
  }

  /** Another processor has begun: of what came by ways in it knows the last requests, where they carried several. */
  begin(savedMs: number, nowMs: number): void {
    this.#told.clear();
    for (const [name, way] of this.#ways) {
      way.behindMs = Number.NEGATIVE_INFINITY;
      way.absences = [];
      if (name !== direct && this.#by(name).length === 1) way.atMs = Number.NEGATIVE_INFINITY;
      if (!Number.isFinite(way.atMs)) way.live = 0;
    }
    this.shift(nowMs - savedMs, nowMs);
  }

  /** The processor was away and could hear nobody. */
  shift(pauseMs: number, nowMs: number): void {
    const moved = (ms: number): number => Math.min(nowMs, ms + pauseMs);
    for (const way of this.#ways.values()) {
      way.atMs = moved(way.atMs);
      way.behindMs = moved(way.behindMs);
      way.absences = way.absences.map(({ fromMs, toMs }) => ({ fromMs: moved(fromMs), toMs: moved(toMs) }));
    }
    for (const gap of this.gaps) gap.sinceMs = Math.min(nowMs, gap.sinceMs + pauseMs);
  }

  #close(way: string): void {
    for (const gap of this.gaps) if (gap.pipeline === way) gap.isOpen = false;
    this.tidy();
  }

  #by(pipeline: string): ModelAgent[] {
    return [...this.#agents.values()].filter((agent) => agent.pipeline === pipeline);
  }

  #membersOf(way: string): ModelAgent[] {
    return [...this.#agents.values()].filter((agent) => this.wayOf(agent.pipeline) === way);
  }
}

function newWay(): Way {
  return { atMs: Number.NEGATIVE_INFINITY, live: 0, behindMs: Number.NEGATIVE_INFINITY, absences: [] };
}

/** Nothing was heard of it since the processor began. */
function isUnheard(agent: ModelAgent): boolean {
  return isLeased(agent) && agent.status === 'unknown' && agent.gap === null;
}

/** Its lease runs, and nobody doubts that it is there. */
function isLive(agent: ModelAgent): boolean {
  return isLeased(agent) && !['stopped', 'offline', 'paused', 'unknown'].includes(agent.status!);
}

function isLeased(agent: ModelAgent): boolean {
  return agent.beats && !agent.isInMaintenance && agent.status !== null;
}
