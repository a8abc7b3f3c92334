import { operationDurationBoundaries } from '@agent-vitals/contract';
import type { AttributeSet } from './attribute-set.ts';
import { bucketCount, type DurationHistogram } from './duration-histogram.ts';
import { fieldSize, varintSize, writeFieldHead } from './protobuf.ts';

const startTag = (2 << 3) | 1;
const timeTag = (3 << 3) | 1;
const doubleTag = (4 << 3) | 1;
const countTag = (4 << 3) | 1;
const sumTag = (5 << 3) | 1;

const initialBytes = 1024;

/**
 * The points of one metric, kept as OTLP bytes from one export to the next: a point whose series stands where it
 * stood gets its numbers overwritten in place; from the first that differs on, the rest is written anew.
 */
abstract class PointBlock {
  #bytes = new Uint8Array(initialBytes);
  protected view = new DataView(this.#bytes.buffer);
  /** Whose series each point is: two references that stay the same for a series' life. */
  readonly #identities: Uint8Array[] = [];
  readonly #suffixes: Uint8Array[] = [];
  /** Where each point ends; it begins where the one before ends. */
  readonly #ends: number[] = [];
  #next = 0;
  protected timeNanos = 0n;

  /** The points as fields `data_points`, valid until the next {@link begin}. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.length);
  }

  get length(): number {
    return this.#ends.at(-1) ?? 0;
  }

  get points(): number {
    return this.#ends.length;
  }

  /** Starts over at the first point. */
  begin(timeNanos: bigint): void {
    this.#next = 0;
    this.timeNanos = timeNanos;
  }

  /** Drops the points that have not been written since {@link begin}, and memory that is no longer needed. */
  finish(): void {
    this.#truncate(this.#next);
    const { length } = this;
    if (this.#bytes.length > initialBytes && this.#bytes.length > 4 * length) {
      this.#resize(Math.max(initialBytes, 2 * length));
    }
  }

  /**
   * Finds or makes the place of the next point.
   *
   * @param numbersSize - Bytes that follow the attributes.
   * @returns Where the point ends.
   */
  protected place(identity: Uint8Array, suffix: Uint8Array, numbersSize: number): number {
    const index = this.#next++;
    if (this.#identities[index] === identity && this.#suffixes[index] === suffix) return this.#ends[index]!;
    this.#truncate(index);
    const start = this.length;
    const size = identity.length + suffix.length + numbersSize;
    const end = start + fieldSize(size);
    if (end > this.#bytes.length) this.#resize(2 * end);
    let at = writeFieldHead(this.#bytes, start, 1, size);
    this.#bytes.set(identity, at);
    at += identity.length;
    this.#bytes.set(suffix, at);
    at += suffix.length;
    this.writeTags(this.#bytes, at);
    this.#identities.push(identity);
    this.#suffixes.push(suffix);
    this.#ends.push(end);
    return end;
  }

  /** Writes all that stands between the numbers of a fresh point. */
  protected abstract writeTags(bytes: Uint8Array, at: number): void;

  #truncate(points: number): void {
    if (this.#ends.length === points) return;
    this.#identities.length = points;
    this.#suffixes.length = points;
    this.#ends.length = points;
  }

  #resize(size: number): void {
    const bytes = new Uint8Array(size);
    bytes.set(this.#bytes.subarray(0, this.length));
    this.#bytes = bytes;
    this.view = new DataView(bytes.buffer);
  }
}

/** Points of a Gauge: attributes, time, value. */
export class GaugeBlock extends PointBlock {
  write(identity: AttributeSet, suffix: AttributeSet, value: number): void {
    const end = this.place(identity.inNumber, suffix.inNumber, 18);
    this.view.setBigUint64(end - 17, this.timeNanos, true);
    this.view.setFloat64(end - 8, value, true);
  }

  protected override writeTags(bytes: Uint8Array, at: number): void {
    bytes[at] = timeTag;
    bytes[at + 9] = doubleTag;
  }
}

/** Points of a Sum: attributes, start, time, value. */
export class SumBlock extends PointBlock {
  write(identity: AttributeSet, suffix: AttributeSet, startNanos: bigint, value: number): void {
    const end = this.place(identity.inNumber, suffix.inNumber, 27);
    const { view } = this;
    view.setBigUint64(end - 26, startNanos, true);
    view.setBigUint64(end - 17, this.timeNanos, true);
    view.setFloat64(end - 8, value, true);
  }

  protected override writeTags(bytes: Uint8Array, at: number): void {
    bytes[at] = startTag;
    bytes[at + 9] = timeTag;
    bytes[at + 18] = doubleTag;
  }
}

const bucketsSize = 8 * bucketCount;
const boundsSize = 8 * operationDurationBoundaries.length;
/** Start, time, count and sum with a tag each; then the two packed fields. */
const headSize = 4 * 9;
const bucketsAt = headSize + 1 + varintSize(bucketsSize);
const histogramSize = bucketsAt + bucketsSize + fieldSize(boundsSize);

/** Points of a Histogram: attributes, start, time, count, sum, buckets, boundaries. */
export class HistogramBlock extends PointBlock {
  write(
    identity: AttributeSet,
    suffix: AttributeSet,
    startNanos: bigint,
    { count, sumSeconds, buckets }: DurationHistogram,
  ): void {
    const at = this.place(identity.inHistogram, suffix.inHistogram, histogramSize) - histogramSize;
    const { view } = this;
    view.setBigUint64(at + 1, startNanos, true);
    view.setBigUint64(at + 10, this.timeNanos, true);
    setFixed64(view, at + 19, count);
    view.setFloat64(at + 28, sumSeconds, true);
    for (let bucket = 0; bucket < bucketCount; bucket++) {
      setFixed64(view, at + bucketsAt + 8 * bucket, buckets[bucket]!);
    }
  }

  protected override writeTags(bytes: Uint8Array, at: number): void {
    bytes[at] = startTag;
    bytes[at + 9] = timeTag;
    bytes[at + 18] = countTag;
    bytes[at + 27] = sumTag;
    const bounds = writeFieldHead(bytes, at + headSize, 6, bucketsSize) + bucketsSize;
    const first = writeFieldHead(bytes, bounds, 7, boundsSize);
    const view = new DataView(bytes.buffer);
    operationDurationBoundaries.forEach((boundary, index) => {
      view.setFloat64(first + 8 * index, boundary, true);
    });
  }
}

function setFixed64(view: DataView, at: number, value: number): void {
  view.setUint32(at, value >>> 0, true);
  view.setUint32(at + 4, Math.floor(value / 2 ** 32), true);
}
