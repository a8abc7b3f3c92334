/** Those who wait until facts are on the disk. */
export class FlushWaiters {
  #waiting: { lastFact: number; resolve(isDurable: boolean): void }[] = [];

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /**
   * @param lastFact - The number of the last fact that must be on the disk.
   * @returns Whether it is.
   */
  waitFor(lastFact: number): Promise<boolean> {
    return new Promise((resolve) => this.#waiting.push({ lastFact, resolve }));
  }

  /** Facts up to this one are on the disk. */
  written(lastFact: number): void {
    const released = this.#waiting.filter((waiter) => waiter.lastFact <= lastFact);
    this.#waiting = this.#waiting.filter((waiter) => waiter.lastFact > lastFact);
    for (const { resolve } of released) resolve(true);
  }

  /** Nothing can be written for now: nobody is kept waiting. */
  failed(): void {
    for (const { resolve } of this.#waiting.splice(0)) resolve(false);
  }
}
