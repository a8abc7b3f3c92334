/** Agents in a block; a slot is `block * blockSize + row`. */
export const blockSize = 1024;
export const blockShift = 10;
export const rowMask = blockSize - 1;

/**
 * Agents in an image, slot by slot: few enough that one is copied within milliseconds however much is known of them.
 */
export const agentsPerImage = 128;
export const imageShift = 7;
export const imagesPerBlock = blockSize / agentsPerImage;

/** Renewal gaps kept to learn the interval, and one-minute buckets kept to learn the clock skew. */
export const gapCount = 8;
export const skewBucketCount = 16;
export const statusCount = 11;

/** A row's status or reported state that nobody said yet. */
export const none = 255;

/** Bits of {@link AgentBlock.flags}. */
export const flag = {
  /** It has sent a heartbeat: it has a lease. */
  beats: 1 << 0,
  /** It has sent progress or operations: it can stall. */
  advances: 1 << 1,
  offline: 1 << 2,
  unknown: 1 << 3,
  /** Unknown because its way in went silent as a whole, not because the processor started. */
  unknownByGap: 1 << 4,
  stalled: 1 << 5,
  late: 1 << 6,
  /** Exhausted and not recovered yet; holds under offline. */
  exhausted: 1 << 7,
  /** Its recovery time came though it still reports exhausted. */
  recovered: 1 << 8,
  maintenance: 1 << 9,
  muted: 1 << 10,
  flapping: 1 << 11,
  conflict: 1 << 12,
  /** Expected by the configuration. */
  declared: 1 << 13,
  /** Held offline because it never came. */
  neverBeat: 1 << 14,
} as const;

type Column = Float64Array | Float32Array | Uint32Array | Uint16Array | Uint8Array;

/**
 * The hot state of 1,024 agents as columns of one buffer, so that an image is a copy and growing copies nothing.
 * Times are milliseconds on the fleet's time line unless named otherwise; NaN is not known.
 */
export class AgentBlock {
  readonly #columns: Column[] = [];

  readonly createdAtMs: Float64Array;
  readonly statusSinceMs: Float64Array;
  /**
   * The last sign of life, or when the lease began anew without one (see {@link heardAtMs}); for an agent without
   * heartbeats, the last word of it.
   */
  readonly lastSeenMs: Float64Array;
  /** A lower bound of the next moment at which something about the agent becomes true. */
  readonly deadlineMs: Float64Array;
  readonly leaseExpiryMs: Float64Array;
  /** The last progress, or start or end of an operation, or of the work itself. */
  readonly advancedAtMs: Float64Array;
  readonly promisedIntervalMs: Float64Array;
  readonly heartbeats: Float64Array;
  /** The agent's own clock, as are all `…PointMs` and `…StartMs`; without heartbeats the time of its last point. */
  readonly heartbeatsStartMs: Float64Array;
  readonly heartbeatsPointMs: Float64Array;
  readonly progress: Float64Array;
  readonly progressPointMs: Float64Array;
  readonly reportedPointMs: Float64Array;
  readonly operationsCompleted: Float64Array;
  readonly operationsFailed: Float64Array;
  /** Availability, up to `accountedAtMs`; what is neither up nor down since `createdAtMs` is excluded. */
  readonly upMs: Float64Array;
  readonly downMs: Float64Array;
  readonly accountedAtMs: Float64Array;
  /** The delay that the skew buckets are relative to: arrival less point time. */
  readonly skewBaseMs: Float64Array;

  readonly skewBuckets: Float32Array;
  readonly gaps: Float32Array;
  readonly learnedIntervalMs: Float32Array;
  readonly confidence: Float32Array;
  readonly queueDepth: Float32Array;
  readonly cpuUtilization: Float32Array;
  readonly memoryBytes: Float32Array;
  readonly threadCount: Float32Array;
  readonly fileDescriptors: Float32Array;
  readonly eventLoopUtilization: Float32Array;

  /** Minutes since the epoch of the newest skew bucket. */
  readonly skewMinute: Uint32Array;
  readonly session: Uint32Array;
  readonly type: Uint32Array;
  readonly pipeline: Uint32Array;
  readonly restarts: Uint32Array;
  readonly transitions: Uint32Array;

  readonly flags: Uint16Array;
  /** Index of its liveness override, plus 1. */
  readonly override: Uint16Array;
  /** The silence of its way in that made it unknown, plus 1. */
  readonly gapEpisode: Uint16Array;

  readonly status: Uint8Array;
  readonly reported: Uint8Array;
  readonly everConditions: Uint8Array;
  /** How it counts for its way in. */
  readonly standing: Uint8Array;
  readonly gapHead: Uint8Array;
  readonly skewHead: Uint8Array;

