import {
  deadlineBehind,
  hear,
  inherit,
  noPresence,
  type Presence,
  shiftPresence,
  tellOf,
} from './presence.ts';
import type { FleetSettings } from './settings.ts';
import { type Gap, noEpisode, type SavedSilence, Silences } from './silences.ts';
import { late, onTime, type Standing, unheard } from './standing.ts';

/** Fewer live agents than this can't tell a broken way in from their own deaths. */
export const fewestWitnesses = 10;

/** What an image keeps of the ways in. */
export interface SavedWays {
  /** The pipeline, when its last request had arrived, and how many agents were live then. */
  readonly requests: readonly [pipeline: string, lastRequestMs: number, witnesses: number][];
  readonly silences: readonly SavedSilence[];
}

/** The name of those that carry one agent each, together. */
export const directPipeline = 'direct';

interface Group extends Presence {
  agents: number;
  onTime: number;
  late: number;
  unheard: number;
  /** Agents with a running lease, or unheard since the start, when the last request came. */
  witnesses: number;
  /** The silence that goes on, 0 for none. */
  episode: number;
  /** When it was noticed; infinite where that was before a restart. */
  noticedAtMs: number;
}

const direct = -1;

function emptyGroup(): Group {
  return {
    agents: 0,
    onTime: 0,
    late: 0,
    unheard: 0,
    ...noPresence(),
    witnesses: 0,
    episode: noEpisode,
    noticedAtMs: Number.POSITIVE_INFINITY,
  };
}

/**
 * Counts, for every way in, who came by it and who has fallen silent, so that a broken way in is not taken for the
 * death of all behind it. Pipelines that carry one agent each count together, as one: direct senders.
 */
export class Pipelines {
  readonly #settings: FleetSettings;
  /** Half of the shortest offline limit there may be. */
  readonly #shortestAbsenceMs: number;
  readonly #nameOf: (index: number) => string;
  readonly #silences = new Silences();
  /** Last requests as images had them, until all agents have joined. */
  readonly #saved = new Map<string, Pick<Group, 'lastRequestMs' | 'witnesses'>>();
  readonly #groups = new Map<number, Group>([[direct, emptyGroup()]]);

  constructor(settings: FleetSettings, nameOf: (index: number) => string) {
    this.#settings = settings;
    const limits = settings.overrides.map(({ offlineAfterMs }) => offlineAfterMs ?? settings.offlineAfterMs);
    this.#shortestAbsenceMs = Math.min(settings.offlineAfterMs, ...limits) / 2;
    this.#nameOf = nameOf;
  }

