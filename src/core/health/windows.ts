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
  readonly sums: Cells;
  /** Over all buckets of a row. */
  readonly totals: Cells;
}

type Cells = Float32Array | Float64Array;

/** A row as a snapshot keeps it. */
export interface SavedSums {
  readonly bucketMs: number;
  readonly newest: number;
  readonly sums: number[];
}

/**
 * Sums over sliding windows in fixed memory, for many rows: each has a ring of buckets, and in each bucket what
 * happened in its time, in whatever order it was told. With ten buckets a sum covers between nine tenths of the window
 * and all of it.
 */
export class SlidingSums {
  readonly #bucketMs: number;
  readonly #buckets: number;
  readonly #width: number;
  readonly #cells: new (
    length: number,
  ) => Cells;
  readonly #chunks: (Chunk | undefined)[] = [];

  /**
   * @param windowMs - How far back it sees, in milliseconds.
   * @param buckets - How many buckets: the error is one of them.
   * @param width - How many sums a row keeps side by side, three at most.
   * @param cells - `Float64Array` where a bucket may hold more than 2^24 of something.
   */
  constructor(
    windowMs: number,
    buckets: number,
    width: number,
    cells: new (length: number) => Cells = Float32Array,
  ) {
    this.#bucketMs = windowMs / buckets;
    this.#buckets = buckets;
    this.#width = width;
    this.#cells = cells;
  }

  /**
   * Adds what happened then to a row's sums, of which there are as many as its width; what has left the window already
   * is left aside.
   */
  add(row: number, atMs: number, first: number, second = 0, third = 0): void {
    const chunk = this.#ensure(row);
    const place = row & rowMask;
    const bucket = Math.floor(atMs / this.#bucketMs);
    if (bucket > chunk.newest[place]!) this.#turn(chunk, row, bucket);
    else if (bucket <= chunk.newest[place]! - this.#buckets) return;
    const { sums, totals } = chunk;
    const width = this.#width;
    const at = this.#bucketAt(row, bucket);
    const total = place * width;
    sums[at] = sums[at]! + first;
    totals[total] = totals[total]! + first;
    if (width === 1) return;
    sums[at + 1] = sums[at + 1]! + second;
    totals[total + 1] = totals[total + 1]! + second;
    if (width === 2) return;
    sums[at + 2] = sums[at + 2]! + third;
    totals[total + 2] = totals[total + 2]! + third;
  }

  /** What one of a row's sums holds over the window that ends now. */
  sum(row: number, column: number, nowMs: number): number {
    const chunk = this.#chunks[row >>> chunkShift];
    if (chunk === undefined) return 0;
    const place = row & rowMask;
    const bucket = Math.floor(nowMs / this.#bucketMs);
    if (bucket > chunk.newest[place]!) this.#turn(chunk, row, bucket);
    return chunk.totals[place * this.#width + column]!;
  }

  /**
   * Calls with each bucket's sums that ended before the newest one, the oldest first.
   *
   * @param row - The row.
   * @param nowMs - When the newest bucket is.
   * @param visit - Called with the index at which the bucket's sums begin, and the sums.
   */
  eachFormer(row: number, nowMs: number, visit: (at: number, sums: Cells) => void): void {
    const chunk = this.#chunks[row >>> chunkShift];
    if (chunk === undefined) return;
    this.#turn(chunk, row, Math.floor(nowMs / this.#bucketMs));
    const newest = chunk.newest[row & rowMask]!;
    for (let back = this.#buckets - 1; back > 0; back--)
      visit(this.#bucketAt(row, newest - back), chunk.sums);
  }

  /** Makes a row as new, for its next owner. */
  clear(row: number): void {
    const chunk = this.#chunks[row >>> chunkShift];
    if (chunk === undefined) return;
    chunk.newest[row & rowMask] = Number.NEGATIVE_INFINITY;
    chunk.sums.fill(0, this.#first(row), this.#first(row) + this.#buckets * this.#width);
    this.#addUp(chunk, row);
  }

  /** A row for a snapshot; undefined where it holds nothing. */
  save(row: number): SavedSums | undefined {
    const chunk = this.#chunks[row >>> chunkShift];
    const newest = chunk?.newest[row & rowMask] ?? Number.NEGATIVE_INFINITY;
    if (chunk === undefined || newest === Number.NEGATIVE_INFINITY) return undefined;
    const first = this.#first(row);
    const sums = [...chunk.sums.subarray(first, first + this.#buckets * this.#width)];
    return { bucketMs: this.#bucketMs, newest, sums };
  }

  /** Puts a row back; one of another shape or window (it was configured anew) is left aside. */
  restore(row: number, saved: SavedSums): void {
    if (saved.sums.length !== this.#buckets * this.#width || saved.bucketMs !== this.#bucketMs) return;
    const chunk = this.#ensure(row);
    chunk.newest[row & rowMask] = saved.newest;
    chunk.sums.set(saved.sums, this.#first(row));
    this.#addUp(chunk, row);
  }

  /** Clears the rows that reach beyond now: the clock was set back between two runs. */
  clearFuture(nowMs: number): void {
    const bucket = Math.floor(nowMs / this.#bucketMs);
    this.#chunks.forEach((chunk, index) => {
      for (let row = 0; row < rowsPerChunk; row++) {
        if (chunk !== undefined && chunk.newest[row]! > bucket) this.clear((index << chunkShift) | row);
      }
    });
  }

  #first(row: number): number {
    return (row & rowMask) * this.#buckets * this.#width;
  }

  /** Where a bucket's sums begin. */
  #bucketAt(row: number, bucket: number): number {
    const place = bucket % this.#buckets;
    return this.#first(row) + (place < 0 ? place + this.#buckets : place) * this.#width;
  }

  #ensure(row: number): Chunk {
    const index = row >>> chunkShift;
    let chunk = this.#chunks[index];
    if (chunk === undefined) {
      chunk = {
        newest: new Float64Array(rowsPerChunk).fill(Number.NEGATIVE_INFINITY),
        sums: new this.#cells(rowsPerChunk * this.#buckets * this.#width),
        totals: new this.#cells(rowsPerChunk * this.#width),
      };
      this.#chunks[index] = chunk;
    }
    return chunk;
  }

  /** Empties the buckets that have left the window. */
  #turn(chunk: Chunk, row: number, bucket: number): void {
    const newest = chunk.newest[row & rowMask]!;
    if (bucket <= newest) return;
    const gone = Math.min(this.#buckets, bucket - newest);
    for (let back = gone - 1; back >= 0; back--) {
      const at = this.#bucketAt(row, bucket - back);
      chunk.sums.fill(0, at, at + this.#width);
    }
    chunk.newest[row & rowMask] = bucket;
    this.#addUp(chunk, row);
  }

  /** Makes the totals anew from the buckets: taken away one by one, the rounding of each would stay. */
  #addUp({ sums, totals }: Chunk, row: number): void {
    const first = this.#first(row);
    for (let column = 0; column < this.#width; column++) {
      let total = 0;
      for (let bucket = 0; bucket < this.#buckets; bucket++)
        total += sums[first + bucket * this.#width + column]!;
      totals[(row & rowMask) * this.#width + column] = total;
    }
  }
}
