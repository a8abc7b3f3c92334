/**
 * What judging an agent costs each time it exports: its operations and requests into their windows and baselines, and
 * its score; beside it the obvious way, which keeps the events of the last hour and goes through them.
 *
 * Times are CPU time, so that what else the machine does counts less. Run:
 *
 *     node --conditions=@agent-vitals/source bench/health.ts
 */
import { cumulative, Fleet, gauge, Observation, signalOf } from '../src/core/index.ts';

const agents = 10_000;
const rounds = 21;
const exportEveryMs = 10_000;
const hourMs = 3_600_000;
const operationsPerExport = 3;
const targetMicroseconds = 1.5;

const encoder = new TextEncoder();
const epochMs = 1_800_000_000_000;

/** Identities as a reader has them: bytes in a buffer. */
function makeIds(): { bytes: Uint8Array; ends: Uint32Array } {
  const bytes = new Uint8Array(agents * 24);
  const ends = new Uint32Array(agents + 1);
  for (let agent = 0; agent < agents; agent++) {
    const id = encoder.encode(`fleet-7/worker-${agent}`);
    bytes.set(id, ends[agent]!);
    ends[agent + 1] = ends[agent]! + id.length;
  }
  return { bytes, ends };
}

const { bytes, ends } = makeIds();
const fleet = new Fleet();
const observation = new Observation();
observation.idBytes = bytes;
observation.session = 'session-1';
observation.type = 'worker';
observation.pipeline = 'otlp/http:bench';
observation.startTimeMs = epochMs;

function point(agent: number, nowMs: number, fields: Partial<Observation>): void {
  observation.idStart = ends[agent]!;
  observation.idEnd = ends[agent + 1]!;
  observation.timeMs = nowMs;
  Object.assign(observation, { operation: '', integration: '', errorType: '', ...fields });
  fleet.apply(observation, nowMs);
}

/** The rest of an export: what is there whether health is judged or not. */
function exportState(agent: number, nowMs: number, beats: number): void {
  point(agent, nowMs, { signal: signalOf('heartbeats'), temporality: cumulative, value: beats });
  point(agent, nowMs, { signal: signalOf('confidence'), temporality: gauge, value: 0.9 });
  point(agent, nowMs, { signal: signalOf('processCpuUtilization'), temporality: gauge, value: 0.3 });
  point(agent, nowMs, { signal: signalOf('processMemoryUsage'), temporality: gauge, value: 5e7 });
}

const operationDuration = signalOf('operationDuration');
const integrationRequestDuration = signalOf('integrationRequestDuration');

/** What windows are made of: successes and failures of one operation, and requests to something outside. */
function exportWork(agent: number, nowMs: number, count: number): void {
  observation.idStart = ends[agent]!;
  observation.idEnd = ends[agent + 1]!;
  observation.timeMs = nowMs;
  observation.temporality = cumulative;
  observation.signal = operationDuration;
  observation.operation = 'answer';
  observation.count = count * operationsPerExport;
  observation.value = count * operationsPerExport * 0.8;
  fleet.apply(observation, nowMs);
  observation.errorType = 'timeout';
  observation.count = Math.floor(count / 4);
  observation.value = Math.floor(count / 4) * 5;
  fleet.apply(observation, nowMs);
  observation.errorType = '';
  observation.operation = '';
  observation.signal = integrationRequestDuration;
  observation.integration = 'search';
  observation.count = count * operationsPerExport;
  observation.value = count * operationsPerExport * 0.2;
  fleet.apply(observation, nowMs);
  observation.integration = '';
}

function cpuMicroseconds(run: () => void): number {
  const before = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[values.length >> 1]!;
}

/** The rival keeps the last hour's operations of an agent, and goes through them. */
interface Event {
  readonly atMs: number;
  readonly durationMs: number;
  readonly failed: boolean;
}
const events: Event[][] = Array.from({ length: agents }, () => []);

