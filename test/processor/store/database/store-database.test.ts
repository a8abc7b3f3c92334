import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Batch, StoreDatabase } from '../../../../src/processor/store/database/store-database.ts';
import { temporaryFolder } from '../../../support/folder.ts';

const limits = {
  transitionsKeptMs: 1e15,
  auditKeptMs: 1e15,
  minutesKeptMs: 1e15,
  hoursKeptMs: 1e15,
  maxBytes: 2 ** 40,
};

function databaseAt(path: string, run: string): StoreDatabase {
  return new StoreDatabase({ path, run, imageVersion: 1, limits });
}

function batch(number: number, agent: string): Batch {
  const transition = { agent, from: null, to: 'idle', reason: 'first_seen', irregular: false } as const;
  return {
    number,
    transitions: [{ ...transition, atEpochMs: number }],
    audit: [],
    images: [],
    mark: { observedUntilMs: number, observedUntilEpochMs: number, bootId: 'a boot', uptimeMs: number / 2 },
  };
}

const agents = (store: StoreDatabase) => store.transitions({ limit: 100 }, 0).items.map(({ agent }) => agent);

describe('a batch', () => {
  it('whose answer was lost is not written twice, though its process opens the file anew', () => {
    const path = join(temporaryFolder(), 'agent-vitals.db');
    const first = databaseAt(path, 'a run');
    first.open(0);
    first.write(batch(1, 'one'), 0);
    first.write(batch(2, 'two'), 0);
    first.close();
    // The thread ended after the write and before its answer: another of the same process goes on.
    const second = databaseAt(path, 'a run');
    expect(second.write(batch(2, 'two'), 0).isNewFile).toBe(false);
    second.write(batch(3, 'three'), 0);
    expect(agents(second)).toEqual(['three', 'two', 'one']);
    second.close();
  });

  it('of another process begins its numbers anew', () => {
    const path = join(temporaryFolder(), 'agent-vitals.db');
    const first = databaseAt(path, 'a run');
    first.open(0);
    first.write(batch(7, 'one'), 0);
    first.close();
    const second = databaseAt(path, 'another run');
    expect(second.open(0).timeLine).toEqual({
      observedUntilMs: 7,
      observedUntilEpochMs: 7,
      bootId: 'a boot',
      uptimeMs: 3.5,
      run: 'a run',
      batch: 7,
    });
    second.write(batch(1, 'two'), 0);
    expect(agents(second).sort()).toEqual(['one', 'two']);
    second.close();
  });

  it('is kept whole or not at all', () => {
    const path = join(temporaryFolder(), 'agent-vitals.db');
    const store = databaseAt(path, 'a run');
    store.open(0);
    const good = batch(1, 'good').transitions[0]!;
    const bad = { ...good, agent: null as unknown as string };
    expect(() => store.write({ ...batch(1, ''), transitions: [good, bad] }, 0)).toThrow(
      'kinds that its tables hold',
    );
    expect(agents(store)).toEqual([]);
    store.write(batch(1, 'next'), 0);
    expect(agents(store)).toEqual(['next']);
    store.close();
  });
});

it('pages meet every row once, though rows share their time and others come meanwhile', () => {
  const store = databaseAt(join(temporaryFolder(), 'agent-vitals.db'), 'a run');
  store.open(0);
  const transition = { from: null, to: 'idle', reason: 'first_seen', irregular: false } as const;
  const rows = Array.from({ length: 50 }, (_, index) => ({
    ...transition,
    agent: `agent-${index}`,
    atEpochMs: 1_000 + Math.floor(index / 7),
  }));
  store.write({ ...batch(1, ''), transitions: rows }, 0);
  const met: string[] = [];
  let cursor: string | undefined;
  let number = 2;
  do {
    const page = store.transitions({ limit: 3, cursor, sinceEpochMs: 1_001 }, 0);
    met.push(...page.items.map(({ agent }) => agent));
    cursor = page.nextCursor ?? undefined;
    store.write(
      { ...batch(number, ''), transitions: [{ ...transition, agent: 'new', atEpochMs: 9_000 }] },
      0,
    );
    number++;
  } while (cursor !== undefined);
  expect(met).toEqual(
    rows
      .slice(7)
      .map(({ agent }) => agent)
      .reverse(),
  );
  expect(() => store.transitions({ limit: 1, cursor: '1; DROP TABLE transition' }, 0)).toThrow(RangeError);
  store.close();
});