  /** An agent comes by this pipeline from now on. */
  join(pipeline: number): void {
    const group = this.#ensure(pipeline);
    if (group.agents === 1) {
      this.#shift(group, -1);
      inherit(group, this.#groups.get(direct)!);
    }
    group.agents++;
    if (group.agents === 1) this.#shift(group, 1);
    this.#closeEmpty(group);
  }

  /** An agent no longer comes by it; its standing was taken back before. */
  leave(pipeline: number): void {
    const group = this.#groups.get(pipeline);
    if (group === undefined) return;
    if (group.agents === 1) this.#shift(group, -1);
    group.agents--;
    if (group.agents === 1) this.#shift(group, 1);
    this.#closeEmpty(group);
    if (group.agents === 0) this.#groups.delete(pipeline);
  }

  /** An agent's standing has changed. */
  count(pipeline: number, from: Standing, to: Standing): void {
    const group = this.#ensure(pipeline);
    this.#add(group, from, -1);
    this.#add(group, to, 1);
    if (group.agents === 1) {
      const all = this.#groups.get(direct)!;
      this.#add(all, from, -1);
      this.#add(all, to, 1);
    }
  }

  /**
   * A request under way tells of a sign of life.
   *
   * @param isOld - Whether it was made longer ago than half of the agent's offline limit.
   */
  tellsOf(pipeline: number, isOld: boolean): void {
    const group = this.#groups.get(pipeline);
    if (group === undefined) return;
    tellOf(group, isOld);
    if (group.agents === 1) tellOf(this.#groups.get(direct)!, isOld);
  }

  /** A request has arrived: whoever still delivers is not blind, unless it is old news alone that comes. */
  heard(pipeline: number, nowMs: number, isSuspended: boolean): void {
    const group = this.#groups.get(pipeline);
    if (group === undefined) return;
    this.#heard(group, nowMs, isSuspended);
    if (group.agents === 1) this.#heard(this.#groups.get(direct)!, nowMs, isSuspended);
  }

  /**
   * Judges at an agent's deadline whether its silence is its own.
   *
   * @param pipeline - The agent's way in.
   * @param atMs - The deadline.
   * @param limitMs - The agent's offline limit.
   * @returns Since when the way in is silent as a whole, or NaN where it is not.
   */
  silentSince(pipeline: number, atMs: number, limitMs: number): number {
    const group = this.#groupOf(pipeline);
    if (group === undefined) return Number.NaN;
    const { lastRequestMs, witnesses } = group;
    const silent = group.late + group.unheard + this.#silences.agentsOf(group.episode);
    if (!Number.isFinite(lastRequestMs) || atMs - lastRequestMs < limitMs / 2) return Number.NaN;
    if (witnesses < fewestWitnesses || !(silent > this.#settings.gapRatio * witnesses)) return Number.NaN;
    return lastRequestMs;
  }

  /** The deadline of an agent in view of its way in's absences, as {@link deadlineBehind} has it. */
  deadlineOf(pipeline: number, atMs: number, limitMs: number, startedAtMs: number): number {
    const own = this.#groups.get(pipeline);
    if (own === undefined) return atMs;
    const behind = (way: Presence) =>
      deadlineBehind(way, atMs, limitMs, startedAtMs, this.#settings.gapHoldMs);
    return own.agents === 1 ? Math.max(behind(own), behind(this.#groups.get(direct)!)) : behind(own);
  }

  /**
   * The silence of the agent's way in, begun where it wasn't one yet.
   *
   * @param sinceMs - Since when the way in is silent.
   * @param atMs - When that is noticed.
   * @returns Its number, and whether it begins now; number 0 where there are too many.
   */
  begin(pipeline: number, sinceMs: number, atMs: number): { episode: number; isNew: boolean } {
    const group = this.#groupOf(pipeline)!;
    if (group.episode !== noEpisode) return { episode: group.episode, isNew: false };
    const name = this.groupNameOf(pipeline);
    group.episode = this.#silences.begin(name, sinceMs);
    if (group.episode !== noEpisode) group.noticedAtMs = atMs;
    return { episode: group.episode, isNew: group.episode !== noEpisode };
  }

  /** The silence that goes on at the agent's way in, 0 for none. */
  episodeOf(pipeline: number): number {
    return this.#groupOf(pipeline)?.episode ?? noEpisode;
  }

  /** When the silence at the agent's way in was noticed; infinite where none was since the start. */
  noticedAtMs(pipeline: number): number {
    return this.#groupOf(pipeline)?.noticedAtMs ?? Number.POSITIVE_INFINITY;
  }

  /** When a silence began. */
  sinceMs(episode: number): number {
    return this.#silences.sinceMs(episode);
  }

  /** An agent became unknown by a silence (1), or is no longer (−1). */
  countUnknown(episode: number, by: 1 | -1): void {
    this.#silences.countUnknown(episode, by);
  }

  /** The pipeline's name, `direct` where it carries one agent alone. */
  groupNameOf(pipeline: number): string {
    return this.#groupName(this.#isDirect(pipeline) ? direct : pipeline);
  }

  /** The silences under which agents are unknown. */
  get gaps(): Gap[] {
    return this.#silences.all;
  }

  /**
   * What an image keeps of the ways in.
   *
   * @param pipelines - Those of its agents; the direct senders together are always among them.
   * @param episodes - The silences that made its agents unknown.
   */
  save(pipelines: Iterable<number>, episodes: ReadonlySet<number>): SavedWays {
    const requests: [string, number, number][] = [];
    const names = new Set<string>();
    for (const pipeline of [direct, ...pipelines]) {
      const group = this.#groups.get(pipeline);
      names.add(this.#groupName(pipeline));
      // One that carries one agent counts with the direct ones.
      if (group === undefined || (group.agents === 1 && pipeline !== direct)) continue;
      if (!Number.isFinite(group.lastRequestMs)) continue;
      requests.push([this.#groupName(pipeline), group.lastRequestMs, group.witnesses]);
    }
    return { requests, silences: this.#silences.save(names, episodes) };
  }

  /**
   * Takes back what an image kept; images tell of the same, each as of its own time.
   *
   * @returns The numbers of the silences here by those in the image.
   */
  restore({ requests, silences }: SavedWays): Map<number, number> {
    for (const [name, lastRequestMs, witnesses] of requests) {
      if (lastRequestMs < (this.#saved.get(name)?.lastRequestMs ?? Number.NEGATIVE_INFINITY)) continue;
      this.#saved.set(name, { lastRequestMs, witnesses });
    }
    return this.#silences.restore(silences);
  }

  /** All images are back, and all agents have joined: silences go on where nobody has delivered since. */
  goOn(): void {
    for (const [pipeline, group] of this.#groups) {
      const name = this.#groupName(pipeline);
      Object.assign(group, this.#saved.get(name));
      if (pipeline === direct || group.agents > 1) group.episode = this.#silences.openOf(name);
    }
    this.#saved.clear();
    this.#silences.closeOthers(new Set(Array.from(this.#groups.values(), ({ episode }) => episode)));
  }

  /** The processor itself was away: no silence since then is a pipeline's. */
  shift(pauseMs: number, nowMs: number): void {
    for (const group of this.#groups.values()) shiftPresence(group, pauseMs, nowMs);
    this.#silences.shift(pauseMs, nowMs);
  }

  #heard(group: Group, nowMs: number, isSuspended: boolean): void {
    const isWitnessed = group.witnesses >= fewestWitnesses;
    if (!hear(group, nowMs, this.#shortestAbsenceMs, isWitnessed, isSuspended)) return;
    group.witnesses = group.onTime + group.late + group.unheard;
    this.#close(group);
  }

  /** A way in by which nobody comes any more, or that counts with the direct ones, is no silent one of its own. */
  #closeEmpty(group: Group): void {
    const all = this.#groups.get(direct)!;
    if (group.agents <= 1) this.#close(group);
    if (all.agents === 0) this.#close(all);
  }

  #close(group: Group): void {
    this.#silences.close(group.episode);
    group.episode = noEpisode;
    group.noticedAtMs = Number.POSITIVE_INFINITY;
  }

  #groupName(pipeline: number): string {
    return pipeline === direct ? directPipeline : this.#nameOf(pipeline);
  }

  #isDirect(pipeline: number): boolean {
    return this.#groups.get(pipeline)?.agents === 1;
  }

  #groupOf(pipeline: number): Group | undefined {
    return this.#groups.get(this.#isDirect(pipeline) ? direct : pipeline);
  }

  #ensure(pipeline: number): Group {
    let group = this.#groups.get(pipeline);
    if (group === undefined) {
      group = emptyGroup();
      this.#groups.set(pipeline, group);
    }
    return group;
  }

  #add(group: Group, standing: Standing, by: number): void {
    if (standing === onTime) group.onTime += by;
    else if (standing === late) group.late += by;
    else if (standing === unheard) group.unheard += by;
  }

  /** A group becomes one of the direct ones (1) or ceases to be (−1). */
  #shift(group: Group, by: number): void {
    const all = this.#groups.get(direct)!;
    all.agents += by;
    all.onTime += by * group.onTime;
    all.late += by * group.late;
    all.unheard += by * group.unheard;
  }
}
