/** Agents that wait to be judged, by slot, each once and in the order in which they came. */
export class SlotQueue {
  /** A ring: its length is a power of two. */
  #slots = new Int32Array(1024);
  #head = 0;
  #size = 0;
  /** By slot: since when what is to be judged has been true; NaN for one that doesn't wait. */
  #atMs = new Float64Array(1024).fill(Number.NaN);

  get size(): number {
    return this.#size;
  }

  /** Puts an agent in; of one that waits already, the later moment counts. */
  add(slot: number, atMs: number): void {
    if (slot >= this.#atMs.length) this.#widen(slot);
    const isWaiting = !Number.isNaN(this.#atMs[slot]!);
    this.#atMs[slot] = atMs;
    if (isWaiting) return;
    if (this.#size === this.#slots.length) this.#grow();
    this.#slots[(this.#head + this.#size) & (this.#slots.length - 1)] = slot;
    this.#size++;
  }

  /**
   * Takes the agent that came first; the queue must not be empty.
   *
   * @returns Its slot, and since when what is to be judged has been true.
   */
  take(): { slot: number; atMs: number } {
    const slot = this.#slots[this.#head]!;
    this.#head = (this.#head + 1) & (this.#slots.length - 1);
    this.#size--;
    const atMs = this.#atMs[slot]!;
    this.#atMs[slot] = Number.NaN;
    return { slot, atMs };
  }

  #widen(slot: number): void {
    const wider = new Float64Array(2 ** Math.ceil(Math.log2(slot + 1))).fill(Number.NaN);
    wider.set(this.#atMs);
    this.#atMs = wider;
  }

  #grow(): void {
    const grown = new Int32Array(this.#slots.length * 2);
    for (let at = 0; at < this.#size; at++) {
      grown[at] = this.#slots[(this.#head + at) & (this.#slots.length - 1)]!;
    }
    this.#slots = grown;
    this.#head = 0;
  }
}
