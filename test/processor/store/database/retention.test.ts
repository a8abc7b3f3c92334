import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { insertAudit } from '../../../../src/processor/store/database/audit-table.ts';
import { storeMigrations } from '../../../../src/processor/store/database/migrations.ts';
import { openDatabase } from '../../../../src/processor/store/database/open-database.ts';
import {
  clearSlice,
  type RetentionLimits,
  sizeOf,
} from '../../../../src/processor/store/database/retention.ts';
import {
  addRollups,
  type Rollup,
  readRollups,
} from '../../../../src/processor/store/database/rollup-table.ts';
import { inTransaction } from '../../../../src/processor/store/database/transaction.ts';
import { insertTransitions } from '../../../../src/processor/store/database/transition-table.ts';
import { temporaryFolder } from '../../../support/folder.ts';

const minute = 60_000;
const forever = 1e15;
const limits: RetentionLimits = {
  transitionsKeptMs: forever,
  auditKeptMs: forever,
  minutesKeptMs: forever,
  hoursKeptMs: forever,
  maxBytes: 2 ** 40,
};

/** One transition a minute, from minute 1 on. */
function filled(count: number, path = join(temporaryFolder(), 'agent-vitals.db')): DatabaseSync {
  const { db } = openDatabase(path, 1, storeMigrations);
  const transitions = Array.from({ length: count }, (_, index) => ({
    agent: `agent-with-a-name-of-some-length-${index % 1_000}`,
    from: 'idle' as const,
    to: 'busy' as const,
    atEpochMs: (index + 1) * minute,
    reason: 'reported' as const,
    irregular: false,
  }));
  inTransaction(db, () => insertTransitions(db, transitions));
  return db;
}

function clear(
  db: DatabaseSync,
  over: Partial<RetentionLimits>,
  nowMs: number,
): { slices: number; isTooLarge: boolean } {
  for (let slices = 1; ; slices++) {
    const { hasMore, isTooLarge } = clearSlice(db, { ...limits, ...over }, nowMs);
    if (!hasMore) return { slices, isTooLarge };
  }
}

const oldest = (db: DatabaseSync) => db.prepare('SELECT min(at) AS at FROM transition').get()?.at;
const count = (db: DatabaseSync) => db.prepare('SELECT count(*) AS count FROM transition').get()?.count;

describe('what is too old', () => {
  it('goes, a thousand rows a slice', () => {
    const db = filled(5_000);
    const { slices } = clear(db, { transitionsKeptMs: 1_500 * minute }, 5_000 * minute);
    expect([count(db), oldest(db), slices]).toEqual([1_501, 3_500 * minute, 5]);
    db.close();
  });

  it('is told apart: the audit log has an age of its own', () => {
    const db = filled(100);
    const entry = { who: 'ops', action: 'pause', subject: 'a', detail: {} };
    const at = (minutes: number) => ({ ...entry, atEpochMs: minutes * minute, lineAtMs: minutes * minute });
    insertAudit(db, [at(10), at(50), at(90)]);
    clear(db, { transitionsKeptMs: 20 * minute, auditKeptMs: 60 * minute }, 100 * minute);
    expect([count(db), oldest(db)]).toEqual([21, 80 * minute]);
    expect(db.prepare('SELECT at FROM audit ORDER BY at').all()).toEqual([
      { at: 50 * minute },
      { at: 90 * minute },
    ]);
    db.close();
  });
});

function rollup(name: string, resolution: 'minute' | 'hour', atEpochMs: number): Rollup {
  return {
    ...{ kind: 'agent', name, resolution, atEpochMs, scoreSum: 1, scoreSamples: 1, scoreMin: 1 },
    ...{ executions: 1, failed: 0, stateSeconds: [] },
  };
}

