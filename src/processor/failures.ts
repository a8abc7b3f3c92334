import type { Log } from './log.ts';

/** Different failures that are told of; further ones are only counted. */
const mostTold = 1_000;

/** What goes wrong after the start is counted, told once, and doesn't stop the processor. */
export class Failures {
  readonly #log: Log;
  readonly #told = new Set<string>();
  #count = 0;

  constructor(log: Log) {
    this.#log = log;
  }

  /** How many there were. */
  get count(): number {
    return this.#count;
  }

  /**
   * Counts a failure, and logs it unless one like it has been.
   *
   * @param where - What was being done, such as `tick`.
   */
  report(where: string, error: unknown): void {
    this.#count++;
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const key = `${where} ${text}`;
    if (this.#told.has(key) || this.#told.size >= mostTold) return;
    this.#told.add(key);
    this.#log.error('failed, and goes on', { where, error: text });
  }
}
