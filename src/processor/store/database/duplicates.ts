import type { BlockImage } from '../../../core/index.ts';
import type { IdSet } from './id-set.ts';

/** An image whose rows nobody else has, and the names under which rows were put that somebody has. */
export interface UniqueImage {
  readonly image: BlockImage;
  readonly duplicates: readonly string[];
}

/**
 * Finds rows of an image whose ids stand in a newer image. Images are of different moments: an agent that was
 * forgotten and came back in another block is in both, if the process ended between their writes. The older row gets a
 * name that no agent has, so that the fleet can forget it by its own means.
 *
 * @param image - Restored after all newer ones.
 * @param known - The ids of the newer ones; those of this one are added.
 * @throws RangeError where the ids are damaged.
 */
export function withoutDuplicates(image: BlockImage, known: IdSet): UniqueImage {
  const { ids, index } = image;
  const page = known.addPage(ids.slice());
  const doubled: number[] = [];
  let row = 0;
  for (let at = 0; at < ids.length; row++) {
    const length = lengthAt(ids, at);
    at += 2;
    if (at + length > ids.length) throw new RangeError('its ids must be whole');
    if (length > 0 && !known.add(page, at, at + length)) doubled.push(row);
    at += length;
  }
  if (doubled.length === 0) return { image, duplicates: [] };
  // A control character begins it: no agent's id that is worth anything does.
  const nameOf = (of: number) => `\u0000duplicate ${index}.${of}`;
  const names = new Map(doubled.map((of) => [of, nameOf(of)]));
  return { image: { ...image, ids: renamed(ids, names) }, duplicates: [...names.values()] };
}

function renamed(ids: Uint8Array, names: ReadonlyMap<number, string>): Uint8Array {
  const parts: Uint8Array[] = [];
  let row = 0;
  for (let at = 0; at < ids.length; row++) {
    const end = at + 2 + lengthAt(ids, at);
    const name = names.get(row);
    if (name === undefined) {
      parts.push(ids.subarray(at, end));
    } else {
      const bytes = Buffer.from(name);
      parts.push(Uint8Array.of(bytes.length & 0xff, bytes.length >> 8), bytes);
    }
    at = end;
  }
  return new Uint8Array(Buffer.concat(parts));
}

function lengthAt(ids: Uint8Array, at: number): number {
  return ids[at]! | (ids[at + 1]! << 8);
}
