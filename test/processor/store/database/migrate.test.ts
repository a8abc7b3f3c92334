import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { backfillSlice, migrate, schemaVersion } from '../../../../src/processor/store/database/migrate.ts';
import { type Migration, storeMigrations } from '../../../../src/processor/store/database/migrations.ts';
import { openDatabase } from '../../../../src/processor/store/database/open-database.ts';
import { StoreDatabase } from '../../../../src/processor/store/database/store-database.ts';
import { inTransaction } from '../../../../src/processor/store/database/transaction.ts';
import { temporaryFolder } from '../../../support/folder.ts';

const latest = storeMigrations.at(-1)!.version;
const rows = 1_050;
const file = () => join(temporaryFolder(), 'agent-vitals.db');

/** The next schema, as a later version might bring it: a column that older rows get a hundred at a time. */
function withLength(onSlice: (from: number) => void = () => {}): Migration {
  return {
    version: latest + 1,
    name: 'length of the id',
    prepare: (db) => db.exec('ALTER TABLE transition ADD COLUMN id_length INTEGER'),
    backfill: (db, from) => {
      const last = db
        .prepare('SELECT max(id) AS id FROM (SELECT id FROM transition WHERE id > ? ORDER BY id LIMIT 100)')
        .get(from)?.id;
      if (typeof last !== 'number') return null;
      db.prepare('UPDATE transition SET id_length = length(agent) WHERE id > ? AND id <= ?').run(from, last);
      onSlice(from);
      return last;
    },
  };
}

function filled(path: string): void {
  const { db } = openDatabase(path, 1, storeMigrations);
  const insert = db.prepare("INSERT INTO transition VALUES (?, ?, ?, null, 'idle', 'first_seen', 0)");
  inTransaction(db, () => {
    for (let id = 1; id <= rows; id++) insert.run(id, id, `agent-${id}`);
  });
  db.close();
}

const open = (path: string, migrations: readonly Migration[]) => openDatabase(path, 2, migrations).db;
const undone = (db: DatabaseSync) =>
  db.prepare('SELECT count(*) AS count FROM transition WHERE id_length IS NULL').get()?.count;
const versions = (db: DatabaseSync) =>
  db
    .prepare('SELECT version, applied_at, backfilled_to FROM schema_version ORDER BY version')
    .all()
    .map((row) => Object.values(row));

describe('a migration', () => {
  it('is noted with its time, once', () => {
    const path = file();
    const db = open(path, storeMigrations);
    expect(schemaVersion(db)).toBe(latest);
    expect(migrate(db, storeMigrations, 99)).toEqual([]);
    expect(versions(db)).toEqual(storeMigrations.map(({ version }) => [version, 2, null]));
    db.close();
  });

  it('brings older rows over in slices, while rows are read and written', () => {
    const path = file();
    filled(path);
    const migrations = [...storeMigrations, withLength()];
    const db = open(path, migrations);
    expect([schemaVersion(db), undone(db)]).toEqual([latest + 1, rows]);
    let slices = 0;
    while (backfillSlice(db, migrations)) {
      slices++;
      expect(undone(db)).toBe(Math.max(0, rows - slices * 100));
    }
    // The last finds nothing left.
    expect(slices).toBe(12);
    expect(versions(db).at(-1)).toEqual([latest + 1, 2, null]);
    db.close();
  });

  it('that is interrupted in the middle of a slice goes on from the last whole one', () => {
    const path = file();
    filled(path);
    const begun: number[] = [];
    const failing = withLength((from) => {
      begun.push(from);
      if (from === 300) throw new Error('interrupted');
    });
    const db = open(path, [...storeMigrations, failing]);
    const run = () => {
      while (backfillSlice(db, [...storeMigrations, failing]));
    };
    expect(run).toThrow('interrupted');
    expect(undone(db)).toBe(rows - 300);
    db.close();
    const again = withLength((from) => begun.push(from));
    const reopened = open(path, [...storeMigrations, again]);
    while (backfillSlice(reopened, [...storeMigrations, again]));
    expect(undone(reopened)).toBe(0);
    expect(begun).toEqual([0, 100, 200, 300, 300, 400, 500, 600, 700, 800, 900, 1000]);
    reopened.close();
  });

  it('that fails while the schema is changed leaves the schema as it was', () => {
    const path = file();
    filled(path);
    const failing: Migration = {
      version: latest + 1,
      name: 'half',
      prepare: (db) => {
        db.exec('CREATE TABLE half (id)');
        throw new Error('half way');
      },
    };
    expect(() => open(path, [...storeMigrations, failing])).toThrow('half way');
    const db = open(path, storeMigrations);
    expect(schemaVersion(db)).toBe(latest);
    expect(db.prepare("SELECT count(*) AS count FROM sqlite_schema WHERE name = 'half'").get()?.count).toBe(
      0,
    );
    db.close();
  });

  it('runs while the store works: tidying takes a slice at a time', () => {
    const path = file();
    filled(path);
    const limits = {
      transitionsKeptMs: 1e15,
      auditKeptMs: 1e15,
      minutesKeptMs: 1e15,
      hoursKeptMs: 1e15,
      maxBytes: 2 ** 40,
    };
    const migrations = [...storeMigrations, withLength()];
    const store = new StoreDatabase({ path, run: 'a', imageVersion: 1, limits, migrations });
    store.open(3);
    const mark = { observedUntilMs: 3, observedUntilEpochMs: 3, bootId: null, uptimeMs: null };
    const transition = { agent: 'new', from: null, to: 'idle', atEpochMs: 5_000, irregular: false } as const;
    for (let number = 1; store.tidy(3).hasMore; number++) {
      if (number > 5) continue;
      const transitions = [{ ...transition, reason: 'first_seen' as const }];
      store.write({ number, transitions, audit: [], images: [], mark }, 3);
    }
    expect(store.transitions({ agent: 'new', limit: 100 }, 3).items).toHaveLength(5);
    store.close();
    const db = open(path, migrations);
    expect(undone(db)).toBe(0);
    db.close();
  });
});
