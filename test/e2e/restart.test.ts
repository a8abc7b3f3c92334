import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { Fleet } from '../../src/core/index.ts';
import { systemClock } from '../../src/processor/clock.ts';
import { createLog } from '../../src/processor/log.ts';
import { StoreService } from '../../src/processor/store/index.ts';
import { temporaryFolder } from '../support/folder.ts';
import { spawnProcess } from '../support/process.ts';

const writer = join(import.meta.dirname, '../processor/store/killed-writer.ts');
const kills = 30;

/** What one process had acknowledged before it was killed: the last word of each agent. */
function acknowledged(output: string): Map<string, string[]> {
  const words = new Map<string, string[]>();
  for (const line of output.split('\n').slice(0, -1)) {
    const [word = '', id = ''] = line.split(' ');
    if (id !== '') words.set(id, [...(words.get(id) ?? []), word]);
  }
  return words;
}

function integrity(path: string): unknown {
  const db = new DatabaseSync(path);
  try {
    return db.prepare('PRAGMA integrity_check').get()?.integrity_check;
  } finally {
    db.close();
  }
}

/** Every transition of one run, as `agent to`. */
async function transitionsOf(store: StoreService, sinceEpochMs: number): Promise<Set<string>> {
  const found = new Set<string>();
  let cursor: string | undefined;
  do {
    const page = await store.transitions({ sinceEpochMs, limit: 1_000, cursor });
    for (const { agent, to } of page.items) found.add(`${agent} ${to}`);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return found;
}

describe('kill -9 at any moment', () => {
  it(`loses nothing that was acknowledged, ${kills} times over`, async () => {
    const path = join(temporaryFolder(), 'agent-vitals.db');
    const log = createLog({ write: (line) => lines.push(line), now: Date.now, level: 'warn' });
    const lines: string[] = [];
    let facts = 0;
    for (let round = 0; round < kills; round++) {
      const startedAtMs = Date.now();
      const child = spawnProcess(process.execPath, [
        '--conditions=@agent-vitals/source',
        writer,
        path,
        `run${round}`,
      ]);
      await child.waitForLine(/^ready/);
      // Not a wait for something: the moment itself is what varies, from the first write on.
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 250));
      await child.stop('SIGKILL');
      expect(child.stderr).toBe('');
      const words = acknowledged(child.stdout);

      expect(integrity(path)).toBe('ok');
      const store = new StoreService({
        path,
        snapshotIntervalMs: 3_600_000,
        maxSizeBytes: 2 ** 30,
        clock: systemClock(),
        log,
      });
      const { fleet, clock } = await store.start(() => new Fleet());
      const kept = await transitionsOf(store, startedAtMs - 1_000);
      const wrong: string[] = [];
      for (const [id, said] of words) {
        facts += said.length;
        const slot = fleet.find(id);
        if (slot < 0) {
          wrong.push(`${id} is not known any more`);
          continue;
        }
        const { status, conditions } = fleet.view(slot, clock.now());
        for (const word of said) {
          if (word === 'seen' && !kept.has(`${id} idle`)) wrong.push(`${id} lost its first sight`);
          if (word === 'maintained' && !conditions.includes('maintenance'))
            wrong.push(`${id} lost its maintenance`);
          if (word !== 'stopped' && word !== 'paused') continue;
          if (status !== word) wrong.push(`${id} is ${status}, was acknowledged as ${word}`);
          if (!kept.has(`${id} ${word}`)) wrong.push(`${id} lost its transition to ${word}`);
        }
      }
      await store.stop();
      expect(wrong).toEqual([]);
    }
    expect(lines).toEqual([]);
    console.log(`${kills} kills, ${facts} acknowledged facts, none lost`);
    expect(facts).toBeGreaterThan(kills);
  });
});
