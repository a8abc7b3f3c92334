/** An agent that was forgotten. */
export interface Tombstone {
  readonly id: string;
  /** The time of its last point, by its own clock. */
  readonly pointMs: number;
  readonly untilMs: number;
  /** The image that it was in, which keeps the stone. */
  readonly image: number;
}

/**
 * Ids that were forgotten, each with the time of its last point, so that older points don't bring it back. Kept an
 * hour, and bounded: the oldest leave first.
 */
export class Tombstones {
  static readonly keptMs = 3_600_000;
  readonly #limit: number;
  readonly #byId = new Map<string, Tombstone>();
  readonly #idsByImage = new Map<number, Set<string>>();

  /** @param limit - How many are kept at most. */
  constructor(limit = 100_000) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#byId.size;
  }

  add(id: string, pointMs: number, nowMs: number, image: number): void {
    this.#put({ id, pointMs, untilMs: nowMs + Tombstones.keptMs, image });
  }

  /** Those that an image keeps, the oldest first. */
  ofImage(image: number): Tombstone[] {
    return Array.from(this.#idsByImage.get(image) ?? [], (id) => this.#byId.get(id)!);
  }

  /** Puts back what an image had. */
  restore(stones: readonly Tombstone[]): void {
    for (const stone of stones) this.#put(stone);
  }

  #put(stone: Tombstone): void {
    this.#drop(stone.id);
    this.#byId.set(stone.id, stone);
    const ids = this.#idsByImage.get(stone.image);
    if (ids === undefined) this.#idsByImage.set(stone.image, new Set([stone.id]));
    else ids.add(stone.id);
    if (this.#byId.size > this.#limit) this.#drop(this.#byId.keys().next().value!);
  }

  #drop(id: string): void {
    const stone = this.#byId.get(id);
    if (stone === undefined) return;
    this.#byId.delete(id);
    const ids = this.#idsByImage.get(stone.image)!;
    ids.delete(id);
    if (ids.size === 0) this.#idsByImage.delete(stone.image);
  }

  /** Whether a point made then belongs to the life that is over. A newer one lifts the stone. */
  covers(id: string, pointMs: number, nowMs: number): boolean {
    const stone = this.#byId.get(id);
    if (stone === undefined) return false;
    if (nowMs < stone.untilMs && pointMs !== 0 && pointMs <= stone.pointMs) return true;
    this.#drop(id);
    return false;
  }

  /** Lets go of those whose hour is over; they stand in order of it, but for those put back out of order. */
  sweep(nowMs: number): void {
    for (const [id, stone] of this.#byId) {
      if (stone.untilMs > nowMs) return;
      this.#drop(id);
    }
  }
}