function rivalExport(agent: number, nowMs: number, failed: boolean): number {
  const kept = events[agent]!;
  for (let index = 0; index < operationsPerExport; index++)
    kept.push({ atMs: nowMs, durationMs: 800, failed: false });
  if (failed) kept.push({ atMs: nowMs, durationMs: 5_000, failed: true });
  while (kept.length > 0 && nowMs - kept[0]!.atMs >= hourMs) kept.shift();
  const recent = kept.filter(({ atMs }) => nowMs - atMs < 300_000);
  const failures = recent.filter((event) => event.failed).length;
  const mean = recent.reduce((sum, { durationMs }) => sum + durationMs, 0) / recent.length;
  const sorted = kept.map(({ durationMs }) => durationMs).sort((one, other) => one - other);
  const usual = sorted[sorted.length >> 1]!;
  const latency = Math.max(0, Math.min(1, 1 - (mean / usual - 1) / 4));
  const success = 1 - failures / recent.length;
  return 0.35 + 0.3 * success + 0.1 * 0.9 + 0.1 * latency;
}

// Three hours of exports every five minutes, so that baselines and trends are known.
let nowMs = epochMs;
let exported = 0;
for (; nowMs < epochMs + 3 * hourMs; nowMs += 300_000) {
  exported++;
  for (let agent = 0; agent < agents; agent++) {
    exportState(agent, nowMs, exported);
    exportWork(agent, nowMs, exported);
  }
  fleet.tick(nowMs);
}
for (let agent = 0; agent < agents; agent++) {
  for (let atMs = nowMs - hourMs; atMs < nowMs; atMs += exportEveryMs) rivalExportQuietly(agent, atMs);
}

function rivalExportQuietly(agent: number, atMs: number): void {
  for (let index = 0; index < operationsPerExport; index++) {
    events[agent]!.push({ atMs, durationMs: 800, failed: false });
  }
}

const idle: number[] = [];
const windows: number[] = [];
const scores: number[] = [];
const rival: number[] = [];
let sum = 0;
for (let round = 0; round <= 2 * rounds; round++) {
  nowMs += exportEveryMs;
  // Every other time nothing has happened: the points are read and compared, and no more. What windows cost is the
  // difference.
  const isIdle = round % 2 === 0;
  if (!isIdle) exported++;
  for (let agent = 0; agent < agents; agent++) exportState(agent, nowMs, 1_000 + round);
  const worked = cpuMicroseconds(() => {
    for (let agent = 0; agent < agents; agent++) exportWork(agent, nowMs, exported);
  });
  const judged = cpuMicroseconds(() => {
    for (let agent = 0; agent < agents; agent++) sum += fleet.healthOf(agent, nowMs)!.score;
  });
  const rivals = cpuMicroseconds(() => {
    for (let agent = 0; agent < agents; agent++) sum += rivalExport(agent, nowMs, exported % 4 === 0);
  });
  // The first round warms up.
  if (round === 0) continue;
  (isIdle ? idle : windows).push(worked / agents);
  scores.push(judged / agents);
  rival.push(rivals / agents);
}
if (!(sum > 0)) throw new Error('Cannot measure as scores must have been made');

const figure = (microseconds: number): string => microseconds.toFixed(3).padStart(8);
const window = Math.max(0, median(windows) - median(idle));
const score = median(scores);
const { factors } = fleet.healthOf(0, nowMs)!;
console.log(
  `${agents.toLocaleString('en')} agents, ${factors.length} factors known, medians of ${rounds} rounds`,
);
console.log(
  `  the points of work, nothing new   ${figure(median(idle))} µs   (read and compared, whoever judges)`,
);
console.log(`  windows and baselines, on top     ${figure(window)} µs`);
console.log(`  the score with its factors        ${figure(score)} µs`);
const fastest = Math.max(0, Math.min(...windows) - Math.min(...idle)) + Math.min(...scores);
console.log(
  `  judging an export                 ${figure(window + score)} µs   target ${targetMicroseconds} µs; by the fastest rounds ${fastest.toFixed(3)} µs`,
);
console.log(
  `  events of an hour gone through    ${figure(median(rival))} µs   ${(median(rival) / (window + score)).toFixed(1)} x`,
);
