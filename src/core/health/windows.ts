/** Buckets that the health window is divided into: what it sums is exact to one bucket, a tenth of it. */
export const bucketsPerWindow = 10;
/** Buckets of the last hour: exact to five minutes. */
export const bucketsPerHour = 12;
/** Hours that make a day's mean and a baseline. */
export const hoursPerDay = 24;
export const hourMs = 3_600_000;

const rowsPerChunk = 1024;
const chunkShift = 10;
const rowMask = rowsPerChunk - 1;

interface Chunk {
  /** Number of each row's newest bucket, counted from the time line's beginning. */
  readonly newest: Float64Array;
  readonly sums: Float32Array;
}

/** A row as a snapshot keeps it. */
export interface SavedSums {
  readonly newest: number;
  readonly sums: number[];
}

/**
 * Sums over sliding windows in fixed memory, for many rows: each has a ring of buckets, and in each bucket what was
 * added while it was the newest. With ten buckets a sum covers between nine tenths of the window and all of it.
 */
export class SlidingSums {
  readonly #bucketMs: number;
  readonly #buckets: number;
  readonly #width: number;
  readonly #chunks: (Chunk | undefined)[] = [];

  /**
   * @param windowMs - How far back it sees, in milliseconds.
   * @param buckets - How many buckets: the error is one of them.
   * @param width - How many sums a row keeps side by side.
   */
  constructor(windowMs: number, buckets: number, width: number) {
    this.#bucketMs = windowMs / buckets;
    this.#buckets = buckets;
    this.#width = width;
  }

  /** Adds to one of a row's sums; what is older than the newest bucket counts for that one. */
  add(row: number, column: number, value: number, nowMs: number): void {
    const chunk = this.#ensure(row);
    this.#turn(chunk, row & rowMask, nowMs);
    const at = this.#first(row) + (chunk.newest[row & rowMask]! % this.#buckets) * this.#width + column;
    chunk.sums[at] = chunk.sums[at]! + value;
  }

  /** What one of a row's sums holds over the window that ends now. */
  sum(row: number, column: number, nowMs: number): number {
    const chunk = this.#chunks[row >>> chunkShift];
    if (chunk === undefined) return 0;
    this.#turn(chunk, row & rowMask, nowMs);
    const first = this.#first(row);
    let sum = 0;
    for (let bucket = 0; bucket < this.#buckets; bucket++)
      sum += chunk.sums[first + bucket * this.#width + column]!;
    return sum;
  }

  /**
   * Calls with each bucket's sums that ended before the newest one, the oldest first.
   *
   * @param row - The row.
   * @param nowMs - When the newest bucket is.
   * @param visit - Called with the index at which the bucket's sums begin, and the sums.
   */
  eachFormer(row: number, nowMs: number, visit: (at: number, sums: Float32Array) => void): void {
    const chunk = this.#chunks[row >>> chunkShift];
    if (chunk === undefined) return;
    this.#turn(chunk, row & rowMask, nowMs);
    const newest = chunk.newest[row & rowMask]!;
    for (let back = this.#buckets - 1; back > 0; back--) {
      const bucket = newest - back;
      if (bucket < 0) continue;
      visit(this.#first(row) + (bucket % this.#buckets) * this.#width, chunk.sums);
    }
  }

  /** Makes a row as new, for its next owner. */
  clear(row: number): void {
    const chunk = this.#chunks[row >>> chunkShift];
    if (chunk === undefined) return;
    chunk.newest[row & rowMask] = Number.NEGATIVE_INFINITY;
    chunk.sums.fill(0, this.#first(row), this.#first(row) + this.#buckets * this.#width);
  }

  /** A row for a snapshot; undefined where it holds nothing. */
  save(row: number): SavedSums | undefined {
    const chunk = this.#chunks[row >>> chunkShift];
    const newest = chunk?.newest[row & rowMask] ?? Number.NEGATIVE_INFINITY;
    if (chunk === undefined || newest === Number.NEGATIVE_INFINITY) return undefined;
    const first = this.#first(row);
    return { newest, sums: [...chunk.sums.subarray(first, first + this.#buckets * this.#width)] };
  }

  /** Puts a row back; one of another shape (the window was configured anew) is left aside. */
  restore(row: number, saved: SavedSums): void {
    if (saved.sums.length !== this.#buckets * this.#width) return;
    const chunk = this.#ensure(row);
    chunk.newest[row & rowMask] = saved.newest;
    chunk.sums.set(saved.sums, this.#first(row));
  }

  #first(row: number): number {
    return (row & rowMask) * this.#buckets * this.#width;
  }

  #ensure(row: number): Chunk {
    const index = row >>> chunkShift;
    let chunk = this.#chunks[index];
    if (chunk === undefined) {
      chunk = {
        newest: new Float64Array(rowsPerChunk).fill(Number.NEGATIVE_INFINITY),
        sums: new Float32Array(rowsPerChunk * this.#buckets * this.#width),
      };
      this.#chunks[index] = chunk;
    }
    return chunk;
  }

  /** Empties the buckets that have left the window. */
  #turn(chunk: Chunk, row: number, nowMs: number): void {
    const bucket = Math.floor(nowMs / this.#bucketMs);
    const newest = chunk.newest[row]!;
    if (bucket <= newest) return;
    const gone = Math.min(this.#buckets, bucket - newest);
    const first = row * this.#buckets * this.#width;
    for (let back = gone - 1; back >= 0; back--) {
      const at = first + ((((bucket - back) % this.#buckets) + this.#buckets) % this.#buckets) * this.#width;
      chunk.sums.fill(0, at, at + this.#width);
    }
    chunk.newest[row] = bucket;
  }
}
