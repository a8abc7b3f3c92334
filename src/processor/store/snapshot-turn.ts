import type { Fleet } from '../../core/index.ts';
import type { Clock } from '../clock.ts';
import type { DatedImage } from './database/image-table.ts';

/** One turn copies at most so much, and takes at most about so long: the event loop has other work waiting. */
const turnBytes = 2 ** 20;
const turnMs = 8;

/** What one turn copied. */
export interface SnapshotTurn {
  readonly images: readonly DatedImage[];
  readonly tookMs: number;
  /** Everything that had changed when the round began is copied. */
  readonly isLast: boolean;
}

/** Goes round the changed blocks of a fleet, a turn at a time. */
export class SnapshotRounds {
  readonly #fleet: Fleet;
  readonly #clock: Clock;
  #first: number | undefined;
  #last = -1;
  #hasWrapped = false;
  #imageBytes = 0;

  constructor(fleet: Fleet, clock: Clock) {
    this.#fleet = fleet;
    this.#clock = clock;
  }

  /** Whether all that has changed fits in one turn. */
  get fitsInOneTurn(): boolean {
    return this.#fleet.changedBlocks * this.#imageBytes <= turnBytes;
  }

  /** Copies the next blocks; a block that is larger than a turn makes one by itself. */
  take(): SnapshotTurn {
    const beganAtMs = performance.now();
    const images: DatedImage[] = [];
    let bytes = 0;
    let isLast = false;
    do {
      const takenAtMs = this.#clock.now();
      const image = this.#fleet.takeImage();
      if (image === undefined) {
        isLast = true;
        break;
      }
      images.push({ image, takenAtMs });
      this.#imageBytes = image.columns.length + image.ids.length + image.texts.length;
      bytes += this.#imageBytes;
      isLast = this.#passes(image.index);
    } while (!isLast && bytes + this.#imageBytes <= turnBytes && performance.now() - beganAtMs < turnMs);
    isLast ||= this.#fleet.changedBlocks === 0;
    if (isLast) this.#first = undefined;
    return { images, tookMs: performance.now() - beganAtMs, isLast };
  }

  /** Blocks come in order of their index, round and round: back at the first, all that had changed then are copied. */
  #passes(index: number): boolean {
    if (this.#first === undefined) {
      this.#first = index;
      this.#hasWrapped = false;
    } else if (index <= this.#last) {
      this.#hasWrapped = true;
    }
    this.#last = index;
    return this.#hasWrapped && index >= this.#first;
  }
}
