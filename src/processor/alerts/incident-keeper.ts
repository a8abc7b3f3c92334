import { type Incident, IncidentBook } from '../../core/index.ts';
import type { Clock } from '../clock.ts';
import type { Page, StoreService } from '../store/index.ts';
import { incidentOfRow, rowOfIncident } from './records.ts';

/** A session whose members restart is critical for a moment; only what lasts is an incident. */
const sessionLastsMs = 30_000;
/** Those that went on when the processor ended; the book takes no more. */
const mostRestored = 10_000;
const mostWatched = 100_000;

/** Where incidents are kept. */
export type IncidentStore = Pick<StoreService, 'recordIncidents' | 'openIncidents' | 'incidents'>;

/** Keeps incidents in the store as they change. */
export class IncidentKeeper {
  readonly book = new IncidentBook();
  readonly #store: IncidentStore;
  readonly #clock: Clock;
  /** Since when sessions are critical that aren't incidents yet. */
  readonly #criticalSinceMs = new Map<string, number>();

  constructor(store: IncidentStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Takes back those that went on. @throws StoreError where the store can't be read. */
  async restore(): Promise<void> {
    for (const row of await this.#store.openIncidents(mostRestored)) {
      const incident = incidentOfRow(row, this.#clock);
      if (incident !== undefined) this.book.restore(incident);
    }
  }

  /** A session is critical, or isn't: an incident once that has lasted. */
  session(session: string, isCritical: boolean, count: number, nowMs: number): void {
    if (!isCritical) {
      this.#criticalSinceMs.delete(session);
      this.book.end('session_critical', session, nowMs);
      return;
    }
    let sinceMs = this.#criticalSinceMs.get(session);
    if (sinceMs === undefined) {
      sinceMs = nowMs;
      if (this.#criticalSinceMs.size < mostWatched) this.#criticalSinceMs.set(session, sinceMs);
    }
    if (!this.book.isOpen('session_critical', session) && nowMs - sinceMs < sessionLastsMs) return;
    this.book.hold('session_critical', session, { sinceMs, count, recoveryAtMs: null }, nowMs);
  }

  /** Hands what has changed to the store. */
  save(nowMs: number): void {
    const changed = this.book.takeChanged();
    if (changed.length > 0)
      this.#store.recordIncidents(changed.map((incident) => rowOfIncident(incident, this.#clock)));
    this.book.tidy(nowMs);
  }

  /** Incidents, the newest first, as of now. @throws RangeError, StoreError as the store does. */
  async list(query: { limit: number; cursor?: string | undefined }): Promise<Page<Incident>> {
    this.save(this.#clock.now());
    const { items, nextCursor } = await this.#store.incidents(query);
    const incidents = items.map((row) => incidentOfRow(row, this.#clock));
    return { items: incidents.filter((incident) => incident !== undefined), nextCursor };
  }
}
