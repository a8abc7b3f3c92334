import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import { type Fleet, imageVersion, type Transition } from '../../core/index.ts';
import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import type { AlertRow } from './database/alert-table.ts';
import type { AuditEntry, AuditQuery } from './database/audit-table.ts';
import type { IncidentQuery, IncidentRow } from './database/incident-table.ts';
import type { NotificationChange, NotificationRows } from './database/notification-table.ts';
import type { Page } from './database/page.ts';
import type {
  KeptRollup,
  Rollup,
  RollupQuery,
  ToldOf,
  ToldPlace,
  ToldSlice,
} from './database/rollup-table.ts';
import type { Found } from './database/store-database.ts';
import type { StoredTransition, TransitionQuery } from './database/transition-table.ts';
import { type MachineTime, machineTime } from './machine-time.ts';
import { OutageLog } from './outage-log.ts';
import { restoreFleet } from './restore.ts';
import { SnapshotPace } from './snapshot-pace.ts';
import { namingTheKey, StoreError, type StoreFault } from './store-error.ts';
import { StoreThread } from './store-thread.ts';
import { StoreWriter } from './store-writer.ts';
import { epochNow } from './time-line.ts';
import { within } from './within.ts';

/** Of one core; the interval of the snapshots stretches so that they take no more. */
const snapshotShare = 0.1;
const dayMs = 86_400_000;
const tidyEveryMs = 60_000;
/** Between two slices of tidying, so that facts find the thread free. */
const tidyPauseMs = 20;
/** A list waits so long for facts that were recorded before it was asked for. */
const readWaitMs = 200;
/** Whoever asks has an answer after this, also where the disk hangs. */
const answerWithinMs = 5_000;
const auditWithinMs = 2_000;
/** The stop of the whole processor has 4.5 s. */
const finishWithinMs = 3_000;
const closeWithinMs = 1_000;

/** Batches of the history that may wait for the disk at once. */
const mostRollupCalls = 64;
/** Rows read at once, at the start. */
const toldPerSlice = 5_000;

/** With these the processor doesn't start: somebody has to decide. With others it goes on without the disk. */
const fatal: ReadonlySet<StoreFault> = new Set<StoreFault>(['locked', 'newer_schema', 'bad_path']);

export interface StoreOptions {
  /** The database file: `store.path`. */
  readonly path: string;
  /** `store.snapshot_interval` in milliseconds. */
  readonly snapshotIntervalMs: number;
  /** `store.max_size` in bytes. */
  readonly maxSizeBytes: number;
  /** How long transitions are kept, in milliseconds; 90 days by default. */
  readonly transitionsKeptMs?: number;
  /** How long the audit log is kept, in milliseconds; a year by default. */
  readonly auditKeptMs?: number;
  /** `store.minute_retention` in milliseconds; a day by default. */
  readonly minutesKeptMs?: number;
  /** `store.hour_retention` in milliseconds; 90 days by default. */
  readonly hoursKeptMs?: number;
  /** Facts kept in memory while the disk can't take them; a million by default, some 300 MB. */
  readonly maxFacts?: number;
  /** This process' own time line. */
  readonly clock: Clock;
  /** What the machine says of time beside it; that of this machine by default. */
  readonly machine?: () => MachineTime;
  readonly log: Log;
}

/** What goes on from the last run. */
export interface StartedStore {
  /** As it was, with those that were live as `unknown`; empty at the first start. */
  readonly fleet: Fleet;
  /** The time line to use from here on, in place of the process' own. */
  readonly clock: Clock;
  /** Until when the fleet was observed before, on that line; undefined at the first start. */
  readonly observedUntilMs: number | undefined;
}

/** Figures for the processor's own metrics. */
export interface StoreFigures {
  /** Age of the oldest change that is not in the store yet. */
  readonly lagSeconds: number;
  readonly snapshotIntervalSeconds: number;
  /** Writes that failed, and images that could not be restored. */
  readonly errors: number;
  /** Facts that were dropped because the disk could not take them for too long. */
  readonly droppedFacts: number;
  /** Rollups of the history that were dropped. */
  readonly droppedRollups: number;
  /** Facts in memory that wait to be written. */
  readonly waitingFacts: number;
  readonly isFailing: boolean;
}