describe('a history that is too old', () => {
  const everything = { kind: 'agent', resolution: 'hour', fromEpochMs: 0, toEpochMs: forever } as const;

  it('goes with the name of what has vanished', () => {
    const db = filled(0);
    const gone = Array.from({ length: 1_500 }, (_, index) => rollup(`gone-${index}`, 'hour', 60 * minute));
    inTransaction(db, () =>
      addRollups(db, [
        ...gone,
        rollup('gone-0', 'minute', 60 * minute),
        rollup('here', 'hour', 60 * minute),
        rollup('here', 'hour', 600 * minute),
      ]),
    );
    const names = () =>
      db
        .prepare('SELECT name FROM rollup_subject ORDER BY id')
        .all()
        .map(({ name }) => name);
    clear(db, { hoursKeptMs: 300 * minute }, 600 * minute);
    // Of one a minute is left.
    expect(names()).toEqual(['gone-0', 'here']);
    clear(db, { hoursKeptMs: 300 * minute, minutesKeptMs: 300 * minute }, 600 * minute);
    expect(names()).toEqual(['here']);
    expect(readRollups(db, { ...everything, name: 'gone-0' })).toBeUndefined();
    expect(readRollups(db, { ...everything, name: 'here' })).toHaveLength(1);
    inTransaction(db, () => addRollups(db, [rollup('gone-0', 'hour', 660 * minute)]));
    expect(readRollups(db, { ...everything, name: 'gone-0' })).toHaveLength(1);
    db.close();
  });
});

describe('what does not fit', () => {
  it('goes, the oldest first, and the file shrinks', () => {
    const path = join(temporaryFolder(), 'agent-vitals.db');
    const db = filled(40_000, path);
    const before = sizeOf(db);
    const maxBytes = Math.floor(before.fileBytes / 2);
    const { isTooLarge } = clear(db, { maxBytes }, 40_000 * minute);
    const after = sizeOf(db);
    expect(isTooLarge).toBe(false);
    expect(after.usedBytes).toBeLessThanOrEqual(maxBytes);
    expect(after.fileBytes).toBeLessThanOrEqual(maxBytes);
    // No more than needed: the newest are all there.
    expect(after.usedBytes).toBeGreaterThan(maxBytes * 0.8);
    expect(db.prepare('SELECT max(at) AS at FROM transition').get()?.at).toBe(40_000 * minute);
    expect(Number(oldest(db))).toBe((40_000 - Number(count(db)) + 1) * minute);
    db.close();
    expect(statSync(path).size).toBeLessThanOrEqual(maxBytes);
  });

  it('goes, minutes before hours, and of hours and transitions the oldest', () => {
    const db = filled(20_000);
    const hours = Array.from({ length: 12_000 }, (_, index) =>
      rollup(`agent-${index % 40}`, 'hour', Math.floor(index / 40) * 60 * minute),
    );
    const minutes = Array.from({ length: 500 }, (_, index) => rollup('agent-1', 'minute', index * minute));
    inTransaction(db, () => addRollups(db, [...hours, ...minutes]));
    const nowMs = 20_000 * minute;
    const left = (resolution: number) =>
      db.prepare('SELECT count(*) AS count, min(at) AS at FROM rollup WHERE resolution = ?').get(resolution);
    const { usedBytes } = sizeOf(db);
    expect(clear(db, { maxBytes: usedBytes - 1 }, nowMs).isTooLarge).toBe(false);
    expect([left(0)?.count, left(1)?.count, count(db)]).toEqual([0, 12_000, 20_000]);
    clear(db, { maxBytes: Math.floor(usedBytes / 2) }, nowMs);
    // As far back as the other, to a slice: a thousand of them are twenty-five hours, or some seventeen.
    expect(Math.abs(Number(left(1)?.at) - Number(oldest(db)))).toBeLessThanOrEqual(26 * 60 * minute);
    expect(Number(oldest(db))).toBeGreaterThan(60 * 60 * minute);
    clear(db, { maxBytes: 1_000 }, nowMs);
    expect([left(1)?.count, count(db)]).toEqual([0, 0]);
    db.close();
  });

  it('makes room that is used again instead of growing the file', () => {
    const db = filled(20_000);
    const { fileBytes } = sizeOf(db);
    clear(db, { transitionsKeptMs: minute }, 20_000 * minute);
    expect(count(db)).toBe(2);
    expect(sizeOf(db).fileBytes).toBe(fileBytes);
    db.close();
  });

  it('is said where nothing may be deleted', () => {
    const db = filled(10);
    expect(clear(db, { maxBytes: 1_000 }, 10 * minute).isTooLarge).toBe(true);
    expect(count(db)).toBe(0);
    db.close();
  });
});
