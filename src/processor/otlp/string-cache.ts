import type { Body } from './body.ts';

const slotCount = 8_192;
/** Longer strings are rare enough to be made anew. */
const slotBytes = 64;

/**
 * Turns bytes that come again and again (sessions, types, states, operations) into JavaScript strings, each made
 * once. Every slot keeps the last string that fell into it, so memory is bounded (half a MiB of bytes and as many
 * strings as there are slots) and no choice of strings can slow a look-up below making the string.
 */
export class StringCache {
  private readonly kept = new Uint8Array(slotCount * slotBytes);
  private readonly keptView = new DataView(this.kept.buffer);
  private readonly lengths = new Uint8Array(slotCount);
  private readonly texts: string[] = new Array<string>(slotCount).fill('');

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
    if (this.lengths[slot] === length && this.isKept(slot * slotBytes, body, start, end))
      return this.texts[slot]!;
    this.kept.set(body.bytes.subarray(start, end), slot * slotBytes);
    this.lengths[slot] = length;
    const text = body.bytes.toString('utf8', start, end);
    this.texts[slot] = text;
    return text;
  }

  private isKept(kept: number, { bytes, view }: Body, start: number, end: number): boolean {
    let at = kept;
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
  const length = end - start;
  const middle = view.getInt32(start + ((length - 4) >> 1), true);
  const first = view.getInt32(start, true);
  return (
    Math.imul(view.getInt32(end - 4, true) ^ Math.imul(middle ^ (first << 7), 31) ^ length, 0x9e3779b1) >>> 19
  );
}

function shortSlotOf(bytes: Uint8Array, start: number, end: number): number {
  let packed = end - start;
  for (let pos = start; pos < end; pos++) packed = (packed << 8) | bytes[pos]!;
  return Math.imul(packed, 0x9e3779b1) >>> 19;
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
