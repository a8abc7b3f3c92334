import type { FleetSettings } from '../../../src/core/index.ts';
import { type ModelAgent, type ModelGap, offlineLimitMs } from './facts.ts';

/** Pipelines that carry one agent each count together under this name. */
export const direct = 'direct';

const fewestWitnesses = 10;

/** The last request by a way in, and how many agents were live behind it then. */
interface Request {
  atMs: number;
  live: number;
}

/** Who comes by which way in, recounted from all agents at every question. */
export class WaysIn {
  readonly gaps: ModelGap[] = [];
  readonly #agents: ReadonlyMap<string, ModelAgent>;
  readonly #settings: FleetSettings;
  /** By pipeline, and one for all direct senders. */
  readonly #requests = new Map<string, Request>();

  constructor(agents: ReadonlyMap<string, ModelAgent>, settings: FleetSettings) {
    this.#agents = agents;
    this.#settings = settings;
  }

  /** A request has come by this pipeline, after what it said was applied. */
  heard(pipeline: string, nowMs: number): void {
    if (this.#by(pipeline).length === 0) return;
    for (const way of new Set([pipeline, this.wayOf(pipeline)])) {
      const members = way === pipeline ? this.#by(pipeline) : this.#membersOf(way);
      this.#requests.set(way, { atMs: nowMs, live: members.filter(isLive).length });
      this.#close(way);
    }
  }

  /** Agents have come, gone or moved: a way in by which nobody comes, or only one, is none of its own any more. */
  regroup(): void {
    for (const gap of this.gaps) {
      if (!gap.isOpen) continue;
      const own =
        gap.pipeline === direct ? this.#membersOf(direct).length > 0 : this.#by(gap.pipeline).length > 1;
      if (!own) gap.isOpen = false;
    }
    for (const way of this.#requests.keys()) {
      if (way !== direct && this.#by(way).length === 0) this.#requests.delete(way);
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
    const request = this.#requests.get(way);
    if (request === undefined) return null;
    if (atMs - request.atMs < offlineLimitMs(agent, this.#settings) / 2) return null;
    if (request.live < fewestWitnesses) return null;
    const open = this.openGapOf(agent.pipeline);
    const members = this.#membersOf(way);
    const late = members.filter((member) => isLive(member) && member.isLate).length;
    // Nor was anything heard, since the processor began, of those that are unknown since then.
    const unheard = members.filter(
      (member) => isLeased(member) && member.status === 'unknown' && member.gap === null,
    );
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

  /** The processor was away and could hear nobody. */
  shift(pauseMs: number, nowMs: number): void {
    for (const request of this.#requests.values()) request.atMs = Math.min(nowMs, request.atMs + pauseMs);
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

/** Its lease runs, and nobody doubts that it is there. */
function isLive(agent: ModelAgent): boolean {
  return isLeased(agent) && !['stopped', 'offline', 'paused', 'unknown'].includes(agent.status!);
}

function isLeased(agent: ModelAgent): boolean {
  return agent.beats && !agent.isInMaintenance && agent.status !== null;
}
