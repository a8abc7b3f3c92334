import { accessSync, constants, existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import type { Notice } from '../notice.ts';
import { StoreError, storeError } from '../store-error.ts';
import { lookAtFile } from './look-at-file.ts';
import { hasTables, migrate, refuseNewer, schemaVersion } from './migrate.ts';
import type { Migration } from './migrations.ts';
import { setAside } from './set-aside.ts';

/** A predecessor that is just stopping may still have the file. */
const waitForLockMs = 2_000;
/** Up to this size the whole structure is checked at the start; beyond, each page when it is read. */
const checkedWholeBytes = 64 * 2 ** 20;
const pageBytes = 8_192;
const cacheKibibytes = 16_384;
/** The log is copied into the database whenever it has grown by this much. */
const checkpointBytes = 16 * 2 ** 20;

export interface OpenedDatabase {
  readonly db: DatabaseSync;
  readonly notices: readonly Notice[];
}

/**
 * Opens the database, made where there is none, for this process alone. A file that is damaged or somebody else's is
 * set aside and a new one begun; one of a newer schema is left untouched.
 *
 * @param path - The file; its folder is made where missing.
 * @param nowEpochMs - Noted beside what is done now.
 * @param migrations - Schemas that are known.
 * @throws StoreError that says what must change.
 */
export function openDatabase(
  path: string,
  nowEpochMs: number,
  migrations: readonly Migration[],
): OpenedDatabase {
  const notices: Notice[] = [];
  const moveAway = (why: string) => {
    const setAsideAs = setAside(path, nowEpochMs);
    const message = 'the store was damaged or not ours: it is set aside, and a new one begun';
    notices.push({ level: 'error', message, fields: { path, set_aside_as: setAsideAs, why } });
  };
  try {
    mkdirSync(dirname(path), { recursive: true });
    const look = lookAtFile(path);
    if (look.kind === 'ours') refuseNewer(look.schemaVersion, migrations, path);
    assertWritable(path);
    if (look.kind === 'foreign') moveAway(look.why);
    // SQLite deletes the log of a database that is gone; it may be all that is left of it.
    if (look.kind === 'new' && hasLog(path)) moveAway('only its log is left');
    try {
      return { db: openSound(path, nowEpochMs, migrations), notices };
    } catch (error) {
      const known = storeError(error, path);
      if (known.fault !== 'damaged') throw known;
      moveAway(error instanceof Error ? error.message : String(error));
      return { db: openSound(path, nowEpochMs, migrations), notices };
    }
  } catch (error) {
    throw storeError(error, path);
  }
}

/**
 * Opens a database that can't be written, so that at least what it holds is known.
 *
 * @returns Undefined where it can't be read either, or a log beside it holds what isn't in it yet.
 */
export function openForReading(path: string, migrations: readonly Migration[]): DatabaseSync | undefined {
  try {
    const look = lookAtFile(path);
    const isWhole = !hasLog(path) && !existsSync(`${path}-journal`);
    if (look.kind !== 'ours' || look.schemaVersion !== migrations.at(-1)?.version || !isWhole) return;
    const url = pathToFileURL(path);
    // SQLite then asks for no lock and no file beside it, neither of which a read-only folder allows.
    url.search = '?immutable=1';
    return new DatabaseSync(url, { readOnly: true });
  } catch {
    return undefined;
  }
}

function openSound(path: string, nowEpochMs: number, migrations: readonly Migration[]): DatabaseSync {
  const db = new DatabaseSync(path, { timeout: waitForLockMs });
  try {
    // Before anything is read: a second processor then can't open it, and no shared memory file is needed.
    db.exec('PRAGMA locking_mode = EXCLUSIVE');
    if (hasTables(db)) assertOurs(db);
    else db.exec(`PRAGMA page_size = ${pageBytes}; PRAGMA auto_vacuum = INCREMENTAL`);
    const applied = migrate(db, migrations, nowEpochMs);
    db.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA cache_size = -${cacheKibibytes};
      PRAGMA wal_autocheckpoint = ${checkpointBytes / pageBytes};
      PRAGMA journal_size_limit = ${4 * checkpointBytes};
    `);
    // So that the header of the file says the version, even to one who doesn't open it.
    if (applied.length > 0) db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

function assertOurs(db: DatabaseSync): void {
  const names = new Set(
    db
      .prepare('SELECT name FROM sqlite_schema')
      .all()
      .map(({ name }) => name),
  );
  if (!names.has('schema_version') || schemaVersion(db) === 0) {
    throw new StoreError('damaged', 'it holds tables of another application');
  }
  const pages = db.prepare('PRAGMA page_count').get()?.page_count;
  const bytes = db.prepare('PRAGMA page_size').get()?.page_size;
  if (Number(pages) * Number(bytes) > checkedWholeBytes) return;
  const found = db.prepare('PRAGMA quick_check(1)').get()?.quick_check;
  if (found !== 'ok') throw new StoreError('damaged', String(found));
}

/** What can't be written fails here with the system's own reason: SQLite would only say "disk I/O error". */
function assertWritable(path: string): void {
  accessSync(dirname(path), constants.W_OK | constants.X_OK);
  if (existsSync(path)) accessSync(path, constants.R_OK | constants.W_OK);
}

function hasLog(path: string): boolean {
  return (statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0;
}
