import type { BlockImage, Fleet } from '../../core/index.ts';
import type { Clock } from '../clock.ts';
import type { DatedImage } from './database/image-table.ts';

/** One turn copies at most so much, some milliseconds' work: the event loop has other work waiting. */
const turnBytes = 2 ** 19;

/** What one turn copied. */
export interface SnapshotTurn {
  readonly images: readonly DatedImage[];
  readonly tookMs: number;
  /** Everything that had changed when the round began is copied. */
  readonly isLast: boolean;
}

/** Goes round what has changed of a fleet, image by image, a turn at a time. */
export class SnapshotRounds {
  readonly #fleet: Fleet;
  readonly #clock: Clock;
  readonly #onError: (error: unknown) => void;
  #first: number | undefined;
  #last = -1;
  #hasWrapped = false;
  #imageBytes = 0;

  /** @param onError - Told of an image that can't be taken; the others are. */
  constructor(fleet: Fleet, clock: Clock, onError: (error: unknown) => void) {
    this.#fleet = fleet;
    this.#clock = clock;
    this.#onError = onError;
  }

  /** Whether all that has changed fits in one turn. */
  get fitsInOneTurn(): boolean {
    return this.#fleet.changedImages * this.#imageBytes <= turnBytes;
  }

  /** Takes the next images; one that is larger than a turn makes one by itself. */
  take(): SnapshotTurn {
    const beganAtMs = performance.now();
    const images: DatedImage[] = [];
    let bytes = 0;
    let isLast = false;
    do {
      const takenAtMs = this.#clock.now();
      const image = this.#takeImage();
      if (image === undefined) {
        isLast = true;
        break;
      }
      images.push({ image, takenAtMs });
      this.#imageBytes = image.columns.length + image.ids.length + image.texts.length;
      bytes += this.#imageBytes;
      isLast = this.#passes(image.index);
    } while (!isLast && bytes + this.#imageBytes <= turnBytes);
    isLast ||= this.#fleet.changedImages === 0;
    if (isLast) this.#first = undefined;
    return { images, tookMs: performance.now() - beganAtMs, isLast };
  }

  #takeImage(): BlockImage | undefined {
    // Each failure leaves one less to be taken.
    for (let left = this.#fleet.changedImages; left > 0; left--) {
      try {
        return this.#fleet.takeImage();
      } catch (error) {
        this.#onError(error);
      }
    }
    return undefined;
  }

  /** Images come in order of their index, round and round: back at the first, all that had changed then are taken. */
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
