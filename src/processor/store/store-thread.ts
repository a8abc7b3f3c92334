import { Worker } from 'node:worker_threads';
import type { DatedImage } from './database/image-table.ts';
import type { StoreDatabase, StoreDatabaseOptions } from './database/store-database.ts';
import type { Notice } from './notice.ts';
import { StoreError, type StoreFault } from './store-error.ts';

/** What can be asked of the thread of the database. */
export type StoreMethod = Exclude<keyof StoreDatabase, 'takeNotices'>;

export interface Call {
  readonly id: number;
  readonly method: StoreMethod;
  readonly args: readonly unknown[];
}

export interface Answer {
  readonly id: number;
  readonly result?: unknown;
  /** Without a fault it was the question that was wrong. */
  readonly failure?: { readonly fault: StoreFault | null; readonly message: string };
  readonly notices: readonly Notice[];
}

interface Waiting {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

/** Beside this file when it runs from source, and when it was built. */
const entry = new URL(`./database/thread.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url);

/**
 * The database in a thread of its own: a disk that takes its time holds up nobody. Calls are answered in the order
 * they were made. Should the thread end by itself, the calls under way fail and the next one begins another.
 */
export class StoreThread {
  readonly #options: StoreDatabaseOptions;
  readonly #onNotice: (notice: Notice) => void;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #lastId = 0;

  constructor(options: StoreDatabaseOptions, onNotice: (notice: Notice) => void) {
    this.#options = options;
    this.#onNotice = onNotice;
  }

  /**
   * Calls a method of the {@link StoreDatabase} there; arguments and answer are copied, but images are handed over:
   * they are gone here afterwards, whatever becomes of the call.
   *
   * @throws StoreError as the method does; RangeError where the question was wrong.
   */
  call<M extends StoreMethod>(
    method: M,
    ...args: Parameters<StoreDatabase[M]>
  ): Promise<ReturnType<StoreDatabase[M]>> {
    this.#worker ??= this.#begin();
    const worker = this.#worker;
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve: resolve as (result: unknown) => void, reject });
      // Only while an answer is due does it keep the process from ending.
      worker.ref();
      worker.postMessage({ id, method, args } satisfies Call, buffersOf(args[0]));
    });
  }

  /** Ends the thread, whatever it is doing. */
  async end(): Promise<void> {
    await this.#worker?.terminate();
  }

  #begin(): Worker {
    const worker = new Worker(entry, { workerData: this.#options });
    worker.on('message', (answer: Answer) => this.#settle(answer));
    worker.on('error', (error) => this.#lose(worker, error.message));
    worker.on('exit', () => this.#lose(worker, 'it has ended'));
    return worker;
  }

  #settle({ id, result, failure, notices }: Answer): void {
    for (const notice of notices) this.#onNotice(notice);
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (this.#waiting.size === 0) this.#worker?.unref();
    if (failure === undefined) waiting?.resolve(result);
    else if (failure.fault === null) waiting?.reject(new RangeError(failure.message));
    else waiting?.reject(new StoreError(failure.fault, failure.message));
  }

  #lose(worker: Worker, why: string): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    const { path } = this.#options;
    const error = new StoreError('failed', `Cannot use the store ${path} as its thread must run: ${why}`);
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}

/** The buffers of the images in a message, each once: handed to the other thread instead of copied. */
export function buffersOf(message: unknown): ArrayBuffer[] {
  const images = (message as { images?: readonly DatedImage[] } | undefined)?.images ?? [];
  return [
    ...new Set(images.flatMap(({ image }) => [image.columns.buffer, image.ids.buffer])),
  ] as ArrayBuffer[];
}
