import { blockShift, blockSize, rowMask } from './block.ts';
import { decodeUtf8 } from './utf8.ts';

const partitionBits = 10;
const empty = 0;
const removed = -1;

/** Ids of one block's rows, in one run of bytes. */
interface IdPage {
  bytes: Uint8Array;
  used: number;
  /** Bytes of ids that are gone; they leave when the page has no room. */
  dead: number;
  readonly offset: Uint32Array;
  readonly length: Uint16Array;
  readonly hash: Uint32Array;
}

/** One part of the hash table; it grows alone, so that no growth holds up the rest. */
interface Partition {
  /** Slot + 1, or {@link empty}, or {@link removed}. */
  cells: Int32Array;
  taken: number;
}

/**
 * Finds an agent's slot by the bytes of its id, without making a string. Ids lie in a page per block, their hashes
 * beside them; the table is split in 1,024 parts by the hash's upper bits.
 */
export class IdDirectory {
  readonly #seed: number;
  readonly #pages: IdPage[] = [];
  readonly #partitions: Partition[] = [];
  #size = 0;

  /** @param seed - Makes collisions unguessable. */
  constructor(seed: number) {
    this.#seed = (2166136261 ^ seed) >>> 0;
    for (let index = 0; index < 1 << partitionBits; index++) {
      this.#partitions.push({ cells: new Int32Array(4), taken: 0 });
    }
  }

  get size(): number {
    return this.#size;
  }

  /** The slot of the id `bytes[start, end)`, or -1. */
  find(bytes: Uint8Array, start: number, end: number): number {
    const hash = this.#hash(bytes, start, end);
    const { cells } = this.#partitions[hash >>> (32 - partitionBits)]!;
    const mask = cells.length - 1;
    for (let at = hash & mask; ; at = (at + 1) & mask) {
      const cell = cells[at]!;
      if (cell === empty) return -1;
      if (cell !== removed && this.#matches(cell - 1, hash, bytes, start, end)) return cell - 1;
    }
  }

  /** Puts an id that {@link find} doesn't know into a slot. */
  add(slot: number, bytes: Uint8Array, start: number, end: number): void {
    const page = this.#pageOf(slot);
    const row = slot & rowMask;
    const length = end - start;
    this.#makeRoom(page, length);
    page.bytes.set(bytes.subarray(start, end), page.used);
    page.offset[row] = page.used;
    page.length[row] = length;
    page.used += length;
    const hash = this.#hash(bytes, start, end);
    page.hash[row] = hash;
    this.#insert(slot, hash);
    this.#size++;
  }

  /** Takes a slot's id away. */
  remove(slot: number): void {
    const page = this.#pages[slot >>> blockShift]!;
    const row = slot & rowMask;
    const { cells } = this.#partitions[page.hash[row]! >>> (32 - partitionBits)]!;
    const mask = cells.length - 1;
    let at = page.hash[row]! & mask;
    while (cells[at] !== slot + 1) at = (at + 1) & mask;
    cells[at] = removed;
    page.dead += page.length[row]!;
    page.length[row] = 0;
    this.#size--;
  }

  /** The id in a slot. */
  idOf(slot: number): string {
    const page = this.#pages[slot >>> blockShift];
    if (page === undefined) return '';
    const row = slot & rowMask;
    const offset = page.offset[row]!;
    return decodeUtf8(page.bytes, offset, offset + page.length[row]!);
  }

  /** The bytes of the id in a slot; valid until the directory changes. */
  bytesOf(slot: number): Uint8Array {
    const page = this.#pages[slot >>> blockShift]!;
    const offset = page.offset[slot & rowMask]!;
    return page.bytes.subarray(offset, offset + page.length[slot & rowMask]!);
  }

  /** Bytes held by pages and tables. */
  get byteLength(): number {
    let bytes = 0;
    for (const page of this.#pages) bytes += page.bytes.byteLength + blockSize * 10;
    for (const partition of this.#partitions) bytes += partition.cells.byteLength;
    return bytes;
  }

  /** FNV-1a (Fowler, Noll, Vo), then mixed, as the partition is chosen by the upper bits. */
  #hash(bytes: Uint8Array, start: number, end: number): number {
    let hash = this.#seed;
    for (let at = start; at < end; at++) hash = Math.imul(hash ^ bytes[at]!, 16777619);
    hash ^= hash >>> 15;
    hash = Math.imul(hash, 0x2c1b3c6d);
    return (hash ^ (hash >>> 13)) >>> 0;
  }

  #matches(slot: number, hash: number, bytes: Uint8Array, start: number, end: number): boolean {
    const page = this.#pages[slot >>> blockShift]!;
    const row = slot & rowMask;
    if (page.hash[row] !== hash || page.length[row] !== end - start) return false;
    const own = page.bytes;
    for (let from = start, to = page.offset[row]!; from < end; from++, to++) {
      if (bytes[from] !== own[to]) return false;
    }
    return true;
  }

  #insert(slot: number, hash: number): void {
    const partition = this.#partitions[hash >>> (32 - partitionBits)]!;
    // Removed cells count as taken until a growth sweeps them, so that a search always meets an empty one.
    if ((partition.taken + 1) * 4 > partition.cells.length * 3) this.#grow(partition);
    place(partition, slot, hash);
  }

  #grow(partition: Partition): void {
    const former = partition.cells;
    let live = 0;
    for (const cell of former) if (cell > 0) live++;
    partition.cells = new Int32Array(live * 2 >= former.length ? former.length * 2 : former.length);
    partition.taken = 0;
    for (const cell of former) {
      if (cell > 0)
        place(partition, cell - 1, this.#pages[(cell - 1) >>> blockShift]!.hash[(cell - 1) & rowMask]!);
    }
  }

  #pageOf(slot: number): IdPage {
    const index = slot >>> blockShift;
    while (this.#pages.length <= index) {
      this.#pages.push({
        bytes: new Uint8Array(4096),
        used: 0,
        dead: 0,
        offset: new Uint32Array(blockSize),
        length: new Uint16Array(blockSize),
        hash: new Uint32Array(blockSize),
      });
    }
    return this.#pages[index]!;
  }

  #makeRoom(page: IdPage, length: number): void {
    if (page.used + length <= page.bytes.length) return;
    const live = page.used - page.dead;
    let capacity = page.bytes.length;
    while (capacity < (live + length) * 1.1) capacity = Math.ceil(capacity * 1.2);
    const bytes = new Uint8Array(capacity);
    let used = 0;
    for (let row = 0; row < blockSize; row++) {
      const rowLength = page.length[row]!;
      if (rowLength === 0) continue;
      const offset = page.offset[row]!;
      bytes.set(page.bytes.subarray(offset, offset + rowLength), used);
      page.offset[row] = used;
      used += rowLength;
    }
    page.bytes = bytes;
    page.used = used;
    page.dead = 0;
  }
}

function place(partition: Partition, slot: number, hash: number): void {
  const { cells } = partition;
  const mask = cells.length - 1;
  let at = hash & mask;
  while (cells[at]! > 0) at = (at + 1) & mask;
  if (cells[at] === empty) partition.taken++;
  cells[at] = slot + 1;
}
