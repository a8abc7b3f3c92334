import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { migrate } from '../../../../src/processor/store/database/migrate.ts';
import { type Migration, storeMigrations } from '../../../../src/processor/store/database/migrations.ts';
import { openDatabase } from '../../../../src/processor/store/database/open-database.ts';
import { inTransaction } from '../../../../src/processor/store/database/transaction.ts';
import { StoreError } from '../../../../src/processor/store/store-error.ts';
import { temporaryFolder } from '../../../support/folder.ts';

const nowMs = Date.UTC(2030, 0, 2, 3, 4, 5, 678);
const setAsideName = 'agent-vitals.db.corrupt-20300102T030405Z';
const latest = storeMigrations.at(-1)!.version;
const file = () => join(temporaryFolder(), 'agent-vitals.db');
const open = (path: string, migrations: readonly Migration[] = storeMigrations) =>
  openDatabase(path, nowMs, migrations);

/** A database of ours with some rows, closed. */
function filled(path: string): void {
  const { db } = open(path);
  const insert = db.prepare("INSERT INTO transition VALUES (?, ?, ?, null, 'idle', 'first_seen', 0)");
  inTransaction(db, () => {
    for (let id = 1; id <= 2_000; id++) insert.run(id, id, `agent-${id}`);
  });
  db.close();
}

function countOf(db: DatabaseSync): unknown {
  return db.prepare('SELECT count(*) AS count FROM transition').get()?.count;
}

function faultOf(run: () => unknown): { fault: string; message: string } {
  try {
    run();
  } catch (error) {
    if (error instanceof StoreError) return { fault: error.fault, message: error.message };
    throw error;
  }
  throw new Error('Nothing was thrown');
}

