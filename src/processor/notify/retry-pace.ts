/** How often to try again. */
export interface RetryPaceOptions {
  readonly firstMs: number;
  readonly longestMs: number;
  /** From 0 up to 1, such as `Math.random`. */
  readonly random: () => number;
}

/**
 * When to try again what failed: each time twice as long after the last, with half of it left to chance, so that
 * many that failed together don't come back together. Time is an argument, in milliseconds on any steady line.
 */
export class RetryPace {
  readonly #options: RetryPaceOptions;
  #failuresInRow = 0;
  #retryAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: RetryPaceOptions) {
    this.#options = options;
  }

  get isFailing(): boolean {
    return this.#failuresInRow > 0;
  }

  get failuresInRow(): number {
    return this.#failuresInRow;
  }

  /** In the past where nothing has failed. */
  get retryAtMs(): number {
    return this.#retryAtMs;
  }

  /** @param notBeforeMs - What the other side asked for, as a duration. */
  failed(nowMs: number, notBeforeMs = 0): void {
    const { firstMs, longestMs, random } = this.#options;
    const wholeMs = Math.min(longestMs, firstMs * 2 ** Math.min(30, this.#failuresInRow++));
    this.#retryAtMs = nowMs + Math.max(notBeforeMs, wholeMs / 2 + (random() * wholeMs) / 2);
  }

  succeeded(): void {
    this.#failuresInRow = 0;
    this.#retryAtMs = Number.NEGATIVE_INFINITY;
  }
}
