import type { Export, Receiver } from './request.ts';
import type { World } from './world.ts';

/** No request takes less. */
export const shortestWayMs = 20;

/** How a way treats what it carries. */
export interface Weather {
  /** Half of the requests take the shortest way; the others up to this longer. */
  jitterMs?: number;
  /** Share of requests that arrive twice, the second up to `jitterMs` later. */
  duplicates?: number;
  /** Share of requests that never arrive. */
  losses?: number;
}

/** The way from a sender to a receiver: requests take their time, and may overtake each other. */
export class Way {
  weather: Weather;
  /** Nothing comes through. */
  isCut = false;
  readonly #world: World;
  readonly #to: Receiver;
  readonly #pipeline: string;

  constructor(world: World, to: Receiver, pipeline: string, weather: Weather = {}) {
    this.#world = world;
    this.#to = to;
    this.#pipeline = pipeline;
    this.weather = weather;
  }

  /** Sends and forgets, as an exporter whose counters are cumulative may. */
  readonly send = (made: Export): void => {
    this.deliver([made]);
  };

  /**
   * Sends.
   *
   * @param answered - Called when it is known whether the receiver took it.
   */
  deliver(exports: readonly Export[], answered: (isTaken: boolean) => void = () => {}): void {
    const { jitterMs = 0, duplicates = 0, losses = 0 } = this.weather;
    const world = this.#world;
    if (this.isCut || world.random() < losses) {
      world.after(shortestWayMs, () => answered(false));
      return;
    }
    const wayMs = () => shortestWayMs + (world.random() < 0.5 ? 0 : Math.floor(world.random() * jitterMs));
    world.after(wayMs(), () => answered(this.#to.accept(exports, this.#pipeline)));
    if (world.random() < duplicates) world.after(wayMs(), () => this.#to.accept(exports, this.#pipeline));
  }
}

/** A batching, queueing proxy (a Collector) before the processor; it may lose its way on, or die with its queue. */
export class Collector {
  readonly onward: Way;
  readonly #world: World;
  readonly #batchMs: number;
  /** One request after another, so many milliseconds apart, once the way is free again. */
  drainMs = 50;
  readonly #retryMs = 5_000;
  /** What comes when the queue is full is lost. */
  readonly #queueLimit = 1_000;
  #batch: Export[] = [];
  #queue: (readonly Export[])[] = [];
  #isSending = false;
  #isDead = false;

  constructor(world: World, onward: Way, batchMs = 1_000) {
    this.#world = world;
    this.onward = onward;
    this.#batchMs = batchMs;
  }

  readonly send = (made: Export): void => {
    this.#world.after(1, () => this.#accept(made));
  };

  /** It dies with everything it holds. */
  die(): void {
    this.#isDead = true;
    this.#batch = [];
    this.#queue = [];
  }

  revive(): void {
    this.#isDead = false;
  }

  /** Its way on is cut for a while; it keeps what it can't deliver. */
  cut(durationMs: number): void {
    this.onward.isCut = true;
    this.#world.after(durationMs, () => {
      this.onward.isCut = false;
    });
  }

  #accept(made: Export): void {
    if (this.#isDead) return;
    this.#batch.push(made);
    if (this.#batch.length > 1) return;
    this.#world.after(this.#batchMs, () => {
      const batch = this.#batch.splice(0);
      if (batch.length > 0 && this.#queue.length < this.#queueLimit) this.#queue.push(batch);
      this.#drain();
    });
  }

  #drain(): void {
    const [first] = this.#queue;
    if (first === undefined || this.#isSending) return;
    this.#isSending = true;
    this.onward.deliver(first, (isTaken) => {
      if (isTaken && this.#queue[0] === first) this.#queue.shift();
      this.#world.after(isTaken ? this.drainMs : this.#retryMs, () => {
        this.#isSending = false;
        this.#drain();
      });
    });
  }
}
