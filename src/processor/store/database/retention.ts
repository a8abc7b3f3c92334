import type { DatabaseSync } from 'node:sqlite';
import { deleteResolvedAlerts } from './alert-table.ts';
import { deleteEndedIncidents } from './incident-table.ts';
import { deleteOldGroups } from './notification-table.ts';
import { deleteOldest } from './page.ts';
import { deleteRollups, resolutionMs } from './rollup-table.ts';
import { inTransaction } from './transaction.ts';

/** How much is kept. */
export interface RetentionLimits {
  readonly transitionsKeptMs: number;
  readonly auditKeptMs: number;
  readonly minutesKeptMs: number;
  readonly hoursKeptMs: number;
  /** Of the database file. */
  readonly maxBytes: number;
}

/** Rows deleted, and pages given back to the file system, in one go: the thread has other work waiting. */
const rowsPerSlice = 1_000;
const pagesPerSlice = 128;
/** Images that couldn't be restored are kept so long for whoever wants to look into it. */
const setAsideKeptMs = 30 * 86_400_000;

/** Resolved alerts are listed for a day. */
const resolvedAlertsKeptMs = 86_400_000;
const incidentsKeptMs = 90 * 86_400_000;
const mostIncidents = 100_000;
/** Longer than any interval at which a group is told of again. */
const notifiedGroupsKeptMs = 90 * 86_400_000;

/** What one slice of clearing did. */
export interface RetentionSlice {
  readonly hasMore: boolean;
  /** The file is above its limit though nothing is left that may be deleted. */
  readonly isTooLarge: boolean;
}

/**
 * Deletes a slice of what is too old or doesn't fit: rows beyond their age; then, until the rest fits the size, minutes,
 * and of transitions and hours whatever is oldest. What is freed is used again; the file shrinks only where it is above its limit.
 */
export function clearSlice(db: DatabaseSync, limits: RetentionLimits, nowEpochMs: number): RetentionSlice {
  const deleted = inTransaction(
    db,
    () =>
      deleteOldest(db, 'transition', rowsPerSlice, nowEpochMs - limits.transitionsKeptMs) +
      deleteOldest(db, 'audit', rowsPerSlice, nowEpochMs - limits.auditKeptMs) +
      deleteRollups(db, 'minute', nowEpochMs - limits.minutesKeptMs, rowsPerSlice) +
      deleteRollups(db, 'hour', nowEpochMs - limits.hoursKeptMs, rowsPerSlice) +
      deleteResolvedAlerts(db, nowEpochMs - resolvedAlertsKeptMs, rowsPerSlice) +
      deleteEndedIncidents(db, nowEpochMs - incidentsKeptMs, mostIncidents, rowsPerSlice) +
      deleteOldGroups(db, nowEpochMs - notifiedGroupsKeptMs, rowsPerSlice) +
      Number(
        db
          .prepare('DELETE FROM fleet_block_set_aside WHERE set_aside_at < ?')
          .run(nowEpochMs - setAsideKeptMs).changes,
      ),
  );
  if (deleted > 0) return { hasMore: true, isTooLarge: false };
  const size = sizeOf(db);
  if (size.usedBytes > limits.maxBytes) {
    const evicted = inTransaction(db, () => evict(db, nowEpochMs));
    return { hasMore: evicted > 0, isTooLarge: evicted === 0 };
  }
  if (size.fileBytes > limits.maxBytes && size.usedBytes < size.fileBytes) {
    db.exec(`PRAGMA incremental_vacuum(${pagesPerSlice})`);
    return { hasMore: true, isTooLarge: false };
  }
  return { hasMore: false, isTooLarge: false };
}

/** Makes room with what is missed least. @returns Rows deleted. */
function evict(db: DatabaseSync, nowEpochMs: number): number {
  const least =
    Number(db.prepare('DELETE FROM fleet_block_set_aside').run().changes) +
    deleteRollups(db, 'minute', nowEpochMs, rowsPerSlice);
  if (least > 0) return least;
  const oldest = (table: string) =>
    Number(db.prepare(`SELECT min(at) AS at FROM ${table}`).get()?.at ?? Number.POSITIVE_INFINITY);
  const hourAtMs = oldest('rollup WHERE resolution = 1');
  // The hour under way says what was told of last.
  const hasOldHour = hourAtMs < nowEpochMs - resolutionMs.hour;
  if (hasOldHour && hourAtMs < oldest('transition'))
    return deleteRollups(db, 'hour', nowEpochMs - resolutionMs.hour, rowsPerSlice);
  return deleteOldest(db, 'transition', rowsPerSlice);
}

/** Bytes of the database by its pages; the log beside it is not counted. */
export function sizeOf(db: DatabaseSync): { fileBytes: number; usedBytes: number } {
  const pragma = (name: string) => Number(Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {})[0]);
  const pageBytes = pragma('page_size');
  const pages = pragma('page_count');
  return { fileBytes: pages * pageBytes, usedBytes: (pages - pragma('freelist_count')) * pageBytes };
}
