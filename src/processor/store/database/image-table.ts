import type { DatabaseSync } from 'node:sqlite';
import { constants, crc32, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { BlockImage } from '../../../core/index.ts';
import type { Row } from './page.ts';

/** An image and when it was taken, in milliseconds on the fleet's time line. */
export interface DatedImage {
  readonly image: BlockImage;
  readonly takenAtMs: number;
}

/** Faster than all that follow, and an eighth of the size is left all the same. */
const compression = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

/** Puts images in the place of earlier ones of their blocks. */
export function putImages(db: DatabaseSync, images: readonly DatedImage[], imageVersion: number): void {
  const put = db.prepare(`
    INSERT OR REPLACE INTO fleet_block
      (block, image_version, taken_at, columns_length, ids_length, checksum, content)
    VALUES (?, ?, ?, ?, ?, ?, ?)`);
  for (const { image, takenAtMs } of images) {
    const { index, columns, ids, texts } = image;
    const content = zstdCompressSync(Buffer.concat([columns, ids, Buffer.from(texts)]), compression);
    const checksum = checksumOf([index, imageVersion, takenAtMs, columns.length, ids.length], content);
    put.run(index, imageVersion, takenAtMs, columns.length, ids.length, checksum, content);
  }
}

/** The blocks that have an image, the newest image first. */
export function listBlocks(db: DatabaseSync): { block: number; takenAtMs: number }[] {
  const rows: Row[] = db
    .prepare('SELECT block, taken_at FROM fleet_block ORDER BY taken_at DESC, block DESC')
    .all();
  return rows.map((row) => ({ block: row.block as number, takenAtMs: row.taken_at as number }));
}

/**
 * Reads an image.
 *
 * @throws RangeError where it is damaged, of another version, or not there.
 */
export function readImage(db: DatabaseSync, block: number, imageVersion: number): DatedImage {
  const row: Row | undefined = db.prepare('SELECT * FROM fleet_block WHERE block = ?').get(block);
  if (row === undefined) throw new RangeError('it is not there');
  if (row.image_version !== imageVersion) {
    throw new RangeError(`it must be of version ${imageVersion}: current value is ${row.image_version}`);
  }
  const numbers = [block, imageVersion, row.taken_at, row.columns_length, row.ids_length] as number[];
  const content = row.content as Uint8Array;
  if (checksumOf(numbers, content) !== row.checksum) {
    throw new RangeError('its checksum must match what it holds');
  }
  const [, , takenAtMs, columnsLength, idsLength] = numbers as [number, number, number, number, number];
  const raw = zstdDecompressSync(content);
  // What is small lies in memory that is others' too: it can't be handed to another thread.
  const { buffer, byteOffset } = raw.length < raw.buffer.byteLength ? new Uint8Array(raw) : raw;
  return {
    image: {
      index: block,
      columns: new Uint8Array(buffer, byteOffset, columnsLength),
      ids: new Uint8Array(buffer, byteOffset + columnsLength, idsLength),
      texts: raw.toString('utf8', columnsLength + idsLength),
    },
    takenAtMs,
  };
}

/** Moves an image, or all that are of other versions, out of the way of those to come. */
export function setImagesAside(
  db: DatabaseSync,
  which: { readonly block: number } | { readonly versionOtherThan: number } | 'all',
  why: string,
  nowEpochMs: number,
): number {
  const condition = which === 'all' ? '1' : 'block' in which ? 'block = ?' : 'image_version <> ?';
  const values = which === 'all' ? [] : Object.values(which);
  db.prepare(`INSERT INTO fleet_block_set_aside SELECT *, ?, ? FROM fleet_block WHERE ${condition}`).run(
    nowEpochMs,
    why,
    ...values,
  );
  return Number(db.prepare(`DELETE FROM fleet_block WHERE ${condition}`).run(...values).changes);
}

function checksumOf(numbers: readonly number[], content: Uint8Array): number {
  return crc32(content, crc32(new Uint8Array(Float64Array.from(numbers).buffer)));
}
