import type { DatabaseSync } from 'node:sqlite';
import { withoutDuplicates } from './duplicates.ts';
import { IdSet } from './id-set.ts';
import { type DatedImage, listBlocks, readImage } from './image-table.ts';

/** An image that can't be restored. */
export interface DamagedImage {
  readonly block: number;
  readonly why: string;
}

/** Some of the images, to be restored in this order. */
export interface ImageSlice {
  readonly images: readonly DatedImage[];
  readonly damaged: readonly DamagedImage[];
  /** Ids under which rows stand that must be forgotten again: see {@link withoutDuplicates}. */
  readonly duplicates: readonly string[];
  readonly isLast: boolean;
}

/** Reads all images once, a slice at a time, the newest first. */
export class ImageReader {
  readonly #db: DatabaseSync;
  readonly #imageVersion: number;
  readonly #blocks: number[];
  readonly #known = new IdSet();
  #at = 0;

  constructor(db: DatabaseSync, imageVersion: number) {
    this.#db = db;
    this.#imageVersion = imageVersion;
    this.#blocks = listBlocks(db).map(({ block }) => block);
  }

  /** @param bytes - No more images are read once they have so many. */
  next(bytes: number): ImageSlice {
    const images: DatedImage[] = [];
    const damaged: DamagedImage[] = [];
    const duplicates: string[] = [];
    let read = 0;
    while (this.#at < this.#blocks.length && read < bytes) {
      const block = this.#blocks[this.#at++]!;
      try {
        const { image, takenAtMs } = readImage(this.#db, block, this.#imageVersion);
        const unique = withoutDuplicates(image, this.#known);
        duplicates.push(...unique.duplicates);
        images.push({ image: unique.image, takenAtMs });
        read += image.columns.length + image.ids.length + image.texts.length;
      } catch (error) {
        damaged.push({ block, why: error instanceof Error ? error.message : String(error) });
      }
    }
    return { images, damaged, duplicates, isLast: this.#at >= this.#blocks.length };
  }
}
