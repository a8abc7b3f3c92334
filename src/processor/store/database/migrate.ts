import type { DatabaseSync } from 'node:sqlite';
import { StoreError } from '../store-error.ts';
import { applicationId } from './look-at-file.ts';
import type { Migration } from './migrations.ts';
import { inTransaction } from './transaction.ts';

/** The schema's version; 0 where there are no tables at all. */
export function schemaVersion(db: DatabaseSync): number {
  if (!hasTables(db)) return 0;
  const row = db.prepare('SELECT max(version) AS version FROM schema_version').get();
  return Number(row?.version ?? 0);
}

export function hasTables(db: DatabaseSync): boolean {
  return db.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() !== undefined;
}

/**
 * Brings the schema up to date. Rows are brought over afterwards, by {@link backfillSlice}.
 *
 * @param db - Open, with no transaction under way.
 * @param migrations - All that this version knows, in order.
 * @param nowEpochMs - Noted beside each.
 * @returns The versions that were applied now.
 * @throws StoreError where the schema is newer than the last of them.
 */
export function migrate(db: DatabaseSync, migrations: readonly Migration[], nowEpochMs: number): number[] {
  const current = schemaVersion(db);
  refuseNewer(current, migrations, db.location() ?? '');
  const pending = migrations.filter(({ version }) => version > current);
  for (const { version, name, prepare, backfill } of pending) {
    inTransaction(db, () => {
      if (version === 1) createVersionTable(db);
      prepare(db);
      db.prepare(
        'INSERT INTO schema_version (version, name, applied_at, backfilled_to) VALUES (?, ?, ?, ?)',
      ).run(version, name, nowEpochMs, backfill === undefined ? null : 0);
      // In the header too, where it can be seen without opening the database.
      db.exec(`PRAGMA user_version = ${version}`);
    });
  }
  return pending.map(({ version }) => version);
}

/** @throws StoreError where a file was written by a later version. */
export function refuseNewer(version: number, migrations: readonly Migration[], path: string): void {
  const newest = migrations.at(-1)?.version ?? 0;
  if (version <= newest) return;
  throw new StoreError(
    'newer_schema',
    `Cannot use the store ${path} as its schema must be at most version ${newest}: current value is ${version}. ` +
      'It is left as it is; run the version of agent-vitals that wrote it, or change store.path.',
  );
}

/**
 * Brings over one slice of the rows that a migration left for later.
 *
 * @returns Whether there is more to do.
 */
export function backfillSlice(db: DatabaseSync, migrations: readonly Migration[]): boolean {
  const row = db
    .prepare(
      'SELECT version, backfilled_to FROM schema_version WHERE backfilled_to IS NOT NULL ORDER BY version',
    )
    .get();
  if (row === undefined) return false;
  const version = Number(row.version);
  const backfill = migrations.find((migration) => migration.version === version)?.backfill;
  inTransaction(db, () => {
    const next = backfill?.(db, Number(row.backfilled_to)) ?? null;
    db.prepare('UPDATE schema_version SET backfilled_to = ? WHERE version = ?').run(next, version);
  });
  return true;
}

function createVersionTable(db: DatabaseSync): void {
  db.exec(`
    PRAGMA application_id = ${applicationId};
    CREATE TABLE schema_version (
      version INTEGER PRIMARY KEY,
      name TEXT NOT NULL,
      applied_at INTEGER NOT NULL,   -- ms since the epoch
      backfilled_to INTEGER          -- how far older rows were brought over; null when all are
    ) STRICT;
  `);
}
