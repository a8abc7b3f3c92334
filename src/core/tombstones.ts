/** An agent that was forgotten. */
export interface Tombstone {
  readonly id: string;
  /** The time of its last point, by its own clock. */
  readonly pointMs: number;
  readonly untilMs: number;
  /** The block that it was in, whose image keeps the stone. */
  readonly block: number;
}

/**
 * Ids that were forgotten, each with the time of its last point, so that older points don't bring it back. Kept an
 * hour, and bounded: the oldest leave first.
 */
export class Tombstones {
  static readonly keptMs = 3_600_000;
  readonly #limit: number;
  readonly #byId = new Map<string, Tombstone>();

  /** @param limit - How many are kept at most. */
  constructor(limit = 100_000) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#byId.size;
  }

  add(id: string, pointMs: number, nowMs: number, block: number): void {
    this.#put({ id, pointMs, untilMs: nowMs + Tombstones.keptMs, block });
  }

  /** Those of agents that were in a block, for its image. */
  ofBlock(block: number): Tombstone[] {
    if (this.#byId.size === 0) return [];
    return [...this.#byId.values()].filter((stone) => stone.block === block);
  }

  /** Puts back what an image had. */
  restore(stones: readonly Tombstone[]): void {
    for (const stone of stones) this.#put(stone);
  }

  #put(stone: Tombstone): void {
    this.#byId.delete(stone.id);
    this.#byId.set(stone.id, stone);
    if (this.#byId.size > this.#limit) this.#byId.delete(this.#byId.keys().next().value!);
  }

  /** Whether a point made then belongs to the life that is over. A newer one lifts the stone. */
  covers(id: string, pointMs: number, nowMs: number): boolean {
    const stone = this.#byId.get(id);
    if (stone === undefined) return false;
    if (nowMs < stone.untilMs && pointMs !== 0 && pointMs <= stone.pointMs) return true;
    this.#byId.delete(id);
    return false;
  }

  /** Lets go of those whose hour is over; they stand in order of it, but for those put back out of order. */
  sweep(nowMs: number): void {
    for (const [id, stone] of this.#byId) {
      if (stone.untilMs > nowMs) return;
      this.#byId.delete(id);
    }
  }
}
