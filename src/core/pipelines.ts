import type { FleetSettings } from './settings.ts';

/** How an agent counts for its way in. */
export const uncounted = 0;
/** It has a lease that runs, and is on time. */
export const onTime = 1;
/** It is late. */
export const late = 2;
export type Standing = 0 | 1 | 2;

/** Fewer live agents than this can't tell a broken way in from their own deaths. */
export const fewestWitnesses = 10;

/** A way in that went silent as a whole, while agents are unknown because of it. */
export interface Gap {
  /** The pipeline, or `direct` for all that carry one agent each. */
  readonly pipeline: string;
  /** When its last request had arrived. */
  readonly sinceMs: number;
  /** Agents that are unknown because of it. */
  readonly agents: number;
  /** Whether it goes on: no request has come since. */
  readonly isOpen: boolean;
}

interface Episode {
  pipeline: string;
  sinceMs: number;
  agents: number;
  isOpen: boolean;
}

/** The name of those that carry one agent each, together. */
export const directPipeline = 'direct';

interface Group {
  agents: number;
  onTime: number;
  late: number;
  lastRequestMs: number;
  /** Agents with a running lease when the last request came. */
  witnesses: number;
  /** The silence that goes on, 0 for none. */
  episode: number;
}

const direct = -1;
const noEpisode = 0;
/** More silences at once than rows can name; a further one is judged as deaths. */
const maxEpisodes = 65_535;

function emptyGroup(): Group {
  return {
    agents: 0,
    onTime: 0,
    late: 0,
    lastRequestMs: Number.NEGATIVE_INFINITY,
    witnesses: 0,
    episode: noEpisode,
  };
}

/**
 * Counts, for every way in, who came by it and who has fallen silent, so that a broken way in is not taken for the
 * death of all behind it. Pipelines that carry one agent each count together, as one: direct senders.
 */
export class Pipelines {
  readonly #settings: FleetSettings;
  readonly #nameOf: (index: number) => string;
  /** Silences by number; 0 is none. */
  readonly #episodes: (Episode | undefined)[] = [undefined];
  readonly #groups = new Map<number, Group>([[direct, emptyGroup()]]);

  constructor(settings: FleetSettings, nameOf: (index: number) => string) {
    this.#settings = settings;
    this.#nameOf = nameOf;
  }

  /** An agent comes by this pipeline from now on. */
  join(pipeline: number): void {
    const group = this.#ensure(pipeline);
    if (group.agents === 1) this.#shift(group, -1);
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

  /** A request has arrived: whoever still delivers is not blind. */
  heard(pipeline: number, nowMs: number): void {
    const group = this.#groups.get(pipeline);
    if (group === undefined) return;
    this.#heard(group, nowMs);
    if (group.agents === 1) this.#heard(this.#groups.get(direct)!, nowMs);
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
    const silent = group.late + (this.#episodes[group.episode]?.agents ?? 0);
    if (!Number.isFinite(lastRequestMs) || atMs - lastRequestMs < limitMs / 2) return Number.NaN;
    if (witnesses < fewestWitnesses || !(silent > this.#settings.gapRatio * witnesses)) return Number.NaN;
    return lastRequestMs;
  }

  /**
   * The silence of the agent's way in, begun where it wasn't one yet.
   *
   * @returns Its number, and whether it begins now; number 0 where there are too many.
   */
  begin(pipeline: number, sinceMs: number): { episode: number; isNew: boolean } {
    const group = this.#groupOf(pipeline)!;
    if (group.episode !== noEpisode) return { episode: group.episode, isNew: false };
    const freed = this.#episodes.indexOf(undefined, 1);
    const episode = freed > 0 ? freed : this.#episodes.length;
    if (episode > maxEpisodes) return { episode: noEpisode, isNew: false };
    const name = this.#isDirect(pipeline) ? directPipeline : this.#nameOf(pipeline);
    this.#episodes[episode] = { pipeline: name, sinceMs, agents: 0, isOpen: true };
    group.episode = episode;
    return { episode, isNew: true };
  }

  /** The silence that goes on at the agent's way in, 0 for none. */
  episodeOf(pipeline: number): number {
    return this.#groupOf(pipeline)?.episode ?? noEpisode;
  }

  /** When a silence began. */
  sinceMs(episode: number): number {
    return this.#episodes[episode]?.sinceMs ?? Number.NEGATIVE_INFINITY;
  }

  /** An agent became unknown by a silence (1), or is no longer (−1). */
  countUnknown(episode: number, by: 1 | -1): void {
    const entry = this.#episodes[episode];
    if (entry === undefined) return;
    entry.agents += by;
    if (entry.agents === 0 && !entry.isOpen) this.#episodes[episode] = undefined;
  }

  /** Whether two agents' pipelines are judged together. */
  isSameGroup(one: number, other: number): boolean {
    return one === other || (this.#isDirect(one) && this.#isDirect(other));
  }

  /** The silences under which agents are unknown. */
  get gaps(): Gap[] {
    return this.#episodes.filter((episode) => episode !== undefined).map((episode) => ({ ...episode }));
  }

  /** The processor itself was away: no silence since then is a pipeline's. */
  shift(pauseMs: number, nowMs: number): void {
    for (const group of this.#groups.values()) {
      group.lastRequestMs = Math.min(nowMs, group.lastRequestMs + pauseMs);
    }
    for (const episode of this.#episodes) {
      if (episode !== undefined) episode.sinceMs = Math.min(nowMs, episode.sinceMs + pauseMs);
    }
  }

  #heard(group: Group, nowMs: number): void {
    group.lastRequestMs = nowMs;
    group.witnesses = group.onTime + group.late;
    this.#close(group);
  }

  /** A way in by which nobody comes any more, or that counts with the direct ones, is no silent one of its own. */
  #closeEmpty(group: Group): void {
    const all = this.#groups.get(direct)!;
    if (group.agents <= 1) this.#close(group);
    if (all.agents === 0) this.#close(all);
  }

  #close(group: Group): void {
    const episode = this.#episodes[group.episode];
    if (episode === undefined) return;
    episode.isOpen = false;
    if (episode.agents === 0) this.#episodes[group.episode] = undefined;
    group.episode = noEpisode;
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
  }

  /** A group becomes one of the direct ones (1) or ceases to be (−1). */
  #shift(group: Group, by: number): void {
    const all = this.#groups.get(direct)!;
    all.agents += by;
    all.onTime += by * group.onTime;
    all.late += by * group.late;
  }
}