/**
 * What outlives the process: transitions, the audit log, and the state of the fleet. The one thing of the store that
 * the rest of the processor sees.
 *
 * A fact is acknowledged when {@link StoreService.flushed} or {@link StoreService.audit} has answered true: from then
 * on neither `kill -9` nor a loss of power undoes it. Of the fleet's counters a crash loses at most the last snapshot
 * interval; a loss of power, besides, what was written since the last fact. What a fact has changed of the fleet goes
 * along with it as long as all that has changed is small (512 KiB, some 1,000 agents); in a larger fleet it
 * follows with the next snapshot, and only operators' actions are done again after a crash in between. Whatever the disk does, nothing here holds up the event loop, and nothing after the start throws but reads.
 * It is long because each kind of fact has its way in and out here, and none of them more than that.
 *
 * @example
 * ```ts
 * const store = new StoreService({ path: 'data/a.db', snapshotIntervalMs: 5_000, maxSizeBytes: 2 ** 30, clock, log });
 * const { fleet, clock: lineClock } = await store.start(() => new Fleet());
 * store.record(fleet.tick(lineClock.now()));
 * await store.audit({ atEpochMs: Date.now(), who: 'ops', action: 'pause', subject: 'crawler-7', detail: {} });
 * const { items, nextCursor } = await store.transitions({ agent: 'crawler-7', limit: 100 });
 * await store.stop();
 * ```
 */
export class StoreService {
  readonly #options: StoreOptions;
  readonly #thread: StoreThread;
  readonly #outages: OutageLog;
  #writer: StoreWriter | undefined;
  #pace: SnapshotPace | undefined;
  #clock: Clock;
  #tidyTimer: NodeJS.Timeout | undefined;
  #isStopped = false;
  #rollupsUnderWay = 0;
  #droppedRollups = 0;
  readonly #onFactsLost: (() => void)[] = [];
  /** Those of the writer are its own. */
  #errors = 0;

