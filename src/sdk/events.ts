/**
 * Log events through whichever logs API the process has: `logs` of `@opentelemetry/api` (1.10 and later), else the
 * optional peer `@opentelemetry/api-logs`, else none; then they are counted.
 */
import * as api from '@opentelemetry/api';
import { version } from './version.ts';

export interface EventRecord {
  readonly eventName: string;
  /** ms since the epoch. */
  readonly timestamp: number;
  readonly severityNumber: number;
  readonly attributes: api.Attributes;
  readonly body?: string;
}

/** What both logs APIs have in common; `enabled` is missing in older ones. */
interface Logger {
  emit(record: EventRecord): void;
  enabled?(): boolean;
}
interface LogsApi {
  getLoggerProvider(): { getLogger(name: string, version?: string): Logger };
}
type LogsModule = { readonly logs?: LogsApi };

/** Events that may wait while the optional peer is being loaded, which takes milliseconds. */
const pendingLimit = 100;

export const severity = { info: 9, warn: 13, error: 17 } as const;

/** Sends events; one per process. */
export class Events {
  readonly #import: () => Promise<LogsModule>;
  readonly #own: Source | undefined;
  #peer: Source | undefined;
  #loading: 'not yet' | 'now' | 'done' = 'not yet';
  #pending: { record: EventRecord; onLost: () => void; asked: boolean }[] = [];
  #said = false;

  constructor(
    own: LogsApi | undefined = (api as LogsModule).logs,
    importPeer: () => Promise<LogsModule> = importApiLogs,
  ) {
    this.#own = own === undefined ? undefined : new Source(own);
    this.#import = importPeer;
  }

  /**
   * Emits an event.
   *
   * @param record - What happened.
   * @param onLost - Called where no LoggerProvider takes it.
   * @param asked - Whether the author asked for this event himself, and wants to know that it goes nowhere.
   */
  emit(record: EventRecord, onLost: () => void, asked: boolean): void {
    if (this.#own?.emit(record) || this.#peer?.emit(record)) return;
    if (this.#loading !== 'done' && this.#pending.length < pendingLimit) {
      this.#pending.push({ record, onLost, asked });
      if (this.#loading === 'not yet') void this.#load();
      return;
    }
    onLost();
    if (!asked || this.#said) return;
    this.#said = true;
    api.diag.warn(
      '@agent-vitals/sdk: messages and threads are counted, but their log events go nowhere as no LoggerProvider is registered (with @opentelemetry/api below 1.10 that needs @opentelemetry/api-logs) (said once)',
    );
  }

  async #load(): Promise<void> {
    this.#loading = 'now';
    try {
      const { logs } = await this.#import();
      if (logs !== undefined) this.#peer = new Source(logs);
    } catch {
      // The optional peer is not installed.
    }
    this.#loading = 'done';
    const pending = this.#pending;
    this.#pending = [];
    for (const { record, onLost, asked } of pending) this.emit(record, onLost, asked);
  }
}

/** One logs API and its logger, found anew when another provider is registered. */
class Source {
  readonly #logs: LogsApi;
  #provider: unknown;
  #logger: Logger | undefined;

  constructor(logs: LogsApi) {
    this.#logs = logs;
  }

  /** Returns whether somebody took it. */
  emit(record: EventRecord): boolean {
    try {
      const provider = this.#logs.getLoggerProvider();
      if (provider !== this.#provider) {
        this.#provider = provider;
        // Older loggers don't say whether they are enabled: a stand-in is known by its provider's name.
        const standsIn = /^(Proxy|Noop)LoggerProvider$/.test(provider.constructor?.name);
        const logger = provider.getLogger('agent-vitals', version);
        this.#logger = standsIn && logger.enabled === undefined ? undefined : logger;
      }
      if (this.#logger === undefined || this.#logger.enabled?.() === false) return false;
      this.#logger.emit(record);
      return true;
    } catch (error) {
      api.diag.error('@agent-vitals/sdk: the registered LoggerProvider threw', error);
      return false;
    }
  }
}

/** The name is a variable so that bundlers leave an optional peer alone. */
function importApiLogs(): Promise<LogsModule> {
  const name = '@opentelemetry/api-logs';
  return import(/* @vite-ignore */ /* webpackIgnore: true */ name);
}

const events = new Events();

/** The events of this process. */
export function processEvents(): Events {
  return events;
}
