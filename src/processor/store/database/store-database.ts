import { statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import type { Notice } from '../notice.ts';
import { StoreError, type StoreFault, storeError } from '../store-error.ts';
import { type AlertRow, clearAlerts, putAlerts, readAlerts } from './alert-table.ts';
import {
  type AuditEntry,
  type AuditQuery,
  insertAudit,
  type PlacedAuditEntry,
  readAudit,
  readAuditAfter,
} from './audit-table.ts';
import { ImageReader, type ImageSlice } from './image-reader.ts';
import { type DatedImage, putImages, setImagesAside } from './image-table.ts';
import {
  endOpenIncidents,
  type IncidentQuery,
  type IncidentRow,
  putIncidents,
  readIncidents,
  readOpenIncidents,
} from './incident-table.ts';
import { backfillSlice } from './migrate.ts';
import { type Migration, storeMigrations } from './migrations.ts';
import {
  clearNotifications,
  type NotificationChange,
  type NotificationRows,
  putNotifications,
  readNotifications,
} from './notification-table.ts';
import { openDatabase, openForReading } from './open-database.ts';
import type { Page } from './page.ts';
import { clearSlice, type RetentionLimits, type RetentionSlice } from './retention.ts';
import {
  addRollups,
  type KeptRollup,
  type Rollup,
  type RollupQuery,
  readRollups,
  readTold,
  type ToldPlace,
  type ToldSlice,
} from './rollup-table.ts';
import { setAside } from './set-aside.ts';
import { readTimeLine, type TimeLineMark, writeTimeLine } from './time-line-table.ts';
import { inTransaction } from './transaction.ts';
import {
  insertTransitions,
  readTransitions,
  type StoredTransition,
  type TransitionQuery,
} from './transition-table.ts';

export interface StoreDatabaseOptions {
  readonly path: string;
  /** Tells this process from others that wrote the file. */
  readonly run: string;
  /** Images of other versions can't be restored. */
  readonly imageVersion: number;
  readonly limits: RetentionLimits;
  readonly migrations?: readonly Migration[];
}

/** What is written together: all of it is kept, or nothing. */
export interface Batch {
  /** Rises by one with each batch of a run. */
  readonly number: number;
  readonly transitions: readonly StoredTransition[];
  readonly audit: readonly PlacedAuditEntry[];
  /** As they are after the transitions; of one that is there twice, the last counts. */
  readonly alerts?: readonly AlertRow[];
  readonly incidents?: readonly IncidentRow[];
  /** In order. */
  readonly notifications?: readonly NotificationChange[];
  readonly images: readonly DatedImage[];
  readonly mark: TimeLineMark;
}

export interface Written {
  /** Processor time that the call cost this thread, from its arrival on, in milliseconds. */
  readonly cpuMs: number;
  /** The file is another than before: it holds no images but those of this batch. */
  readonly isNewFile: boolean;
}

/** What was found when the store was opened at the start. */
export interface Found {
  /** Undefined where nothing was ever written. */
  readonly timeLine: TimeLineMark | undefined;
  /** Why nothing can be written for now; undefined where it can. */
  readonly readOnlyBecause: string | undefined;
}

/** After these the file is as good as before. */
const sparesFile: ReadonlySet<StoreFault> = new Set<StoreFault>(['full', 'locked', 'invalid']);

/**
 * The database behind the store, synchronous: it runs in a thread of its own. It opens and reopens the file as the
 * state of the disk allows; whatever fails, the next call begins with what there is. It is
 * long because every question that the thread answers is a method here; the statements are the tables'.
 */
export class StoreDatabase {
  readonly #options: StoreDatabaseOptions;
  readonly #migrations: readonly Migration[];
  readonly #notices: Notice[] = [];
  #db: DatabaseSync | undefined;
  #inode: bigint | undefined;
  #isWritable = false;
  #images: ImageReader | undefined;
  #isTooLargeTold = false;
  /** The run whose images were restored though nothing could be written: they go on as this one's. */
  #continuedRun: string | undefined;
  /** This thread's processor time when the last call had been answered. */
  #calledUntilCpuMs = cpuMsNow();

  constructor(options: StoreDatabaseOptions) {
    this.#options = options;
    this.#migrations = options.migrations ?? storeMigrations;
  }

  /** Hands over what is to be said since the last call. */
  takeNotices(): Notice[] {
    return this.#notices.splice(0);
  }

  /**
   * Opens the store at the start of the processor.
   *
   * @throws StoreError where it can neither be written nor read.
   */
  open(nowEpochMs: number): Found {
    let readOnlyBecause: string | undefined;
    try {
      this.#open(nowEpochMs);
    } catch (error) {
      const { fault, message } = storeError(error, this.#options.path);
      if (fault !== 'read_only') throw error;
      this.#db = openForReading(this.#options.path, this.#migrations);
      if (this.#db === undefined) throw error;
      readOnlyBecause = message;
      this.#continuedRun = readTimeLine(this.#db)?.run;
    }
    const db = this.#opened();
    return { timeLine: readTimeLine(db), readOnlyBecause };
  }

  /**
   * The next images to restore, the newest first, and those that can't be.
   *
   * @param isFirst - Begins again from the newest.
   * @param bytes - No more are read once they have so many.
   */
  nextImages(isFirst: boolean, bytes: number, nowEpochMs: number): ImageSlice {
    return this.#guard(nowEpochMs, (db) => {
      if (isFirst || this.#images === undefined)
        this.#images = new ImageReader(db, this.#options.imageVersion);
      const slice = this.#images.next(bytes);
      if (this.#isWritable && slice.damaged.length > 0) {
        inTransaction(db, () => {
          for (const { block, why } of slice.damaged) setImagesAside(db, { block }, why, nowEpochMs);
        });
      }
      return slice;
    });
  }

  /** Opens the file again where it must be, and writes. */
  write(batch: Batch, nowEpochMs: number): Written {
    let isNewFile = false;
    if (this.#isWritable && this.#isGone()) {
      this.#say('error', 'the store was moved or removed while it was in use: a new one is begun');
      this.close();
    }
    if (!this.#isWritable) {
      this.#open(nowEpochMs);
      isNewFile = this.#refuseOtherRuns(nowEpochMs);
    }
    return this.#guard(nowEpochMs, (db) => {
      const { transitions, audit, alerts = [], incidents = [], notifications = [] } = batch;
      const { images, mark, number } = batch;
      const { run, imageVersion } = this.#options;
      const last = readTimeLine(db);
      if (last?.run === run && last.batch >= number)
        return { cpuMs: cpuMsNow() - this.#calledUntilCpuMs, isNewFile };
      // Facts survive the loss of power; of images the last may be lost with it, which a later start makes good.
      const lists = [transitions, audit, alerts, incidents, notifications];
      const isFact = lists.some(({ length }) => length > 0);
      db.exec(`PRAGMA synchronous = ${isFact ? 'FULL' : 'NORMAL'}`);
      inTransaction(db, () => {
        insertTransitions(db, transitions);
        insertAudit(db, audit);
        putAlerts(db, alerts);
        putIncidents(db, incidents);
        putNotifications(db, notifications);
        putImages(db, images, imageVersion);
        writeTimeLine(db, { ...mark, run, batch: number });
      });
      return { cpuMs: cpuMsNow() - this.#calledUntilCpuMs, isNewFile };
    });
  }

  transitions(query: TransitionQuery, nowEpochMs: number): Page<StoredTransition> {
    return this.#guard(nowEpochMs, (db) => readTransitions(db, query));
  }

  audit(query: AuditQuery, nowEpochMs: number): Page<AuditEntry> {
    return this.#guard(nowEpochMs, (db) => readAudit(db, query));
  }

  auditAfter(lineAtMs: number, limit: number, nowEpochMs: number): PlacedAuditEntry[] {
    return this.#guard(nowEpochMs, (db) => readAuditAfter(db, lineAtMs, limit));
  }

  /** Alerts in order of their ids, from behind one on. */
  alerts(afterId: string, limit: number, nowEpochMs: number): AlertRow[] {
    return this.#guard(nowEpochMs, (db) => readAlerts(db, afterId, limit));
  }

  incidents(query: IncidentQuery, nowEpochMs: number): Page<IncidentRow> {
    return this.#guard(nowEpochMs, (db) => readIncidents(db, query));
  }

  /** Incidents that go on. */
  openIncidents(limit: number, nowEpochMs: number): IncidentRow[] {
    return this.#guard(nowEpochMs, (db) => readOpenIncidents(db, limit));
  }

  /** Everything that is kept of notifications. */
  notifications(nowEpochMs: number): NotificationRows {
    return this.#guard(nowEpochMs, readNotifications);
  }

  /** Adds to the history; it may be lost with the power, as the next minute brings more. */
  addRollups(rollups: readonly Rollup[], nowEpochMs: number): void {
    if (!this.#isWritable)
      throw new StoreError('read_only', `Cannot keep history in ${this.#options.path} for now`);
    this.#guard(nowEpochMs, (db) => {
      db.exec('PRAGMA synchronous = NORMAL');
      inTransaction(db, () => addRollups(db, rollups));
    });
  }

  /** What the history was last told of; nothing where it can't be told more, and the file may be of an older version. */
  told(place: ToldPlace, limit: number, nowEpochMs: number): ToldSlice {
    if (!this.#isWritable) return { told: [], next: null };
    return this.#guard(nowEpochMs, (db) => readTold(db, place, limit));
  }

  rollups(query: RollupQuery, nowEpochMs: number): KeptRollup[] | undefined {
    return this.#guard(nowEpochMs, (db) => readRollups(db, query));
  }

  /** Does one slice of what has time: rows that a migration left for later, then retention. */
  tidy(nowEpochMs: number): RetentionSlice {
    if (!this.#isWritable) return { hasMore: false, isTooLarge: false };
    return this.#guard(nowEpochMs, (db) => {
      if (backfillSlice(db, this.#migrations)) return { hasMore: true, isTooLarge: false };
      const slice = clearSlice(db, this.#options.limits, nowEpochMs);
      if (slice.isTooLarge && !this.#isTooLargeTold) {
        this.#say('warn', 'the store is above its limit though it keeps no history: raise store.max_size');
      }
      this.#isTooLargeTold = slice.isTooLarge;
      return slice;
    });
  }

  /** Closes the file; the log beside it is copied into it. */
  close(): void {
    this.#db?.close();
    this.#db = undefined;
    this.#isWritable = false;
    this.#images = undefined;
  }

  #open(nowEpochMs: number): void {
    const { path } = this.#options;
    const { db, notices } = openDatabase(path, nowEpochMs, this.#migrations);
    // Up to here, one that can only be read is better than none.
    this.close();
    this.#notices.push(...notices);
    this.#db = db;
    this.#isWritable = true;
    this.#inode = statSync(path, { bigint: true }).ino;
  }

  /** Images of another run that wasn't restored must not mix with those of this one. */
  #refuseOtherRuns(nowEpochMs: number): boolean {
    return this.#guard(nowEpochMs, (db) => {
      const last = readTimeLine(db)?.run;
      if (last !== undefined && [this.#options.run, this.#continuedRun].includes(last)) return false;
      const why = 'the store could not be used when the processor started';
      const moved = inTransaction(db, () => {
        // Alerts of agents that nobody knows, dated on a time line that is not this one.
        clearAlerts(db);
        clearNotifications(db);
        endOpenIncidents(db, nowEpochMs);
        return setImagesAside(db, 'all', why, nowEpochMs);
      });
      if (moved > 0) this.#say('warn', 'an earlier fleet is set aside', { why, blocks: moved });
      return true;
    });
  }

  #isGone(): boolean {
    return statSync(this.#options.path, { bigint: true, throwIfNoEntry: false })?.ino !== this.#inode;
  }

  #opened(): DatabaseSync {
    if (this.#db === undefined) {
      throw new StoreError('failed', `Cannot use the store ${this.#options.path} as it must be open`);
    }
    return this.#db;
  }

  /** After an error nothing is assumed of the file: it is closed, and set aside where it is damaged. */
  #guard<T>(nowEpochMs: number, run: (db: DatabaseSync) => T): T {
    const { path } = this.#options;
    try {
      return run(this.#opened());
    } catch (error) {
      if (error instanceof RangeError) throw error;
      const known = storeError(error, path);
      if (sparesFile.has(known.fault)) throw known;
      this.#closeAnyway();
      if (known.fault === 'damaged') {
        const setAsideAs = setAside(path, nowEpochMs);
        const message = 'the store is damaged: it is set aside, and a new one begun';
        this.#say('error', message, { set_aside_as: setAsideAs, why: known.message });
      }
      throw known;
    } finally {
      this.#calledUntilCpuMs = cpuMsNow();
    }
  }

  #closeAnyway(): void {
    try {
      this.close();
    } catch {
      // Closing a damaged file may fail as well: it is not used again.
      this.#db = undefined;
      this.#isWritable = false;
    }
  }

  #say(level: Notice['level'], message: string, fields: Notice['fields'] = {}): void {
    this.#notices.push({ level, message, fields: { path: this.#options.path, ...fields } });
  }
}

function cpuMsNow(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}