  constructor() {
    const buffer = new ArrayBuffer(AgentBlock.byteLength);
    let offset = 0;
    const take = <T extends Column>(type: ColumnType<T>, perRow = 1): T => {
      const column = new type(buffer, offset, blockSize * perRow);
      offset += column.byteLength;
      this.#columns.push(column);
      return column;
    };
    // Widest first, so that every column is aligned.
    this.createdAtMs = take(Float64Array);
    this.statusSinceMs = take(Float64Array);
    this.lastSeenMs = take(Float64Array);
    this.deadlineMs = take(Float64Array);
    this.leaseExpiryMs = take(Float64Array);
    this.advancedAtMs = take(Float64Array);
    this.promisedIntervalMs = take(Float64Array);
    this.heartbeats = take(Float64Array);
    this.heartbeatsStartMs = take(Float64Array);
    this.heartbeatsPointMs = take(Float64Array);
    this.progress = take(Float64Array);
    this.progressPointMs = take(Float64Array);
    this.reportedPointMs = take(Float64Array);
    this.operationsCompleted = take(Float64Array);
    this.operationsFailed = take(Float64Array);
    this.upMs = take(Float64Array);
    this.downMs = take(Float64Array);
    this.accountedAtMs = take(Float64Array);
    this.skewBaseMs = take(Float64Array);
    this.skewBuckets = take(Float32Array, skewBucketCount);
    this.gaps = take(Float32Array, gapCount);
    this.learnedIntervalMs = take(Float32Array);
    this.confidence = take(Float32Array);
    this.queueDepth = take(Float32Array);
    this.cpuUtilization = take(Float32Array);
    this.memoryBytes = take(Float32Array);
    this.threadCount = take(Float32Array);
    this.fileDescriptors = take(Float32Array);
    this.eventLoopUtilization = take(Float32Array);
    this.skewMinute = take(Uint32Array);
    this.session = take(Uint32Array);
    this.type = take(Uint32Array);
    this.pipeline = take(Uint32Array);
    this.restarts = take(Uint32Array);
    this.transitions = take(Uint32Array, statusCount);
    this.flags = take(Uint16Array);
    this.override = take(Uint16Array);
    this.gapEpisode = take(Uint16Array);
    this.status = take(Uint8Array);
    this.reported = take(Uint8Array);
    this.everConditions = take(Uint8Array);
    this.standing = take(Uint8Array);
    this.gapHead = take(Uint8Array);
    this.skewHead = take(Uint8Array);
  }

  /** Per row 19 columns of 8 bytes, buckets, gaps and 13 others of 4, transitions of 4, 3 of 2 and 6 of 1. */
  static readonly byteLength =
    blockSize * (19 * 8 + (skewBucketCount + gapCount + 8 + 5 + statusCount) * 4 + 3 * 2 + 6);

  /** Copies the rows of an image, column by column. */
  copyRows(firstRow: number): Uint8Array {
    const rows = new Uint8Array(AgentBlock.byteLength / imagesPerBlock);
    let at = 0;
    for (const column of this.#columns) {
      const part = bytesOf(column, firstRow);
      rows.set(part, at);
      at += part.length;
    }
    return rows;
  }

  /**
   * Puts an image's rows back.
   *
   * @throws RangeError where they are not as many as {@link AgentBlock.copyRows} copies.
   */
  putRows(firstRow: number, rows: Uint8Array): void {
    const length = AgentBlock.byteLength / imagesPerBlock;
    if (rows.length !== length) {
      throw new RangeError(
        `Cannot restore rows as their length must be ${length} bytes: current value is ${rows.length}`,
      );
    }
    let at = 0;
    for (const column of this.#columns) {
      const part = bytesOf(column, firstRow);
      part.set(rows.subarray(at, at + part.length));
      at += part.length;
    }
  }

  has(row: number, bit: number): boolean {
    return (this.flags[row]! & bit) !== 0;
  }

  set(row: number, bit: number): void {
    this.flags[row] = this.flags[row]! | bit;
  }

  clear(row: number, bit: number): void {
    this.flags[row] = this.flags[row]! & ~bit;
  }

  /** Makes a row as new; its place, id and text columns are the caller's. */
  reset(row: number, nowMs: number): void {
    this.createdAtMs[row] = nowMs;
    this.statusSinceMs[row] = nowMs;
    this.accountedAtMs[row] = nowMs;
    this.lastSeenMs[row] = Number.NaN;
    this.deadlineMs[row] = Number.POSITIVE_INFINITY;
    this.leaseExpiryMs[row] = 0;
    this.advancedAtMs[row] = nowMs;
    this.promisedIntervalMs[row] = 0;
    this.learnedIntervalMs[row] = 0;
    this.heartbeats[row] = Number.NaN;
    this.progress[row] = Number.NaN;
    this.heartbeatsStartMs[row] = 0;
    this.heartbeatsPointMs[row] = 0;
    this.progressPointMs[row] = 0;
    this.reportedPointMs[row] = 0;
    this.operationsCompleted[row] = 0;
    this.operationsFailed[row] = 0;
    this.upMs[row] = 0;
    this.downMs[row] = 0;
    this.skewBaseMs[row] = Number.NaN;
    this.skewBuckets.fill(Number.POSITIVE_INFINITY, row * skewBucketCount, (row + 1) * skewBucketCount);
    this.gaps.fill(0, row * gapCount, (row + 1) * gapCount);
    this.transitions.fill(0, row * statusCount, (row + 1) * statusCount);
    for (const column of [
      this.confidence,
      this.queueDepth,
      this.cpuUtilization,
      this.memoryBytes,
      this.threadCount,
      this.fileDescriptors,
      this.eventLoopUtilization,
    ]) {
      column[row] = Number.NaN;
    }
    this.skewMinute[row] = 0;
    this.restarts[row] = 0;
    this.flags[row] = 0;
    this.override[row] = 0;
    this.gapEpisode[row] = 0;
    this.standing[row] = 0;
    this.status[row] = none;
    this.reported[row] = none;
    this.everConditions[row] = 0;
    this.gapHead[row] = 0;
    this.skewHead[row] = 0;
  }
}

/** The bytes in which a column holds the rows of an image. */
function bytesOf(column: Column, firstRow: number): Uint8Array {
  const bytesPerRow = column.byteLength / blockSize;
  return new Uint8Array(
    column.buffer,
    column.byteOffset + firstRow * bytesPerRow,
    agentsPerImage * bytesPerRow,
  );
}

type ColumnType<T> = new (buffer: ArrayBuffer, byteOffset: number, length: number) => T;
