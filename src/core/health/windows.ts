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
  /** Each row's newest bucket, then its totals over all buckets: most of what is told of a row lands here alone. */
  readonly heads: Cells;
  /** The buckets before the newest, whose own place is empty. */
  readonly ring: Cells;
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
    const bucket = Math.floor(atMs / this.#bucketMs);
    this.#turn(chunk, row, bucket);
    const newest = chunk.newest[row & rowMask]!;
    const { heads } = chunk;
    const width = this.#width;
    const head = this.#head(row);
    if (bucket === newest) put(heads, head, width, first, second, third);
    else if (bucket > newest - this.#buckets) {
      put(chunk.ring, this.#bucketAt(row, bucket), width, first, second, third);
    } else return;
    put(heads, head + width, width, first, second, third);
  }

  /** What one of a row's sums holds over the window that ends now. */
  sum(row: number, column: number, nowMs: number): number {
    const chunk = this.#chunks[row >>> chunkShift];
    if (chunk === undefined) return 0;
    this.#turn(chunk, row, Math.floor(nowMs / this.#bucketMs));
    return chunk.heads[this.#head(row) + this.#width + column]!;
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
      visit(this.#bucketAt(row, newest - back), chunk.ring);
  }

  /** Makes a row as new, for its next owner. */
  clear(row: number): void {
    const chunk = this.#chunks[row >>> chunkShift];
    if (chunk === undefined) return;
    chunk.newest[row & rowMask] = Number.NEGATIVE_INFINITY;
    chunk.ring.fill(0, this.#first(row), this.#first(row) + this.#buckets * this.#width);
    chunk.heads.fill(0, this.#head(row), this.#head(row) + 2 * this.#width);
  }

  /** A row for a snapshot; undefined where it holds nothing. */
  save(row: number): SavedSums | undefined {
    const chunk = this.#chunks[row >>> chunkShift];
    const newest = chunk?.newest[row & rowMask] ?? Number.NEGATIVE_INFINITY;
    if (chunk === undefined || newest === Number.NEGATIVE_INFINITY) return undefined;
    const first = this.#first(row);
    const sums = [...chunk.ring.subarray(first, first + this.#buckets * this.#width)];
    const place = this.#bucketAt(row, newest) - first;
    for (let column = 0; column < this.#width; column++) {
      sums[place + column] = chunk.heads[this.#head(row) + column]!;
    }
    return { bucketMs: this.#bucketMs, newest, sums };
  }

  /** Puts a row back; one of another shape or window (it was configured anew) is left aside. */
  restore(row: number, saved: SavedSums): void {
    if (saved.sums.length !== this.#buckets * this.#width || saved.bucketMs !== this.#bucketMs) return;
    const chunk = this.#ensure(row);
    chunk.newest[row & rowMask] = saved.newest;
    chunk.ring.set(saved.sums, this.#first(row));
    const place = this.#bucketAt(row, saved.newest);
    for (let column = 0; column < this.#width; column++) {
      chunk.heads[this.#head(row) + column] = chunk.ring[place + column]!;
      chunk.ring[place + column] = 0;
    }
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

  #head(row: number): number {
    return (row & rowMask) * 2 * this.#width;
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
        heads: new this.#cells(rowsPerChunk * 2 * this.#width),
        ring: new this.#cells(rowsPerChunk * this.#buckets * this.#width),
      };
      this.#chunks[index] = chunk;
    }
    return chunk;
  }

  /** Closes the newest bucket where another one has begun, and empties those that have left the window. */
  #turn(chunk: Chunk, row: number, bucket: number): void {
    const newest = chunk.newest[row & rowMask]!;
    if (bucket <= newest) return;
    const { ring, heads } = chunk;
    const width = this.#width;
    const head = this.#head(row);
    if (newest !== Number.NEGATIVE_INFINITY) {
      const place = this.#bucketAt(row, newest);
      for (let column = 0; column < width; column++) ring[place + column] = heads[head + column]!;
    }
    heads.fill(0, head, head + width);
    const gone = Math.min(this.#buckets, bucket - newest);
    for (let back = gone - 1; back >= 0; back--) {
      const at = this.#bucketAt(row, bucket - back);
      ring.fill(0, at, at + width);
    }
    chunk.newest[row & rowMask] = bucket;
    this.#addUp(chunk, row);
  }

  /** Makes the totals anew from the buckets: taken away one by one, the rounding of each would stay. */
  #addUp({ ring, heads }: Chunk, row: number): void {
    const first = this.#first(row);
    const head = this.#head(row);
    for (let column = 0; column < this.#width; column++) {
      let total = heads[head + column]!;
      for (let bucket = 0; bucket < this.#buckets; bucket++)
        total += ring[first + bucket * this.#width + column]!;
      heads[head + this.#width + column] = total;
    }
  }
}

function put(cells: Cells, at: number, width: number, first: number, second: number, third: number): void {
  cells[at] = cells[at]! + first;
  if (width > 1) cells[at + 1] = cells[at + 1]! + second;
  if (width > 2) cells[at + 2] = cells[at + 2]! + third;
}
