/**
 * When to try again what failed: after a second, then ever more rarely, up to every 30 s. It has no clock: time is an
 * argument, in milliseconds on any steady line.
 */
export class Backoff {
  static readonly firstMs = 1_000;
  static readonly longestMs = 30_000;
  #failuresInRow = 0;
  #retryAtMs = Number.NEGATIVE_INFINITY;

  get isFailing(): boolean {
    return this.#failuresInRow > 0;
  }

  /** In the past where nothing has failed. */
  get retryAtMs(): number {
    return this.#retryAtMs;
  }

  failed(nowMs: number): void {
    this.#retryAtMs = nowMs + Math.min(Backoff.longestMs, Backoff.firstMs * 2 ** this.#failuresInRow++);
  }

  succeeded(): void {
    this.#failuresInRow = 0;
    this.#retryAtMs = Number.NEGATIVE_INFINITY;
  }
}
