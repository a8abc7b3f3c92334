/**
 * Ids as bytes, each once. Numbers in columns and not a Set of strings: a million strings would hold up the start.
 */
export class IdSet {
  readonly #pages: Uint8Array[] = [];
  /** An id by its number: the page it is in, and where. */
  #page = new Uint32Array(512);
  #start = new Uint32Array(512);
  #end = new Uint32Array(512);
  #hash = new Uint32Array(512);
  /** Hash table: an id's number plus one; 0 is empty. Always at most half full. */
  #cells = new Uint32Array(1024);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Keeps bytes that hold ids; they must not change afterwards. @returns The page's number. */
  addPage(bytes: Uint8Array): number {
    return this.#pages.push(bytes) - 1;
  }

  /**
   * Adds the id in `[start, end)` of a page.
   *
   * @returns False where it is in already.
   */
  add(page: number, start: number, end: number): boolean {
    const bytes = this.#pages[page]!;
    const hash = hashOf(bytes, start, end);
    const mask = this.#cells.length - 1;
    let at = hash & mask;
    for (; this.#cells[at] !== 0; at = (at + 1) & mask) {
      if (this.#is(this.#cells[at]! - 1, hash, bytes, start, end)) return false;
    }
    const id = this.#size++;
    this.#page[id] = page;
    this.#start[id] = start;
    this.#end[id] = end;
    this.#hash[id] = hash;
    this.#cells[at] = this.#size;
    if (this.#size === this.#page.length) this.#grow();
    return true;
  }

  #is(id: number, hash: number, bytes: Uint8Array, start: number, end: number): boolean {
    if (this.#hash[id] !== hash || this.#end[id]! - this.#start[id]! !== end - start) return false;
    const own = this.#pages[this.#page[id]!]!;
    for (let from = this.#start[id]!, at = start; at < end; from++, at++) {
      if (own[from] !== bytes[at]) return false;
    }
    return true;
  }

  #grow(): void {
    this.#page = doubled(this.#page);
    this.#start = doubled(this.#start);
    this.#end = doubled(this.#end);
    this.#hash = doubled(this.#hash);
    this.#cells = new Uint32Array(this.#cells.length * 2);
    const mask = this.#cells.length - 1;
    for (let id = 0; id < this.#size; id++) {
      let at = this.#hash[id]! & mask;
      while (this.#cells[at] !== 0) at = (at + 1) & mask;
      this.#cells[at] = id + 1;
    }
  }
}

function doubled(column: Uint32Array): Uint32Array<ArrayBuffer> {
  const grown = new Uint32Array(column.length * 2);
  grown.set(column);
  return grown;
}

/** FNV-1a (Fowler, Noll, Vo), mixed once, as its lowest bits are used. */
function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = 2166136261;
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ bytes[at]!, 16777619);
  return (hash ^ (hash >>> 15)) >>> 0;
}
