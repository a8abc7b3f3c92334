import { setImmediate } from 'node:timers/promises';

/** Looking at a slot costs 1, judging a session or an integration about 8, taking all of an agent 32 times that. */
export const lookCost = 1;
export const judgeCost = 8;
export const sampleCost = 32;

/** Rows in a slice: about a millisecond. */
export const sliceRows = 512;
/** A slice of a walk: about a millisecond too. */
const sliceCost = 8192;

/**
 * Keeps a long walk through the fleet from holding up heartbeats: it is cut into slices, and between two of them
 * everything else has its turn.
 */
export class Pace {
  readonly #signal: AbortSignal;
  #spent = 0;

  /** @param signal - Ends the walk at the next slice. */
  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  /**
   * Accounts for work done.
   *
   * @param cost - {@link lookCost}, {@link judgeCost} or {@link sampleCost}.
   * @returns True when the slice is over: await {@link giveWay} then.
   */
  spend(cost: number): boolean {
    this.#spent += cost;
    return this.#spent >= sliceCost;
  }

  /**
   * Ends the slice.
   *
   * @throws The signal's reason once it is aborted.
   */
  async giveWay(): Promise<void> {
    this.#spent = 0;
    await setImmediate();
    this.#signal.throwIfAborted();
  }
}
