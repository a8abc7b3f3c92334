import type { Log } from '../../log.ts';
import type { AlertmanagerClient } from './alertmanager-client.ts';

/** A Prometheus may be started later than the processor. */
const lookEveryMs = 60_000;
const firstLookMs = 2_000;

/** Fires all the time where Prometheus evaluates our rules; the processor never posts it. */
const watchdog = { alertname: 'Watchdog', scope: 'processor' };

export interface OtherPathWatchOptions {
  readonly client: Pick<AlertmanagerClient, 'hasAlert'>;
  readonly log: Log;
  /** Of the configuration. */
  readonly key: string;
}

/** Says where the same Alertmanager gets our alerts from Prometheus, too: each of them would be told twice. */
export class OtherPathWatch {
  readonly #options: OtherPathWatchOptions;
  #timer: NodeJS.Timeout | undefined;
  #wasThere = false;
  #isStopped = false;

  constructor(options: OtherPathWatchOptions) {
    this.#options = options;
  }

  start(): void {
    this.#lookAfter(firstLookMs);
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  #lookAfter(delayMs: number): void {
    if (this.#isStopped) return;
    this.#timer = setTimeout(() => void this.#look(), delayMs).unref();
  }

  async #look(): Promise<void> {
    const { client, key, log } = this.#options;
    const isThere = await client.hasAlert(watchdog);
    if (isThere === true && !this.#wasThere) {
      log.warn('Prometheus sends our alerts to this Alertmanager as well: use one of the two paths', { key });
    }
    this.#wasThere = isThere ?? this.#wasThere;
    this.#lookAfter(lookEveryMs);
  }
}
