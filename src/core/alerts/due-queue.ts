/** Something that falls due at a time, which may change. */
export interface Due {
  /** `Infinity` is never. */
  readonly dueMs: number;
}

interface Item<Entry> {
  readonly atMs: number;
  readonly entry: Entry;
}

/**
 * Finds what is due without a look at the rest: a binary heap in which what was put off stays until its turn comes.
 * Each entry may be in it several times; it is thinned out once most of it is out of date.
 */
export class DueQueue<Entry extends Due> {
  #heap: Item<Entry>[] = [];
  /** Entries that were alive when it was thinned out last. */
  #alive = 0;

  /** What it holds, what is out of date included. */
  get size(): number {
    return this.#heap.length;
  }

  /** Says that an entry is due at its {@link Due.dueMs} from now on; what was said before doesn't count. */
  set(entry: Entry): void {
    if (entry.dueMs === Number.POSITIVE_INFINITY) return;
    if (this.#heap.length > 2 * this.#alive + 1024) this.#thinOut();
    this.#heap.push({ atMs: entry.dueMs, entry });
    this.#rise(this.#heap.length - 1);
  }

  /** Takes the entry that is due first, undefined where none is due by now. */
  take(nowMs: number): Entry | undefined {
    for (;;) {
      const first = this.#heap[0];
      if (first === undefined || first.atMs > nowMs) return undefined;
      this.#dropFirst();
      if (first.entry.dueMs === first.atMs) return first.entry;
    }
  }

  #thinOut(): void {
    const seen = new Set<Entry>();
    this.#heap = this.#heap.filter(({ atMs, entry }) => {
      if (entry.dueMs !== atMs || seen.has(entry)) return false;
      seen.add(entry);
      return true;
    });
    this.#alive = this.#heap.length;
    // Sorted is a heap, too.
    this.#heap.sort((one, other) => one.atMs - other.atMs);
  }

  #rise(from: number): void {
    const heap = this.#heap;
    const item = heap[from]!;
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (heap[parent]!.atMs <= item.atMs) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = item;
  }

  #dropFirst(): void {
    const heap = this.#heap;
    const item = heap.pop()!;
    if (heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && heap[child + 1]!.atMs < heap[child]!.atMs) child++;
      if (heap[child]!.atMs >= item.atMs) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = item;
  }
}
