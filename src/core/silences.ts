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
  readonly pipeline: string;
  sinceMs: number;
  agents: number;
  isOpen: boolean;
}

/** A silence as an image keeps it. */
export type SavedSilence = readonly [episode: number, pipeline: string, sinceMs: number, isOpen: boolean];

/** The number of no silence. */
export const noEpisode = 0;
/** More silences at once than rows can name; a further one is judged as deaths. */
const maxEpisodes = 65_534;

/** The silences of ways in, by number: each lasts while it goes on or somebody is unknown because of it. */
export class Silences {
  readonly #episodes: (Episode | undefined)[] = [undefined];
  readonly #freed: number[] = [];

  /** Begins one; its number, 0 where there are too many. */
  begin(pipeline: string, sinceMs: number): number {
    const episode = this.#freed.pop() ?? this.#episodes.length;
    if (episode > maxEpisodes) return noEpisode;
    this.#episodes[episode] = { pipeline, sinceMs, agents: 0, isOpen: true };
    return episode;
  }

  /** Somebody has delivered, or nobody is left to: it goes on no more. */
  close(episode: number): void {
    const entry = this.#episodes[episode];
    if (entry === undefined) return;
    entry.isOpen = false;
    if (entry.agents === 0) this.#free(episode);
  }

  /** An agent became unknown by it (1), or is no longer (−1). */
  countUnknown(episode: number, by: 1 | -1): void {
    const entry = this.#episodes[episode];
    if (entry === undefined) return;
    entry.agents += by;
    if (entry.agents === 0 && !entry.isOpen) this.#free(episode);
  }

  #free(episode: number): void {
    this.#episodes[episode] = undefined;
    this.#freed.push(episode);
  }

  /** Agents that are unknown because of it. */
  agentsOf(episode: number): number {
    return this.#episodes[episode]?.agents ?? 0;
  }

  /** When it began. */
  sinceMs(episode: number): number {
    return this.#episodes[episode]?.sinceMs ?? Number.NEGATIVE_INFINITY;
  }

  /** The one of a pipeline that goes on, 0 for none. */
  openOf(pipeline: string): number {
    return Math.max(
      noEpisode,
      this.#episodes.findIndex((entry) => entry?.isOpen && entry.pipeline === pipeline),
    );
  }

  get all(): Gap[] {
    return this.#episodes.filter((entry) => entry !== undefined).map((entry) => ({ ...entry }));
  }

  /** The processor itself was away. */
  shift(pauseMs: number, nowMs: number): void {
    for (const entry of this.#episodes) {
      if (entry !== undefined) entry.sinceMs = Math.min(nowMs, entry.sinceMs + pauseMs);
    }
  }

  /** What an image keeps: the silences of these ways in, and these. */
  save(pipelines: ReadonlySet<string>, episodes: ReadonlySet<number>): SavedSilence[] {
    return this.#episodes.flatMap((entry, episode) =>
      entry !== undefined && (pipelines.has(entry.pipeline) || episodes.has(episode))
        ? [[episode, entry.pipeline, entry.sinceMs, entry.isOpen] as const]
        : [],
    );
  }

  /**
   * Takes back what an image kept. Several images tell of the same ones, each as of its own time: what was over in
   * one of them is over.
   *
   * @returns The numbers here by those in the image.
   */
  restore(saved: readonly SavedSilence[]): Map<number, number> {
    const numbers = new Map<number, number>();
    for (const [former, pipeline, sinceMs, isOpen] of saved) {
      let episode = this.#episodes.findIndex(
        (entry) => entry?.pipeline === pipeline && entry.sinceMs === sinceMs,
      );
      if (episode < 0) episode = this.begin(pipeline, sinceMs);
      const entry = this.#episodes[episode];
      if (entry !== undefined && !isOpen) entry.isOpen = false;
      numbers.set(former, episode);
    }
    return numbers;
  }

  /** Closes all that go on but these. */
  closeOthers(goingOn: ReadonlySet<number>): void {
    for (let episode = 1; episode < this.#episodes.length; episode++) {
      if (!goingOn.has(episode)) this.close(episode);
    }
  }
}
