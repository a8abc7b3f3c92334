import { randomInt } from 'node:crypto';

/** Ids of chosen bytes must not be able to pile up in one slot. */
const seed = randomInt(2 ** 31);
const smallest = 64;

/** The agents met in one request, by the place of their ids in its body. */
export class AgentSet {
  private count = 0;
  /** Pairs of start and end, in open addressing; an end of 0 is a free slot. */
  private places = new Int32Array(smallest * 2);

  clear(): void {
    if (this.places.length > smallest * 2) this.places = new Int32Array(smallest * 2);
    else if (this.count > 0) this.places.fill(0);
    this.count = 0;
  }

  /**
   * Adds an id.
   *
   * @param bytes - The body; the same at every call until `clear`.
   * @param start - The id's first byte.
   * @param end - The place behind its last one; ids have at least one byte.
   * @returns Whether it is new.
   */
  add(bytes: Uint8Array, start: number, end: number): boolean {
    const slot = this.slotOf(bytes, start, end);
    if (this.places[slot + 1] !== 0) return false;
    this.places[slot] = start;
    this.places[slot + 1] = end;
    this.count++;
    if (this.count * 4 > this.places.length) this.grow(bytes);
    return true;
  }

  /** The slot that has this id, or the free one where it belongs. */
  private slotOf(bytes: Uint8Array, start: number, end: number): number {
    const { places } = this;
    const mask = places.length - 1;
    let slot = (hashOf(bytes, start, end) << 1) & mask;
    while (places[slot + 1] !== 0 && !isSame(bytes, places[slot]!, places[slot + 1]!, start, end)) {
      slot = (slot + 2) & mask;
    }
    return slot;
  }

  private grow(bytes: Uint8Array): void {
    const before = this.places;
    this.places = new Int32Array(before.length * 2);
    for (let i = 0; i < before.length; i += 2) {
      if (before[i + 1] === 0) continue;
      const slot = this.slotOf(bytes, before[i]!, before[i + 1]!);
      this.places[slot] = before[i]!;
      this.places[slot + 1] = before[i + 1]!;
    }
  }
}

/** FNV-1a, from a seed of the process' own, and mixed so that the low bits depend on all bytes. */
function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = seed;
  for (let pos = start; pos < end; pos++) hash = Math.imul(hash ^ bytes[pos]!, 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return hash ^ (hash >>> 13);
}

function isSame(
  bytes: Uint8Array,
  start: number,
  end: number,
  otherStart: number,
  otherEnd: number,
): boolean {
  if (end - start !== otherEnd - otherStart) return false;
  for (let i = end - start - 1; i >= 0; i--) if (bytes[start + i] !== bytes[otherStart + i]) return false;
  return true;
}
