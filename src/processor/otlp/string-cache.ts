import type { Body } from './body.ts';

/** Two neighbouring slots take the strings of one hash. */
const slotCount = 16_384;
/** Longer strings are rare enough to be made anew. */
const slotBytes = 64;

/**
 * Turns bytes that come again and again (sessions, types, states, operations) into JavaScript strings, each made
 * once. Every pair of slots keeps the last two strings that fell into it, so memory is bounded (1 MiB of bytes, and
 * as many strings as there are slots) and no choice of strings can slow a look-up below making the string.
 */
export class StringCache {
  private readonly kept = new Uint8Array(slotCount * slotBytes);
  private readonly keptView = new DataView(this.kept.buffer);
  private readonly lengths = new Uint8Array(slotCount);
  private readonly texts: string[] = new Array<string>(slotCount).fill('');
  /** Which slot of a pair gives way changes with every string that is made. */
  private made = 0;

  /**
   * @param body - The body.
   * @param start - The first byte of UTF-8.
   * @param end - The place behind the last one.
   * @returns The string; what isn't valid UTF-8 in it reads as U+FFFD.
   */
  get(body: Body, start: number, end: number): string {
    const length = end - start;
    if (length === 0) return '';
    if (length > slotBytes) return body.bytes.toString('utf8', start, end);
    const slot = length < 4 ? shortSlotOf(body.bytes, start, end) : slotOf(body.view, start, end);
    if (this.lengths[slot] === length && this.isKept(slot, body, start, end)) return this.texts[slot]!;
    const other = slot ^ 1;
    if (this.lengths[other] === length && this.isKept(other, body, start, end)) return this.texts[other]!;
    return this.make(slot ^ (this.made++ & 1), body, start, end);
  }

  private make(slot: number, { bytes }: Body, start: number, end: number): string {
    for (let pos = start, at = slot * slotBytes; pos < end; pos++, at++) this.kept[at] = bytes[pos]!;
    const text = bytes.toString('utf8', start, end);
    this.lengths[slot] = end - start;
    this.texts[slot] = text;
    return text;
  }

  private isKept(slot: number, { bytes, view }: Body, start: number, end: number): boolean {
    let at = slot * slotBytes;
    let pos = start;
    for (; pos + 4 <= end; pos += 4, at += 4) {
      if (view.getInt32(pos, true) !== this.keptView.getInt32(at, true)) return false;
    }
    for (; pos < end; pos++, at++) if (bytes[pos] !== this.kept[at]) return false;
    return true;
  }
}

/** The last bytes count most: `agent-0041` and `agent-0042` differ there. */
function slotOf(view: DataView, start: number, end: number): number {
  const last = view.getInt32(end - 4, true);
  return Math.imul(last ^ Math.imul(view.getInt32(start, true) ^ (end - start), 31), 0x9e3779b1) >>> 18;
}

function shortSlotOf(bytes: Uint8Array, start: number, end: number): number {
  let packed = end - start;
  for (let pos = start; pos < end; pos++) packed = (packed << 8) | bytes[pos]!;
  return Math.imul(packed, 0x9e3779b1) >>> 18;
}

/**
 * Finds where a string must be cut so that it has at most so many bytes and still is whole characters.
 *
 * @param bytes - The body.
 * @param start - The first byte of UTF-8.
 * @param end - The place behind the last one.
 * @param maxBytes - How many bytes may stay.
 * @returns `end`, or the place to cut.
 */
export function cutAtCharacter(bytes: Uint8Array, start: number, end: number, maxBytes: number): number {
  if (end - start <= maxBytes) return end;
  let cut = start + maxBytes;
  // A byte 10xxxxxx continues a character, of which there are at most three in one.
  for (let steps = 0; steps < 3 && cut > start && (bytes[cut]! & 0xc0) === 0x80; steps++) cut--;
  return cut;
}
