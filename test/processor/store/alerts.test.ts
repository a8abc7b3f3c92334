import { rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { putAlerts, readAlerts } from '../../../src/processor/store/database/alert-table.ts';
import {
  putIncidents,
  readIncidents,
  readOpenIncidents,
} from '../../../src/processor/store/database/incident-table.ts';
import { storeMigrations } from '../../../src/processor/store/database/migrations.ts';
import { openDatabase } from '../../../src/processor/store/database/open-database.ts';
import { clearSlice } from '../../../src/processor/store/database/retention.ts';
import { StoreDatabase } from '../../../src/processor/store/database/store-database.ts';
import { waitFor } from '../../support/wait.ts';
import { begin, newFile } from './support.ts';

const dayMs = 86_400_000;
/** Young enough to be kept. */
const nowMs = Date.now();
const limits = {
  transitionsKeptMs: 1e15,
  auditKeptMs: 1e15,
  minutesKeptMs: 1e15,
  hoursKeptMs: 1e15,
  maxBytes: 2 ** 40,
};
const alert = (
  id: string,
  content: string | null = `{"of":"${id}"}`,
  resolvedAtEpochMs: number | null = null,
) => ({
  id,
  content,
  resolvedAtEpochMs,
});
const incident = (id: string, startedAtEpochMs: number, endedAtEpochMs: number | null = null) => ({
  id,
  startedAtEpochMs,
  endedAtEpochMs,
  content: `{"of":"${id}"}`,
});

function database() {
  return openDatabase(newFile(), 1, storeMigrations).db;
}

describe('alerts in the store', () => {
  it('are there after a restart as they were last, in order of their ids', async () => {
    const path = newFile();
    const first = await begin(path);
    first.service.recordAlerts([alert('b'), alert('a'), alert('c')]);
    first.service.recordAlerts([alert('b', '{"of":"b","is":"resolved"}', nowMs), alert('c', null)]);
    expect(await first.service.flushed()).toBe(true);
    await first.service.stop();
    const { service } = await begin(path);
    expect(await service.alerts('', 10)).toEqual([
      alert('a'),
      alert('b', '{"of":"b","is":"resolved"}', nowMs),
    ]);
    expect(await service.alerts('a', 10)).toHaveLength(1);
    expect(await service.alerts('', 1)).toHaveLength(1);
  });

  it('go in one transaction with what was recorded before them', async () => {
    const path = newFile();
    const { service, beat } = await begin(path);
    beat('a', 1);
    service.recordAlerts([alert('x')]);
    await service.flushed();
    expect((await service.transitions({ agent: 'a', limit: 5 })).items).toHaveLength(1);
    expect(await service.alerts('', 5)).toEqual([alert('x')]);
  });

  it('that were resolved leave after a day; those that fire stay', () => {
    const db = database();
    putAlerts(db, [alert('old', '{}', 1_000), alert('young', '{}', 2 * dayMs), alert('firing')]);
    while (clearSlice(db, limits, 1_001 + dayMs).hasMore);
    expect(readAlerts(db, '', 9).map(({ id }) => id)).toEqual(['firing', 'young']);
    db.close();
  });

  it('are asked for anew where the file was taken away under them', async () => {
    const path = newFile();
    const { service, beat } = await begin(path);
    const open = [alert('a'), alert('b')];
    service.onFactsLost(() => service.recordAlerts(open));
    service.recordAlerts(open);
    await service.flushed();
    for (const part of ['', '-wal', '-shm']) rmSync(path + part, { force: true });
    beat('x', 1);
    await waitFor(async () => (await service.alerts('', 9)).length === 2, { what: 'both alerts' });
  });
});

describe('incidents in the store', () => {
  it('are listed page by page, the newest first, and found again where they go on', async () => {
    const path = newFile();
    const first = await begin(path);
    first.service.recordIncidents([
      incident('one', nowMs + 1_000),
      incident('two', nowMs + 2_000),
      incident('three', nowMs + 3_000),
    ]);
    first.service.recordIncidents([incident('two', nowMs + 2_000, nowMs + 2_500)]);
    await first.service.flushed();
    await first.service.stop();
    const { service } = await begin(path);
    const page = await service.incidents({ limit: 2 });
    expect(page.items).toEqual([
      incident('three', nowMs + 3_000),
      incident('two', nowMs + 2_000, nowMs + 2_500),
    ]);
    const rest = await service.incidents({ limit: 2, cursor: page.nextCursor! });
    expect([rest.items, rest.nextCursor]).toEqual([[incident('one', nowMs + 1_000)], null]);
    expect((await service.openIncidents(9)).map(({ id }) => id)).toEqual(['one', 'three']);
    await expect(service.incidents({ limit: 2, cursor: 'mine' })).rejects.toThrow(RangeError);
  });

  it('leave 90 days after their end; those that go on stay', () => {
    const db = database();
    putIncidents(db, [incident('old', 0, 1_000), incident('open', 0), incident('young', 0, 5 * dayMs)]);
    while (clearSlice(db, limits, 1_001 + 90 * dayMs).hasMore);
    expect(readIncidents(db, { limit: 9 }).items.map(({ id }) => id)).toEqual(['young', 'open']);
    expect(readOpenIncidents(db, 9).map(({ id }) => id)).toEqual(['open']);
    db.close();
  });
});

it('alerts of a fleet that could not be restored make room for those of the one that took its place', () => {
  const path = newFile();
  const mark = { observedUntilMs: 0, observedUntilEpochMs: 0, bootId: null, uptimeMs: null };
  const batch = { number: 1, transitions: [], audit: [], images: [], mark };
  const one = new StoreDatabase({ path, run: 'one', imageVersion: 1, limits });
  one.open(0);
  one.write({ ...batch, alerts: [alert('a')], incidents: [incident('i', 1_000)] }, 0);
  one.close();
  const two = new StoreDatabase({ path, run: 'two', imageVersion: 1, limits });
  two.write({ ...batch, alerts: [alert('b')] }, 9_000);
  expect(two.alerts('', 9, 0)).toEqual([alert('b')]);
  expect(two.incidents({ limit: 9 }, 0).items).toEqual([incident('i', 1_000, 9_000)]);
  two.close();
});
