/** Ids as bytes, of which each is wanted once. A million strings in a Set would hold up the start for a second. */
export class IdSet {
  #hashes = new Uint32Array(1024);
  /** Place in {@link #entries} plus one; 0 is empty. */
  #cells = new Uint32Array(1024);
  readonly #entries: { bytes: Uint8Array; start: number; end: number }[] = [];

  get size(): number {
    return this.#entries.length;
  }

  /**
   * Adds `bytes[start, end)`, which must not change afterwards.
   *
   * @returns False where it is in already.
   */
  add(bytes: Uint8Array, start: number, end: number): boolean {
    if (this.#entries.length * 2 >= this.#cells.length) this.#grow();
    const hash = hashOf(bytes, start, end);
    const mask = this.#cells.length - 1;
    for (let at = hash & mask; ; at = (at + 1) & mask) {
      const cell = this.#cells[at]!;
      if (cell === 0) {
        this.#entries.push({ bytes, start, end });
        this.#cells[at] = this.#entries.length;
        this.#hashes[at] = hash;
        return true;
      }
      if (this.#hashes[at] === hash && isSame(this.#entries[cell - 1]!, bytes, start, end)) return false;
    }
  }

  #grow(): void {
    const cells = this.#cells;
    const hashes = this.#hashes;
    this.#cells = new Uint32Array(cells.length * 2);
    this.#hashes = new Uint32Array(cells.length * 2);
    const mask = this.#cells.length - 1;
    for (let from = 0; from < cells.length; from++) {
      if (cells[from] === 0) continue;
      let to = hashes[from]! & mask;
      while (this.#cells[to] !== 0) to = (to + 1) & mask;
      this.#cells[to] = cells[from]!;
      this.#hashes[to] = hashes[from]!;
    }
  }
}

/** FNV-1a (Fowler, Noll, Vo), mixed once, as its lowest bits are used. */
function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = 2166136261;
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ bytes[at]!, 16777619);
  return (hash ^ (hash >>> 15)) >>> 0;
}

function isSame(
  entry: { bytes: Uint8Array; start: number; end: number },
  bytes: Uint8Array,
  start: number,
  end: number,
): boolean {
  if (entry.end - entry.start !== end - start) return false;
  for (let at = entry.start, other = start; other < end; at++, other++) {
    if (entry.bytes[at] !== bytes[other]) return false;
  }
  return true;
}
