const slotCount = 512;
const none = -1;

interface Entry {
  readonly code: number;
  readonly length: number;
  /** The name four bytes at a time; the last four overlap those before where the length is no multiple of four. */
  readonly words: Int32Array;
  /** The next entry of the same slot. */
  readonly next: Entry | undefined;
}

/**
 * Finds names of a closed set among bytes, without making a string. A look-up hashes the length and the last four
 * bytes and compares the few names that share the slot: mostly one name, dotted and as a label. A name that isn't of
 * the set costs less than one that is.
 */
export class NameTable {
  private readonly slots: (Entry | undefined)[] = new Array(slotCount).fill(undefined);
  /** Names too short for words, by their bytes. */
  private readonly short = new Map<number, number>();

  /**
   * @param entries - Names and the code each stands for; several names may share a code. Of names that look alike
   *   to the hash the earlier is found sooner.
   */
  constructor(entries: Iterable<readonly [name: string, code: number]>) {
    // Each is put in front of those before it, so the last goes in first.
    for (const [name, code] of [...new Map(entries)].reverse()) {
      const bytes = Buffer.from(name);
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
      if (bytes.length < 4) {
        this.short.set(pack(view, 0, bytes.length), code);
        continue;
      }
      const slot = slotOf(view, 0, bytes.length);
      this.slots[slot] = { code, length: bytes.length, words: wordsOf(view), next: this.slots[slot] };
    }
  }

  /**
   * @param view - The body.
   * @param start - The name's first byte.
   * @param end - The place behind its last one.
   * @returns The name's code, or -1 where the set doesn't have it.
   */
  find(view: DataView, start: number, end: number): number {
    const length = end - start;
    if (length < 4) return this.short.get(pack(view, start, end)) ?? none;
    let entry = this.slots[slotOf(view, start, end)];
    while (entry !== undefined) {
      if (entry.length === length && isSame(entry.words, view, start, end)) return entry.code;
      entry = entry.next;
    }
    return none;
  }
}

function wordsOf(view: DataView): Int32Array {
  const words: number[] = [];
  for (let pos = 0; pos + 4 < view.byteLength; pos += 4) words.push(view.getInt32(pos, true));
  return Int32Array.of(...words, view.getInt32(view.byteLength - 4, true));
}

/** The end first: the names of one vocabulary differ there. */
function isSame(words: Int32Array, view: DataView, start: number, end: number): boolean {
  const last = words.length - 1;
  if (view.getInt32(end - 4, true) !== words[last]) return false;
  for (let i = 0, pos = start; i < last; i++, pos += 4)
    if (view.getInt32(pos, true) !== words[i]) return false;
  return true;
}

function slotOf(view: DataView, start: number, end: number): number {
  return Math.imul(view.getInt32(end - 4, true) ^ Math.imul(end - start, 0x2f), 0x9e3779b1) >>> 23;
}

/** The one to three bytes of a short name as a number; 0 of none. */
function pack(view: DataView, start: number, end: number): number {
  let packed = 0;
  for (let pos = start; pos < end; pos++) packed = (packed << 8) | view.getUint8(pos);
  return packed;
}