  constructor(options: StoreOptions) {
    // Whoever reads a message need not know where the process was started.
    const path = resolve(options.path);
    this.#options = { ...options, path };
    this.#clock = options.clock;
    const { log, maxSizeBytes, transitionsKeptMs = 90 * dayMs, auditKeptMs = 365 * dayMs } = options;
    const { minutesKeptMs = dayMs, hoursKeptMs = 90 * dayMs } = options;
    this.#outages = new OutageLog(log, path);
    const limits = { transitionsKeptMs, auditKeptMs, minutesKeptMs, hoursKeptMs, maxBytes: maxSizeBytes };
    this.#thread = new StoreThread({ path, run: randomUUID(), imageVersion, limits }, (notice) =>
      log[notice.level](notice.message, { key: 'store.path', ...notice.fields }),
    );
  }

  /**
   * Opens the store and restores the fleet. Where the disk can't be used, that is said, and the processor goes on
   * without it until it can.
   *
   * @param createFleet - Makes an empty fleet with the settings that hold now.
   * @throws StoreError where another processor has the file, a later version wrote it, or it can't be a file.
   */
  async start(createFleet: () => Fleet): Promise<StartedStore> {
    const { clock, log, machine = machineTime, maxFacts = 1_000_000, snapshotIntervalMs } = this.#options;
    const found = await this.#open();
    const thread = this.#thread;
    const restored = await restoreFleet({ thread, found, createFleet, clock, machine: machine(), log });
    this.#clock = restored.clock;
    this.#errors += restored.damagedImages;
    const nowMs = restored.clock.now();
    const pace = new SnapshotPace({ intervalMs: snapshotIntervalMs, share: snapshotShare, nowMs });
    this.#pace = pace;
    this.#writer = new StoreWriter({
      thread,
      fleet: restored.fleet,
      clock: restored.clock,
      machine,
      pace,
      maxFacts,
      onFailure: (error) => this.#outages.failed(error),
      onWritten: () => this.#outages.works(this.figures.droppedFacts),
      onFactsLost: () => {
        for (const listener of this.#onFactsLost) listener();
      },
    });
    this.#writer.record(restored.transitions);
    this.#writer.start();
    this.#tidyLater(tidyPauseMs);
    const { fleet, clock: lineClock, observedUntilMs } = restored;
    return { fleet, clock: lineClock, observedUntilMs };
  }

  /** Keeps transitions; they are on the disk a few milliseconds later. */
  record(transitions: readonly Transition[]): void {
    this.#writer?.record(transitions);
  }

  /** Keeps alerts as they are now, in the place of what was known of them, in order with the transitions. */
  recordAlerts(alerts: readonly AlertRow[]): void {
    this.#writer?.recordAlerts(alerts);
  }

  /** Keeps incidents as they are now. */
  recordIncidents(incidents: readonly IncidentRow[]): void {
    this.#writer?.recordIncidents(incidents);
  }

  /** Keeps what became of notifications, behind the alerts that were recorded before. */
  recordNotification(change: NotificationChange): void {
    this.#writer?.recordNotification(change);
  }

  /** Everything that is kept of notifications. @throws StoreError where the store can't be read. */
  notifications(): Promise<NotificationRows> {
    return this.#thread.call('notifications', epochNow(this.#clock));
  }

  /** Who keeps alerts, incidents or notifications is told where the file has lost some of them, to record all of them anew. */
  onFactsLost(listener: () => void): void {
    this.#onFactsLost.push(listener);
  }

  /**
   * Alerts in order of their ids.
   *
   * @param afterId - Behind which to begin; empty for the first.
   * @throws StoreError where the store can't be read.
   */
  alerts(afterId: string, limit: number): Promise<AlertRow[]> {
    return this.#read(this.#thread.call('alerts', afterId, limit, epochNow(this.#clock)));
  }

  /**
   * Incidents, the newest first.
   *
   * @throws RangeError where the cursor is none that an answer gave; StoreError where the store can't be read.
   */
  async incidents(query: IncidentQuery): Promise<Page<IncidentRow>> {
    await this.#flushedSoon();
    return this.#read(this.#thread.call('incidents', query, epochNow(this.#clock)));
  }

  /** Incidents that go on. @throws StoreError where the store can't be read. */
  openIncidents(limit: number): Promise<IncidentRow[]> {
    return this.#read(this.#thread.call('openIncidents', limit, epochNow(this.#clock)));
  }

  /**
   * Keeps what an operator did.
   *
   * @returns Whether it is on the disk, within 2 s; where not, it waits in memory and is written when it can be.
   */
  audit(entry: AuditEntry): Promise<boolean> {
    const kept = this.#writer?.audit(entry) ?? false;
    return within(auditWithinMs, kept).then((isKept) => isKept ?? false);
  }

  /** @returns Whether everything recorded so far is on the disk now; false where the disk can't be written. */
  flushed(): Promise<boolean> {
    return this.#writer?.flushed() ?? Promise.resolve(false);
  }

  /**
   * Transitions, the newest first.
   *
   * @throws RangeError where the cursor is none that an answer gave; StoreError where the store can't be read.
   */
  async transitions(query: TransitionQuery): Promise<Page<StoredTransition>> {
    await this.#flushedSoon();
    return this.#read(this.#thread.call('transitions', query, epochNow(this.#clock)));
  }

  /**
   * What operators did, the newest first.
   *
   * @throws RangeError where the cursor is none that an answer gave; StoreError where the store can't be read.
   */
  async auditLog(query: AuditQuery): Promise<Page<AuditEntry>> {
    await this.#flushedSoon();
    return this.#read(this.#thread.call('audit', query, epochNow(this.#clock)));
  }

  /**
   * Adds to the history. What comes while too much waits, or the disk can't take it, is dropped and counted.
   *
   * @returns Whether it is in the database.
   */
  async addRollups(rollups: readonly Rollup[]): Promise<boolean> {
    if (this.#isStopped || this.#rollupsUnderWay >= mostRollupCalls) {
      this.#droppedRollups += rollups.length;
      return false;
    }
    this.#rollupsUnderWay++;
    try {
      await this.#thread.call('addRollups', rollups, epochNow(this.#clock));
      return true;
    } catch (error) {
      this.#droppedRollups += rollups.length;
      this.#fail(error);
      return false;
    } finally {
      this.#rollupsUnderWay--;
    }
  }

  /** Buckets of a thing's history in order of time; undefined where it has none. @throws StoreError where the store can't be read. */
  rollups(query: RollupQuery): Promise<KeptRollup[] | undefined> {
    return this.#read(this.#thread.call('rollups', query, epochNow(this.#clock)));
  }

  /**
   * Goes through what the history was told of by the hours from then on, the older before the newer.
   *
   * @throws StoreError where the store can't be read.
   */
  async eachTold(fromEpochMs: number, visit: (told: ToldOf) => void): Promise<void> {
    let place: ToldPlace | null = { atEpochMs: fromEpochMs, subject: -1 };
    while (place !== null) {
      const slice: ToldSlice = await this.#read(
        this.#thread.call('told', place, toldPerSlice, epochNow(this.#clock)),
      );
      slice.told.forEach(visit);
      place = slice.next;
    }
  }

  get figures(): StoreFigures {
    const writer = this.#writer;
    const nowMs = this.#clock.now();
    return {
      lagSeconds: (writer?.lagMs() ?? 0) / 1000,
      snapshotIntervalSeconds: (this.#pace?.intervalMs(nowMs) ?? this.#options.snapshotIntervalMs) / 1000,
      errors: (writer?.errors ?? 0) + this.#errors,
      droppedFacts: writer?.droppedFacts ?? 0,
      droppedRollups: this.#droppedRollups,
      waitingFacts: writer?.waitingFacts ?? 0,
      isFailing: this.#outages.isFailing,
    };
  }

  /** Writes what is left and closes the file, within 4 s. Never rejects. */
  async stop(): Promise<void> {
    if (this.#isStopped) return;
    this.#isStopped = true;
    clearTimeout(this.#tidyTimer);
    const nothing = { facts: 0, blocks: 0 };
    const left = await within(finishWithinMs, this.#writer?.finish(finishWithinMs) ?? nothing);
    if (left === undefined || left.facts > 0 || left.blocks > 0) {
      const message = 'not everything could be written before the stop';
      this.#options.log.error(message, { key: 'store.path', path: this.#options.path, ...left });
    }
    await within(
      closeWithinMs,
      this.#thread.call('close').catch((error: unknown) => this.#fail(error)),
    );
    await this.#thread.end();
  }

  async #open(): Promise<Found> {
    try {
      const found = await this.#thread.call('open', epochNow(this.#clock));
      if (found.readOnlyBecause !== undefined) this.#fail(new StoreError('read_only', found.readOnlyBecause));
      return found;
    } catch (error) {
      if (error instanceof StoreError && fatal.has(error.fault)) {
        await this.#thread.end();
        throw namingTheKey(error);
      }
      this.#fail(error);
      return { timeLine: undefined, readOnlyBecause: undefined };
    }
  }

  #tidyLater(delayMs: number): void {
    if (this.#isStopped) return;
    this.#tidyTimer = setTimeout(() => {
      this.#thread.call('tidy', epochNow(this.#clock)).then(
        ({ hasMore }) => this.#tidyLater(hasMore ? tidyPauseMs : tidyEveryMs),
        (error: unknown) => {
          this.#fail(error);
          this.#tidyLater(tidyEveryMs);
        },
      );
    }, delayMs).unref();
  }

  /** @throws StoreError where the disk hangs. */
  async #read<T>(answer: Promise<T>): Promise<T> {
    const read = await within(
      answerWithinMs,
      answer.then((value) => ({ value })),
    );
    if (read !== undefined) return read.value;
    const { path } = this.#options;
    throw new StoreError('failed', `Cannot read the store ${path} as its disk must answer: it hangs`);
  }

  async #flushedSoon(): Promise<void> {
    await within(readWaitMs, this.flushed());
  }

  #fail(error: unknown): void {
    this.#errors++;
    this.#outages.failed(error);
  }
}