describe('a database file', () => {
  it('is made with its folder, for one process alone, and closed without leftovers', () => {
    const path = join(temporaryFolder(), 'a', 'b', 'agent-vitals.db');
    const { db, notices } = open(path);
    expect(notices).toEqual([]);
    const pragma = (name: string) => Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {})[0];
    expect([pragma('journal_mode'), pragma('locking_mode'), pragma('auto_vacuum')]).toEqual([
      'wal',
      'exclusive',
      2,
    ]);
    expect(faultOf(() => open(path))).toEqual({
      fault: 'locked',
      message: `Cannot use the store ${path} as it must belong to one processor alone: database is locked`,
    });
    db.close();
    expect(readdirSync(dirname(path))).toEqual(['agent-vitals.db']);
  });

  it('is opened again with what it holds', () => {
    const path = file();
    filled(path);
    const { db, notices } = open(path);
    expect([countOf(db), notices]).toEqual([2_000, []]);
    db.close();
  });

  it('may be empty, or a database without tables', () => {
    const empty = file();
    writeFileSync(empty, '');
    const blank = file();
    new DatabaseSync(blank).exec('PRAGMA user_version = 0; CREATE TABLE a (b); DROP TABLE a');
    for (const path of [empty, blank]) {
      const { db, notices } = open(path);
      expect([countOf(db), notices]).toEqual([0, []]);
      db.close();
      expect(readdirSync(dirname(path))).toEqual(['agent-vitals.db']);
    }
  });

  /** Each makes a file that is not one of ours, or not any more. */
  const spoils: Record<string, (path: string) => void> = {
    'is text': (path) => writeFileSync(path, 'liveness: { late_after: 30s }\n'.repeat(100)),
    'is shorter than a header': (path) => writeFileSync(path, 'SQLite format 3\0'),
    'belongs to another application': (path) =>
      new DatabaseSync(path).exec('PRAGMA application_id = 7; CREATE TABLE account (id)'),
    'is an unsigned database with tables': (path) => new DatabaseSync(path).exec('CREATE TABLE account (id)'),
    'says it is ours and has none of our tables': (path) =>
      new DatabaseSync(path).exec('PRAGMA application_id = 0x41565453; CREATE TABLE account (id)'),
    'is ours, cut in half': (path) => {
      filled(path);
      truncateSync(path, Math.floor(statSync(path).size / 2));
    },
    'is ours, overwritten in the middle': (path) => {
      filled(path);
      const bytes = readFileSync(path);
      bytes.fill(0xa5, 8_192, bytes.length - 8_192);
      writeFileSync(path, bytes);
    },
    'is ours, with one page of noise': (path) => {
      filled(path);
      const bytes = readFileSync(path);
      const middle = Math.floor(bytes.length / 2 / 8_192) * 8_192;
      bytes.fill(0x3c, middle, middle + 8_192);
      writeFileSync(path, bytes);
    },
    'is ours, with a header of noise': (path) => {
      filled(path);
      const bytes = readFileSync(path);
      bytes.fill(0x5a, 0, 16);
      writeFileSync(path, bytes);
    },
  };
  it.each(Object.entries(spoils))('that %s is set aside whole, and a new one begun', (_, spoil) => {
    const path = file();
    spoil(path);
    const before = readFileSync(path);
    const { db, notices } = open(path);
    expect(countOf(db)).toBe(0);
    db.close();
    expect(readFileSync(join(dirname(path), setAsideName))).toEqual(before);
    expect(readdirSync(dirname(path)).sort()).toEqual(['agent-vitals.db', setAsideName]);
    expect(notices).toEqual([
      {
        level: 'error',
        message: 'the store was damaged or not ours: it is set aside, and a new one begun',
        fields: {
          path,
          set_aside_as: join(dirname(path), setAsideName),
          why: expect.stringMatching(/.{10}/) as string,
        },
      },
    ]);
  });

  it('takes its log along when it is set aside, and never an earlier one’s name', () => {
    const path = file();
    for (const round of ['one', 'two']) {
      writeFileSync(path, `no database ${round}`);
      writeFileSync(`${path}-wal`, `its log ${round}`);
      open(path).db.close();
    }
    const read = (name: string) => readFileSync(join(dirname(path), name), 'utf8');
    expect([read(setAsideName), read(`${setAsideName}-wal`)]).toEqual(['no database one', 'its log one']);
    expect([read(`${setAsideName}-2`), read(`${setAsideName}-2-wal`)]).toEqual([
      'no database two',
      'its log two',
    ]);
  });

  it('keeps a log whose database is gone', () => {
    const path = file();
    writeFileSync(`${path}-wal`, 'all that is left');
    open(path).db.close();
    expect(readFileSync(join(dirname(path), `${setAsideName}-wal`), 'utf8')).toBe('all that is left');
  });

  it('goes on from the log of a process that was killed', () => {
    const path = file();
    filled(path);
    const { db } = open(path);
    db.exec("INSERT INTO transition VALUES (5000, 1, 'late', null, 'idle', 'first_seen', 0)");
    const copy = file();
    for (const part of ['', '-wal']) copyFileSync(path + part, copy + part);
    db.close();
    const again = open(copy);
    expect([countOf(again.db), again.notices]).toEqual([2_001, []]);
    again.db.close();
  });

  it('of a newer schema is refused and left untouched', () => {
    const path = file();
    filled(path);
    const next: Migration = {
      version: latest + 1,
      name: 'next',
      prepare: (db) => db.exec('CREATE TABLE n (id)'),
    };
    open(path, [...storeMigrations, next]).db.close();
    const before = readFileSync(path);
    const { mtimeMs } = statSync(path);
    expect(faultOf(() => open(path))).toEqual({
      fault: 'newer_schema',
      message:
        `Cannot use the store ${path} as its schema must be at most version ${latest}: current value is ${latest + 1}. ` +
        'It is left as it is; run the version of agent-vitals that wrote it, or change store.path.',
    });
    expect(readdirSync(dirname(path))).toEqual(['agent-vitals.db']);
    expect(readFileSync(path)).toEqual(before);
    expect(statSync(path).mtimeMs).toBe(mtimeMs);
  });

  it('of a newer schema is left untouched even with the log of a process that was killed', () => {
    const path = file();
    filled(path);
    const next: Migration = { version: latest + 1, name: 'next', prepare: () => {} };
    const { db } = open(path, [...storeMigrations, next]);
    db.exec("INSERT INTO transition VALUES (5000, 1, 'late', null, 'idle', 'first_seen', 0)");
    const copy = file();
    const parts = (of: string) => ['', '-wal'].map((part) => readFileSync(of + part));
    for (const part of ['', '-wal']) copyFileSync(path + part, copy + part);
    db.close();
    const before = parts(copy);
    expect(faultOf(() => open(copy)).fault).toBe('newer_schema');
    expect(parts(copy)).toEqual(before);
  });

  it('of a newer schema is refused even while its log alone says so', () => {
    const path = file();
    filled(path);
    const { db } = open(path);
    migrate(db, [...storeMigrations, { version: latest + 1, name: 'next', prepare: () => {} }], nowMs);
    const copy = file();
    for (const part of ['', '-wal']) copyFileSync(path + part, copy + part);
    db.close();
    expect(faultOf(() => open(copy)).fault).toBe('newer_schema');
  });

  it.each([
    ['a folder', (path: string) => mkdirSync(path)],
    ['below a file', (path: string) => writeFileSync(dirname(path), '')],
  ])('can’t be %s', (_, spoil) => {
    const path = join(temporaryFolder(), 'data', 'agent-vitals.db');
    if (_ === 'a folder') mkdirSync(dirname(path));
    spoil(path);
    const { fault, message } = faultOf(() => open(path));
    expect(fault).toBe('bad_path');
    expect(message).toContain(`Cannot use the store ${path} as store.path must name a file in a folder`);
  });

  it('has bytes after its end that don’t matter', () => {
    const path = file();
    filled(path);
    appendFileSync(path, Buffer.alloc(8_192));
    const { db, notices } = open(path);
    expect([countOf(db), notices]).toEqual([2_000, []]);
    db.close();
  });
});
