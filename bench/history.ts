/**
 * How long an answer of 30 days takes with the rollups of 10,000 agents in the file; beside it the obvious way, summing
 * all minutes of a plain table by GROUP BY.
 *
 * Run: node --conditions=@agent-vitals/source --disable-warning=ExperimentalWarning bench/history.ts [agents]
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { DatabaseSync } from 'node:sqlite';
import { defaultHealthSettings } from '../src/core/index.ts';
import { readHistory } from '../src/processor/history/history-reader.ts';
import type { Rollup } from '../src/processor/store/database/rollup-table.ts';
import { StoreDatabase } from '../src/processor/store/database/store-database.ts';

const agents = Number(process.argv[2] ?? 10_000);
const days = 30;
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const nowEpochMs = Math.floor(Date.now() / dayMs) * dayMs + 12 * hourMs;
const rounds = 50;

const folder = mkdtempSync(join(tmpdir(), 'agent-vitals-bench-'));
const path = join(folder, 'history.db');
const limits = {
  transitionsKeptMs: 90 * dayMs,
  auditKeptMs: 90 * dayMs,
  minutesKeptMs: dayMs,
  hoursKeptMs: 90 * dayMs,
  maxBytes: 2 ** 40,
};
const database = new StoreDatabase({ path, run: 'bench', imageVersion: 1, limits });
database.open(nowEpochMs);

function hourOf(agent: number, atEpochMs: number): Rollup {
  return {
    kind: 'agent',
    name: `fleet-7/worker-${agent}`,
    resolution: 'hour',
    atEpochMs,
    scoreSum: 54,
    scoreSamples: 60,
    scoreMin: 0.79,
    executions: 120,
    failed: 3,
    stateSeconds: [0, 0, 0, 0, 0, 0, 0, 0, 1800, 0, 1800],
  };
}

const filledAt = performance.now();
for (let hour = 0; hour < days * 24; hour++) {
  const atEpochMs = nowEpochMs - (hour + 1) * hourMs;
  const rollups = Array.from({ length: agents }, (_, agent) => hourOf(agent, atEpochMs));
  database.addRollups(rollups, nowEpochMs);
  if (hour % 120 === 0) process.stderr.write(`${hour} of ${days * 24} hours written\n`);
}
const written = agents * days * 24;
const writeMs = performance.now() - filledAt;

function median(values: number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)]!;
}

const ours: number[] = [];
for (let round = 0; round < rounds; round++) {
  const startedAt = performance.now();
  const points = await readHistory(
    { rollups: async (query) => database.rollups(query, nowEpochMs) },
    { kind: 'agent', name: `fleet-7/worker-${(round * 7919) % agents}`, days },
    nowEpochMs,
    defaultHealthSettings,
  );
  ours.push(performance.now() - startedAt);
  if (points?.length !== days) throw new Error(`Cannot compare as there must be ${days} points`);
}

// The rival has no index by subject and time: one table in order of arrival, summed when asked.
// The store keeps its file to itself: it is closed before.
database.close();
const plain = new DatabaseSync(path);
plain.exec('CREATE TABLE plain AS SELECT * FROM rollup ORDER BY at');
const rival: number[] = [];
for (let round = 0; round < 5; round++) {
  const startedAt = performance.now();
  plain
    .prepare(
      `SELECT at / ${dayMs} AS day, sum(score_sum), sum(executions), sum(failed) FROM plain
       WHERE subject = (SELECT id FROM rollup_subject WHERE name = ?) GROUP BY day`,
    )
    .all(`fleet-7/worker-${(round * 7919) % agents}`);
  rival.push(performance.now() - startedAt);
}
console.log(
  `${agents.toLocaleString('en')} agents, ${days} days: ${written.toLocaleString('en')} hours, ${(statSync(path).size / 2 ** 30).toFixed(2)} GiB with the rival's copy`,
);
console.log(`  written            ${((writeMs * 1000) / written).toFixed(1)} µs an hour and agent`);
console.log(
  `  30 days answered   ${median(ours).toFixed(2)} ms median, ${Math.max(...ours).toFixed(2)} ms worst`,
);
console.log(
  `  a plain table      ${median(rival).toFixed(0)} ms: ${(median(rival) / median(ours)).toFixed(0)} x`,
);
plain.close();
rmSync(folder, { recursive: true });
