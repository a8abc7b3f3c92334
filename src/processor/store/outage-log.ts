import type { Log } from '../log.ts';
import { StoreError } from './store-error.ts';

/** Says that the store fails, each fault once an outage, and when it works again; the metrics count every failure. */
export class OutageLog {
  readonly #log: Log;
  readonly #path: string;
  readonly #told = new Set<string>();

  constructor(log: Log, path: string) {
    this.#log = log;
    this.#path = path;
  }

  /** From the first failure, reads at the start included, until something was written. */
  get isFailing(): boolean {
    return this.#told.size > 0;
  }

  failed(error: unknown): void {
    const fault = error instanceof StoreError ? error.fault : 'failed';
    if (this.#told.has(fault)) return;
    this.#told.add(fault);
    this.#log.error('the store fails: facts wait in memory until it works again', {
      key: 'store.path',
      path: this.#path,
      fault,
      why: error instanceof Error ? error.message : String(error),
    });
  }

  /** Something was written. */
  works(droppedFacts: number): void {
    if (this.#told.size === 0) return;
    this.#told.clear();
    this.#log.info('the store works again', {
      key: 'store.path',
      path: this.#path,
      dropped_facts: droppedFacts,
    });
  }
}
