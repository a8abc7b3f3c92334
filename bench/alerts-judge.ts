/**
 * What the alerts of a healthy agent cost each time it is judged; beside it the plain way, which works out all that is
 * known of the agent and asks the book about each rule. Then the book when 100,000 agents die at once: time and memory
 * by alert, and what it holds once all are resolved.
 *
 * Times are CPU time, so that what else the machine does counts less. Run:
 *
 *     node --conditions=@agent-vitals/source --expose-gc bench/alerts-judge.ts
 */
import {
  AgentJudge,
  AlertBook,
  alertSettingsOf,
  cumulative,
  defaultHealthSettings,
  Fleet,
  gauge,
  Observation,
  signalOf,
} from '../src/core/index.ts';

const agents = 10_000;
const rounds = 21;
const deaths = 100_000;
const encoder = new TextEncoder();
const epochMs = 1_800_000_000_000;
const settings = alertSettingsOf({});

const fleet = new Fleet();
const observation = new Observation();
observation.session = 'session-1';
observation.type = 'worker';
observation.pipeline = 'otlp/http:bench';
observation.startTimeMs = epochMs;

function point(id: Uint8Array, nowMs: number, fields: Partial<Observation>): void {
  observation.idBytes = id;
  observation.idStart = 0;
  observation.idEnd = id.length;
  observation.timeMs = nowMs;
  Object.assign(observation, { operation: '', count: 0, value: 0, ...fields });
  fleet.apply(observation, nowMs);
}

const ids = Array.from({ length: agents }, (_, agent) => encoder.encode(`fleet-7/worker-${agent}`));
let nowMs = epochMs;
for (let exported = 1; exported <= 10; exported++) {
  nowMs += 10_000;
  for (const id of ids) {
    point(id, nowMs, { signal: signalOf('heartbeats'), temporality: cumulative, value: exported });
    point(id, nowMs, { signal: signalOf('confidence'), temporality: gauge, value: 0.9 });
    point(id, nowMs, { signal: signalOf('queueDepth'), temporality: gauge, value: 7 });
    point(id, nowMs, {
      signal: signalOf('operationDuration'),
      temporality: cumulative,
      operation: 'answer',
      count: 3 * exported,
      value: 2 * exported,
    });
  }
  fleet.tick(nowMs);
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

const judge = new AgentJudge(fleet, settings, defaultHealthSettings);
let found = 0;
function judgeAll(): void {
  for (let slot = 0; slot < agents; slot++) if (judge.judge(slot, nowMs) !== 0) found++;
}

const plainBook = new AlertBook({ settings });
const labels = () => ({});
function judgePlainly(): void {
  for (let slot = 0; slot < agents; slot++) {
    const view = fleet.view(slot, nowMs);
    const { id, status, conditions, work, health } = view;
    const has = (condition: (typeof conditions)[number]) => (conditions.includes(condition) ? 1 : null);
    const { recentFailures, recentExecutions, successRatio } = work;
    plainBook.judge('AgentOffline', id, status === 'offline' ? 1 : null, labels, nowMs);
    plainBook.judge('AgentStalled', id, status === 'stalled' ? 1 : null, labels, nowMs);
    plainBook.judge('AgentLate', id, has('late'), labels, nowMs);
    plainBook.judge('AgentExhausted', id, has('exhausted'), labels, nowMs);
    plainBook.judge('AgentFlapping', id, has('flapping'), labels, nowMs);
    plainBook.judge('AgentConflict', id, has('conflict'), labels, nowMs);
    plainBook.judge('AgentErrorRateHigh', id, successRatio === null ? null : 1 - successRatio, labels, nowMs);
    plainBook.judge('AgentConfidenceLow', id, view.confidence, labels, nowMs);
    plainBook.judge(
      'AgentFailuresRecent',
      id,
      recentFailures > 0.1 * recentExecutions ? recentFailures : null,
      labels,
      nowMs,
    );
    plainBook.judge('AgentUnhealthy', id, health?.score ?? null, labels, nowMs);
    plainBook.judge('QueueDeep', id, view.queueDepth, labels, nowMs);
  }
}

const ours: number[] = [];
const plain: number[] = [];
for (let round = 0; round < rounds; round++) {
  ours.push(cpuMicroseconds(judgeAll));
  plain.push(cpuMicroseconds(judgePlainly));
}
if (found > 0 || plainBook.openCount > 0)
  throw new Error('Cannot measure healthy agents as some raise alerts');
const nsEach = (microseconds: number) => Math.round((microseconds * 1000) / agents);
const [oursNs, plainNs] = [nsEach(median(ours)), nsEach(median(plain))];
console.log(`a healthy agent judged by ${judge.rules.length} rules: ${oursNs} ns; plainly: ${plainNs} ns`);
console.log(
  `ratio ${(plainNs / oursNs).toFixed(1)}; at 40,000 agents/s ${((oursNs * 40_000) / 1e7).toFixed(1)} % of a core`,
);

const collect = (globalThis as { gc?: () => void }).gc;
function heapMiB(): number {
  collect?.();
  return process.memoryUsage().heapUsed / 2 ** 20;
}

const book = new AlertBook({ settings });
const subjects = Array.from({ length: deaths }, (_, index) => `fleet-7/worker-${index}`);
const before = heapMiB();
let changes = 0;
const perAlert = (microseconds: number) => (microseconds / deaths).toFixed(2);

/** In slices, as the engine does it. */
function tellAll(value: number | null, atMs: number): { microseconds: number; worstSliceMs: number } {
  let worstSliceMs = 0;
  const microseconds = cpuMicroseconds(() => {
    for (let from = 0; from < deaths; from += 1000) {
      const began = process.threadCpuUsage();
      for (let index = from; index < from + 1000; index++) {
        const subject = subjects[index]!;
        const labelsOf = () => ({
          vitals_agent_id: subject,
          vitals_session_id: 'session-1',
          vitals_agent_type: 'worker',
          vitals_pipeline_name: 'otlp/http:bench',
        });
        book.judge('AgentOffline', subject, value, labelsOf, atMs);
      }
      changes += book.takeChanges().length;
      const { user, system } = process.threadCpuUsage(began);
      worstSliceMs = Math.max(worstSliceMs, (user + system) / 1000);
    }
  });
  return { microseconds, worstSliceMs };
}

const opened = tellAll(1, nowMs);
const firing = heapMiB();
console.log(
  `${deaths} deaths: ${perAlert(opened.microseconds)} µs an alert, ${opened.worstSliceMs.toFixed(1)} ms the longest slice of 1,000; ` +
    `${(((firing - before) / deaths) * 2 ** 20).toFixed(0)} B an alert, ${(firing - before).toFixed(0)} MiB`,
);
const healed = tellAll(null, nowMs + 1000);
const resolved = cpuMicroseconds(() => {
  while (!book.tick(nowMs + 200_000, 1000)) changes += book.takeChanges().length;
});
changes += book.takeChanges().length;
console.log(
  `healed: ${perAlert(healed.microseconds)} µs an alert, resolved ${perAlert(resolved)} µs; ${(heapMiB() - before).toFixed(0)} MiB ` +
    `while ${[...book.entries()].length} are listed, ${changes} changes told`,
);
tellAll(1, nowMs + 300_000);
for (let index = 0; index < 3 * deaths; index++)
  book.judge('AgentOffline', `other-${index}`, 1, labels, nowMs + 300_001);
book.takeChanges();
console.log(
  `${4 * deaths} asked for: ${book.openCount} open, ${book.refused} refused, ${(heapMiB() - before).toFixed(0)} MiB`,
);
