import { existsSync, mkdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { storeMigrations } from '../../../src/processor/store/database/migrations.ts';
import { openDatabase } from '../../../src/processor/store/database/open-database.ts';
import { StoreError } from '../../../src/processor/store/index.ts';
import { StoreThread } from '../../../src/processor/store/store-thread.ts';
import { waitFor } from '../../support/wait.ts';
import { smallDisk } from './small-disk.ts';
import { begin, newFile, statuses } from './support.ts';

/** Waits until the store has noticed that it fails, or that it doesn't any more. */
const isFailing = (store: { service: { figures: { isFailing: boolean } } }, expected: boolean) =>
  waitFor(() => store.service.figures.isFailing === expected, { what: `isFailing to be ${expected}` });

const fails = 'the store fails: facts wait in memory until it works again';
const works = 'the store works again';

describe('a disk that hangs', () => {
  it('keeps nobody waiting for long, and gets everything once it answers', async () => {
    const store = await begin(newFile());
    store.beat('a', 1);
    expect(await store.service.flushed()).toBe(true);
    let answer = (): void => {};
    const hangs = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const call = StoreThread.prototype.call;
    const spy = vi.spyOn(StoreThread.prototype, 'call').mockImplementation(async function (
      this: StoreThread,
      ...asked: Parameters<typeof call>
    ) {
      await hangs;
      return call.apply(this, asked) as never;
    });
    onTestFinished(() => spy.mockRestore());
    const deed = { who: 'ops', action: 'pause', subject: 'a', detail: {}, atEpochMs: Date.now() };
    const startedAt = performance.now();
    const [isKept] = await Promise.all([
      store.service.audit(deed),
      expect(store.service.transitions({ limit: 1 })).rejects.toThrow('as its disk must answer: it hangs'),
    ]);
    expect(isKept).toBe(false);
    expect(performance.now() - startedAt).toBeLessThan(9_000);
    answer();
    spy.mockRestore();
    expect(await store.service.flushed()).toBe(true);
    expect((await store.service.auditLog({ limit: 5 })).items).toEqual([deed]);
  });
});

describe('a full disk', () => {
  it('stops nothing: facts wait, and are written when there is room', async (context) => {
    const disk = smallDisk(context, '1m');
    const path = join(disk.folder, 'agent-vitals.db');
    const store = await begin(path);
    store.beat('before', 1);
    expect(await store.service.flushed()).toBe(true);
    writeFileSync(join(disk.folder, 'ballast'), '');
    fill(join(disk.folder, 'ballast'));

    for (let count = 0; count < 3_000; count++) store.beat(`agent-${count}`, 1);
    expect(await store.service.flushed()).toBe(false);
    await isFailing(store, true);
    store.beat('while it is full', 1);
    expect(await store.service.flushed()).toBe(false);
    const { errors, waitingFacts, lagSeconds } = store.service.figures;
    expect(errors).toBeGreaterThan(0);
    expect(waitingFacts).toBeGreaterThan(1_000);
    expect(lagSeconds).toBeGreaterThan(0);
    expect(store.logged('error')).toEqual([
      expect.objectContaining({
        message: fails,
        path,
        fault: 'full',
        why: `Cannot use the store ${path} as its disk must have room: database or disk is full`,
      }),
    ]);

    disk.remount('size=64m');
    await isFailing(store, false);
    expect(await store.service.flushed()).toBe(true);
    expect(store.logged('info').map(({ message, dropped_facts }) => [message, dropped_facts])).toEqual([
      [works, 0],
    ]);
    const { items } = await store.service.transitions({ agent: 'while it is full', limit: 10 });
    expect(items).toHaveLength(1);
    await store.service.stop();
    const next = await begin(path);
    expect(next.fleet.size).toBe(3_002);
  });

  it('at the start stops nothing either', async (context) => {
    const disk = smallDisk(context, '384k');
    fill(join(disk.folder, 'ballast'));
    const path = join(disk.folder, 'data', 'agent-vitals.db');
    mkdirSync(dirname(path));
    const store = await begin(path);
    store.beat('a', 1);
    expect(statuses(store.fleet)).toEqual({ a: 'idle' });
    await isFailing(store, true);
    await expect(store.service.transitions({ limit: 1 })).rejects.toThrow(StoreError);
    rmSync(join(disk.folder, 'ballast'));
    disk.remount('size=64m');
    await isFailing(store, false);
    expect((await store.service.transitions({ limit: 5 })).items).toHaveLength(1);
  });

  it('drops the oldest facts where too many wait, and counts them', async (context) => {
    const disk = smallDisk(context, '384k');
    const path = join(disk.folder, 'agent-vitals.db');
    const store = await begin(path, { maxFacts: 100 });
    store.beat('first', 1);
    await store.service.flushed();
    fill(join(disk.folder, 'ballast'));
    for (let count = 0; count < 1_500; count++) store.beat(`agent-${count}`, 1);
    await isFailing(store, true);
    for (let count = 1_500; count < 3_000; count++) store.beat(`agent-${count}`, 1);
    const { droppedFacts, waitingFacts } = store.service.figures;
    // Those of the batch that failed are kept beside those that wait.
    expect(waitingFacts).toBeLessThanOrEqual(200);
    expect(droppedFacts + waitingFacts).toBe(3_000);
    disk.remount('size=64m');
    await isFailing(store, false);
    const { items } = await store.service.transitions({ limit: 1_000 });
    expect(items).toHaveLength(waitingFacts + 1);
    expect(items[0]?.agent).toBe('agent-2999');
    expect(store.service.figures.droppedFacts).toBe(droppedFacts);
  });
});

describe('a folder that can’t be written', () => {
  it('is said, and the fleet goes on without it until it can', async (context) => {
    const disk = smallDisk(context, '4m');
    disk.remount('ro');
    const path = join(disk.folder, 'agent-vitals.db');
    const store = await begin(path);
    store.beat('a', 1);
    expect(
      await store.service.audit({ atEpochMs: 1, who: 'ops', action: 'pause', subject: 'a', detail: {} }),
    ).toBe(false);
    expect(store.logged('error')).toEqual([
      expect.objectContaining({
        message: fails,
        fault: 'read_only',
        why: expect.stringContaining('read-only'),
      }),
    ]);
    expect(store.logged('error')[0]?.why).toContain(
      `Cannot use the store ${path} as its folder and file must be writable: `,
    );
    disk.remount('rw');
    await isFailing(store, false);
    expect((await store.service.auditLog({ limit: 5 })).items).toHaveLength(1);
    await store.service.stop();
    expect(statuses((await begin(path)).fleet)).toEqual({ a: 'unknown' });
  });

  it('gives at least what the file in it holds', async (context) => {
    const disk = smallDisk(context, '4m');
    const path = join(disk.folder, 'agent-vitals.db');
    const first = await begin(path);
    first.beat('lives', 1);
    first.beat('bye', 1);
    first.report('bye', 'stopped');
    await first.service.stop();
    disk.remount('ro');
    const second = await begin(path);
    // Known since it was opened, before anything was to be written.
    expect(second.service.figures.isFailing).toBe(true);
    expect(statuses(second.fleet)).toEqual({ lives: 'unknown', bye: 'stopped' });
    expect((await second.service.transitions({ limit: 9 })).items).toHaveLength(3);
    second.beat('new', 1);
    await isFailing(second, true);
    expect((await second.service.transitions({ limit: 9 })).items).toHaveLength(3);
    disk.remount('rw');
    await isFailing(second, false);
    await second.service.stop();
    const third = await begin(path);
    expect(statuses(third.fleet)).toEqual({ lives: 'unknown', bye: 'stopped', new: 'unknown' });
  });
});

describe('a store that fails', () => {
  it('keeps an earlier fleet that it could not restore, apart from the one that lives now', async (context) => {
    const disk = smallDisk(context, '4m');
    const path = join(disk.folder, 'agent-vitals.db');
    const first = await begin(path);
    first.beat('earlier', 1);
    await first.service.stop();
    // A log that was not copied in yet: a read-only folder doesn't let it be read.
    writeFileSync(`${path}-wal`, 'of a process that was killed');
    disk.remount('ro');
    const second = await begin(path);
    expect(second.fleet.size).toBe(0);
    second.beat('later', 1);
    await isFailing(second, true);
    disk.remount('rw');
    rmSync(`${path}-wal`);
    await isFailing(second, false);
    expect(second.logged('warn')).toEqual([
      expect.objectContaining({ message: 'an earlier fleet is set aside', blocks: 1 }),
    ]);
    await second.service.stop();
    const db = new DatabaseSync(path);
    expect(db.prepare('SELECT block, why FROM fleet_block_set_aside').all()).toEqual([
      { block: 0, why: 'the store could not be used when the processor started' },
    ]);
    db.close();
    expect(statuses((await begin(path)).fleet)).toEqual({ later: 'unknown' });
  });

  it('sets a file aside that is damaged while it is in use, and begins another with the whole fleet', async () => {
    const rows = 200_000;
    const path = newFile();
    // More than the cache holds, so that pages are read from the file again.
    const { db } = openDatabase(path, 1, storeMigrations);
    db.exec(`
      WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows})
      INSERT INTO transition
      SELECT i, i, 'agent-with-a-long-name-' || (i * 7919) % ${rows}, 'idle', 'busy', 'reported', 0 FROM n`);
    db.close();
    const store = await begin(path);
    store.beat('a', 1);
    store.beat('b', 1);
    store.request('a', 'search', 5);
    expect(await store.service.flushed()).toBe(true);
    await waitFor(() => store.fleet.changedImages === 0, { what: 'the image' });
    truncateSync(path, 100_000);
    for (let round = 0; store.logged('error').length === 0 && round < 1_000; round++) {
      const agent = `agent-with-a-long-name-${round * 149}`;
      await store.service.transitions({ agent, limit: 1 }).catch(() => {});
    }
    expect(store.logged('error')[0]).toMatchObject({
      message: 'the store is damaged: it is set aside, and a new one begun',
      path,
    });
    await waitFor(() => existsSync(path) && store.fleet.changedImages === 0, { what: 'a new file' });
    await isFailing(store, false);
    await store.service.stop();

    const { fleet } = await begin(path);
    expect(statuses(fleet)).toEqual({ a: 'unknown', b: 'unknown' });
    expect(fleet.integrationNames()).toEqual(['search']);
  });

  it('drops what its tables can never hold, and goes on', async () => {
    const store = await begin(newFile());
    store.beat('a', 1);
    const broken = { agent: null as unknown as string, slot: 0, from: null, to: 'idle', at: 0 } as const;
    store.service.record([{ ...broken, reason: 'first_seen', irregular: false }]);
    expect(await store.service.flushed()).toBe(false);
    store.beat('b', 1);
    await isFailing(store, false);
    expect(store.service.figures).toMatchObject({ droppedFacts: 2, waitingFacts: 0 });
    expect((await store.service.transitions({ limit: 5 })).items.map(({ agent }) => agent)).toEqual(['b']);
    expect(() =>
      store.service.audit({ atEpochMs: 1, who: 'ops', action: 'x', subject: 'a', detail: { big: 1n } }),
    ).toThrow(TypeError);
  });
});

/** Writes until there is no room left. */
function fill(path: string): void {
  const chunk = Buffer.alloc(4_096, 1);
  for (;;) {
    try {
      writeFileSync(path, chunk, { flag: 'a' });
    } catch {
      return;
    }
  }
}
