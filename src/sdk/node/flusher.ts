/** Runs a flush on demand: never two at a time, and urgent ones at most once an interval. */
export class Flusher {
  readonly #run: () => Promise<unknown>;
  readonly #intervalMs: number;
  #running: Promise<void> | undefined;
  #following: Promise<void> | undefined;
  /** Takes back an urgent flush that hasn't begun. */
  #cancel: (() => void) | undefined;
  #lastUrgentMs = Number.NEGATIVE_INFINITY;

  /**
   * @param run - Sends what waits. That it rejects is no news here.
   * @param intervalMs - The least time between two urgent flushes.
   */
  constructor(run: () => Promise<unknown>, intervalMs: number) {
    this.#run = run;
    this.#intervalMs = intervalMs;
  }

  /** Flushes soon: after the current turn of the event loop, or when the interval since the last one is over. */
  request(): void {
    if (this.#cancel !== undefined) return;
    const waitMs = this.#lastUrgentMs + this.#intervalMs - performance.now();
    const start = () => {
      this.#cancel = undefined;
      this.#lastUrgentMs = performance.now();
      void this.flush();
    };
    if (waitMs > 0) {
      const timer = setTimeout(start, waitMs).unref();
      this.#cancel = () => clearTimeout(timer);
    } else {
      const immediate = setImmediate(start).unref();
      this.#cancel = () => clearImmediate(immediate);
    }
  }

  /**
   * Sends what waits at the time of the call.
   *
   * @returns Settles when it is sent or given up; never rejects.
   */
  flush(): Promise<void> {
    if (this.#running === undefined) {
      this.#running = this.#begin();
      return this.#running;
    }
    // What runs may have read the agents before the call, so one more has to follow, for all who ask meanwhile.
    this.#following ??= this.#running.then(() => {
      this.#following = undefined;
      this.#running = this.#begin();
      return this.#running;
    });
    return this.#following;
  }

  /** Forgets an urgent flush that hasn't begun. */
  cancel(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  async #begin(): Promise<void> {
    try {
      await this.#run();
    } catch {
      // The exporter has told diag.
    } finally {
      if (this.#following === undefined) this.#running = undefined;
    }
  }
}
