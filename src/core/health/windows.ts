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

/**
 * Rows side by side, and each row in one piece, as what is told of it touches its beginning alone: when its newest
 * bucket is, that bucket's sums, its totals over all buckets; then the ring of the buckets before the newest, whose own
 * place is empty.
 */
interface Chunk {
  readonly cells: Cells;
  /** The same memory; the first places of a row are its marks, see {@link mark}. */
  readonly marks: Int32Array;
}

/** A row's marks. */
const mark = {
  /** The lower and upper 32 bits of the newest bucket's number, counted from the time line's beginning. */
  low: 0,
  high: 1,
  /** The newest bucket's place in the ring. */
  place: 2,
  count: 3,
} as const;

/** The upper bits of a row that holds nothing. */
const nothing = -(2 ** 31);
const lowRange = 2 ** 32;

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
  /** Places of 32 bits that a cell has. */
  readonly #marksPerCell: number;
  /** Where, counted in cells from a row's beginning, the newest bucket's sums are, then the totals, then the ring. */
  readonly #newestAt: number;
  readonly #totalsAt: number;
  readonly #ringAt: number;
  readonly #cellsPerRow: number;

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
    cells: typeof Float32Array | typeof Float64Array = Float32Array,
  ) {
    this.#bucketMs = windowMs / buckets;
    this.#buckets = buckets;
    this.#width = width;
    this.#cells = cells;
    this.#marksPerCell = cells.BYTES_PER_ELEMENT / Int32Array.BYTES_PER_ELEMENT;
    this.#newestAt = Math.ceil(mark.count / this.#marksPerCell);
    this.#totalsAt = this.#newestAt + width;
    this.#ringAt = this.#totalsAt + width;
    this.#cellsPerRow = this.#ringAt + buckets * width;
  }

  /**
   * Adds what happened then to a row's sums, of which there are as many as its width; what has left the window already
   * is left aside.
   */
  add(row: number, atMs: number, first: number, second = 0, third = 0): void {
    const chunk = this.#chunks[row >>> chunkShift] ?? this.#addChunk(row >>> chunkShift);
    const { cells } = chunk;
    const begin = (row & rowMask) * this.#cellsPerRow;
    const width = this.#width;
    const back = this.#turn(chunk, begin, Math.floor(atMs / this.#bucketMs));
    if (back === 0) put(cells, begin + this.#newestAt, width, first, second, third);
    else if (back < this.#buckets)
      put(cells, this.#ringIndex(chunk, begin, back), width, first, second, third);
    else return;
    put(cells, begin + this.#totalsAt, width, first, second, third);
  }

  /** What one of a row's sums holds over the window that ends now. */
  sum(row: number, column: number, nowMs: number): number {
    const chunk = this.#chunks[row >>> chunkShift];
    if (chunk === undefined) return 0;
    const begin = (row & rowMask) * this.#cellsPerRow;
    this.#turn(chunk, begin, Math.floor(nowMs / this.#bucketMs));
    return chunk.cells[begin + this.#totalsAt + column]!;
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
    const begin = (row & rowMask) * this.#cellsPerRow;
    this.#turn(chunk, begin, Math.floor(nowMs / this.#bucketMs));
    for (let back = this.#buckets - 1; back > 0; back--)
      visit(this.#ringIndex(chunk, begin, back), chunk.cells);
  }

  /** Makes a row as new, for its next owner. */
  clear(row: number): void {
    const chunk = this.#chunks[row >>> chunkShift];
    if (chunk !== undefined) this.#clear(chunk, (row & rowMask) * this.#cellsPerRow);
  }

  /** A row for a snapshot; undefined where it holds nothing. */
  save(row: number): SavedSums | undefined {
    const chunk = this.#chunks[row >>> chunkShift];
    if (chunk === undefined) return undefined;
    const begin = (row & rowMask) * this.#cellsPerRow;
    const newest = this.#newestOf(chunk, begin);
    if (newest === Number.NEGATIVE_INFINITY) return undefined;
    const sums = [...chunk.cells.subarray(begin + this.#ringAt, begin + this.#cellsPerRow)];
    const place = chunk.marks[begin * this.#marksPerCell + mark.place]! * this.#width;
    for (let column = 0; column < this.#width; column++) {
      sums[place + column] = chunk.cells[begin + this.#newestAt + column]!;
    }
    return { bucketMs: this.#bucketMs, newest, sums };
  }

  /** Puts a row back; one of another shape or window (it was configured anew) is left aside. */
  restore(row: number, saved: SavedSums): void {
    if (saved.sums.length !== this.#buckets * this.#width || saved.bucketMs !== this.#bucketMs) return;
    const chunk = this.#chunks[row >>> chunkShift] ?? this.#addChunk(row >>> chunkShift);
    const { cells } = chunk;
    const begin = (row & rowMask) * this.#cellsPerRow;
    this.#begin(chunk, begin, saved.newest);
    cells.set(saved.sums, begin + this.#ringAt);
    const place = this.#ringIndex(chunk, begin, 0);
    for (let column = 0; column < this.#width; column++) {
      cells[begin + this.#newestAt + column] = cells[place + column]!;
      cells[place + column] = 0;
    }
    this.#addUp(cells, begin);
  }

  /** Clears the rows that reach beyond now: the clock was set back between two runs. */
  clearFuture(nowMs: number): void {
    const bucket = Math.floor(nowMs / this.#bucketMs);
    for (const chunk of this.#chunks) {
      if (chunk === undefined) continue;
      for (let begin = 0; begin < chunk.cells.length; begin += this.#cellsPerRow) {
        if (this.#newestOf(chunk, begin) > bucket) this.#clear(chunk, begin);
      }
    }
  }

  /** The newest bucket's number; negative infinity where the row holds nothing. */
  #newestOf({ marks }: Chunk, begin: number): number {
    const at = begin * this.#marksPerCell;
    const high = marks[at + mark.high]!;
    return high === nothing ? Number.NEGATIVE_INFINITY : high * lowRange + (marks[at + mark.low]! >>> 0);
  }

  /** Where the sums of the bucket are that is so many before the newest. */
  #ringIndex({ marks }: Chunk, begin: number, back: number): number {
    const place = marks[begin * this.#marksPerCell + mark.place]! - back;
    return begin + this.#ringAt + (place < 0 ? place + this.#buckets : place) * this.#width;
  }

  #addChunk(index: number): Chunk {
    const cells = new this.#cells(rowsPerChunk * this.#cellsPerRow);
    const chunk = { cells, marks: new Int32Array(cells.buffer) };
    for (let begin = 0; begin < cells.length; begin += this.#cellsPerRow) {
      chunk.marks[begin * this.#marksPerCell + mark.high] = nothing;
    }
    this.#chunks[index] = chunk;
    return chunk;
  }

  #clear({ cells, marks }: Chunk, begin: number): void {
    marks[begin * this.#marksPerCell + mark.high] = nothing;
    cells.fill(0, begin + this.#newestAt, begin + this.#cellsPerRow);
  }

  #begin({ marks }: Chunk, begin: number, bucket: number): void {
    const at = begin * this.#marksPerCell;
    marks[at + mark.low] = bucket | 0;
    marks[at + mark.high] = Math.floor(bucket / lowRange);
    const place = bucket % this.#buckets;
    marks[at + mark.place] = place < 0 ? place + this.#buckets : place;
  }

  /**
   * Closes the newest bucket where another one has begun, and empties those that have left the window.
   *
   * @returns How many buckets before the newest this one is.
   */
  #turn(chunk: Chunk, begin: number, bucket: number): number {
    const { marks } = chunk;
    const at = begin * this.#marksPerCell;
    // The lower bits tell how far apart two buckets are: no row holds what is 2^31 of them old.
    const ahead = ((bucket | 0) - marks[at + mark.low]!) | 0;
    if (ahead <= 0 && marks[at + mark.high] !== nothing) return -ahead;
    if (marks[at + mark.high] === nothing) this.#begin(chunk, begin, bucket);
    else this.#goOn(chunk, begin, bucket, ahead);
    return 0;
  }

  #goOn({ cells, marks }: Chunk, begin: number, bucket: number, ahead: number): void {
    const at = begin * this.#marksPerCell;
    const width = this.#width;
    const buckets = this.#buckets;
    const ring = begin + this.#ringAt;
    let place = marks[at + mark.place]!;
    for (let column = 0; column < width; column++) {
      cells[ring + place * width + column] = cells[begin + this.#newestAt + column]!;
      cells[begin + this.#newestAt + column] = 0;
    }
    for (let gone = Math.min(buckets, ahead); gone > 0; gone--) {
      place = place + 1 === buckets ? 0 : place + 1;
      for (let column = 0; column < width; column++) cells[ring + place * width + column] = 0;
    }
    this.#addUp(cells, begin);
    this.#begin({ cells, marks }, begin, bucket);
  }

  /** Makes the totals anew from the buckets: taken away one by one, the rounding of each would stay. */
  #addUp(cells: Cells, begin: number): void {
    const ring = begin + this.#ringAt;
    const width = this.#width;
    for (let column = 0; column < width; column++) {
      let total = cells[begin + this.#newestAt + column]!;
      for (let cell = ring + column; cell < begin + this.#cellsPerRow; cell += width) total += cells[cell]!;
      cells[begin + this.#totalsAt + column] = total;
    }
  }
}

function put(cells: Cells, at: number, width: number, first: number, second: number, third: number): void {
  cells[at] = cells[at]! + first;
  if (width > 1) cells[at + 1] = cells[at + 1]! + second;
  if (width > 2) cells[at + 2] = cells[at + 2]! + third;
}
