/**
 * How long it takes to answer how a session of 10,000 members fares, by strategy: judged anew and from the cache, as an
 * answer and as the bytes that go out; beside it the obvious way, which goes through an array of objects each time.
 *
 *     node --conditions=@agent-vitals/source bench/session.ts [members]
 */
import type { AgentAnswer, SessionStrategy } from '@agent-vitals/contract';
import { cumulative, defaultSessionSettings, Fleet, Observation, signalOf } from '../src/core/index.ts';
import { createHealth, defaultSessionRequest } from '../src/processor/health/index.ts';
import { agentAnswerOf } from '../src/processor/out/rest/agent-answer.ts';

const members = Number(process.argv[2] ?? 10_000);
const others = 90_000;
const rounds = 21;
const targetMs = 10;
const epochMs = 1_800_000_000_000;
/** Each held once, as a reader's cache hands them out. */
const hosts = Array.from({ length: 50 }, (_, host) => `host-${host}`);
const sessions = Array.from({ length: 900 }, (_, session) => `session-${session}`);

const fleet = new Fleet();
const encoder = new TextEncoder();
let nowMs = epochMs;

function tell(id: string, fields: Partial<Observation>): void {
  const observation = Object.assign(new Observation(), {
    temporality: cumulative,
    timeMs: nowMs,
    startTimeMs: epochMs,
  });
  observation.idBytes = encoder.encode(id);
  observation.idEnd = observation.idBytes.length;
  Object.assign(observation, fields);
  fleet.apply(observation, nowMs);
}

/** What the rival keeps of an agent. */
interface Member {
  id: string;
  session: string;
  state: string;
  late: boolean;
  cpu: number;
  memory: number;
  threads: number;
  fileDescriptors: number;
  finished: number;
  durationMs: number;
  host: string;
  lastSeenMs: number;
  /** What is answered of it, but for what changes. */
  answer: AgentAnswer;
}
const rivals: Member[] = [];

for (const host of hosts) {
  const at = { idEnd: 0, host };
  tell('', { signal: signalOf('systemCpuLogicalCount'), value: 64, ...at });
  tell('', { signal: signalOf('systemMemoryLimit'), value: 256e9, ...at });
}
const states = ['busy', 'idle', 'waiting', 'on_call', 'busy', 'idle', 'busy', 'error', 'exhausted', 'paused'];
for (let index = 0; index < members + others; index++) {
  const id = `fleet-7/worker-${index}`;
  const session = index % Math.round((members + others) / members) === 0 ? 'large' : sessions[index % 900]!;
  const state = states[index % 97 < 90 ? index % 7 : 7 + (index % 3)]!;
  const host = hosts[index % hosts.length]!;
  tell(id, {
    signal: signalOf('heartbeats'),
    value: 1,
    session,
    type: 'worker',
    pipeline: 'otlp/http:bench',
  });
  tell(id, { signal: signalOf('reportedStatus'), value: 1, state });
  tell(id, { signal: signalOf('confidence'), value: 0.9 });
  tell(id, { signal: signalOf('processCpuUtilization'), value: 0.01 });
  tell(id, { signal: signalOf('processMemoryUsage'), value: 5e7 });
  tell(id, { signal: signalOf('processThreadCount'), value: 11 });
  tell(id, { signal: signalOf('processFileDescriptorCount'), value: 25 });
  tell(id, { signal: signalOf('operationDuration'), operation: 'answer', count: 10, value: 8 });
  tell(id, { signal: signalOf('integrationRequestDuration'), integration: 'search', count: 10, value: 2 });
  tell(id, {
    signal: signalOf('info'),
    info: {
      name: `Worker ${index}`,
      description: null,
      version: '1.4.2',
      kind: 'agent',
      peers: [],
      payloadClass: null,
      location: host,
      sessionName: session,
      processId: 1_000 + index,
      hostId: host,
    },
  });
  rivals.push({
    id,
    session,
    state,
    late: false,
    cpu: 0.01,
    memory: 5e7,
    threads: 11,
    fileDescriptors: 25,
    finished: 10,
    durationMs: 8_000,
    host,
    lastSeenMs: nowMs,
    answer: agentAnswerOf(fleet.view(fleet.find(id), nowMs), (atMs) => atMs),
  });
}

const health = createHealth({
  fleet,
  clock: { now: () => nowMs, toEpochMs: (atMs) => atMs },
  sessions: { settings: defaultSessionSettings, cacheMs: 30_000 },
  maxSessions: 100_000,
  onFailure: (where, error) => {
    throw new Error(`Cannot measure ${where}`, { cause: error });
  },
});

async function ours(strategy: SessionStrategy, useCache: boolean) {
  const answer = await health.sessions.collect('large', { ...defaultSessionRequest, strategy, useCache });
  if (answer?.metrics.total_agents !== members)
    throw new Error(`Cannot measure as ${members} members must be there`);
  return answer;
}

/** The obvious way: the same figures, and as many members listed. */
function rival(withResources: boolean) {
  const own = rivals.filter((member) => member.session === 'large');
  const classes = own.map(({ state }) =>
    state === 'error'
      ? 'failed'
      : state === 'exhausted'
        ? 'degraded'
        : state === 'paused'
          ? 'unjudged'
          : 'active',
  );
  const counts = Object.groupBy(classes, (memberIs) => memberIs);
  const judged = own.length - (counts.unjudged?.length ?? 0);
  const reachable = own.filter(({ state }) => state !== 'offline');
  const sum = (of: (member: Member) => number) => reachable.reduce((total, member) => total + of(member), 0);
  const resources = withResources
    ? {
        cpu: sum(({ cpu }) => cpu),
        memory: sum(({ memory }) => memory),
        threads: sum(({ threads }) => threads),
        fileDescriptors: sum(({ fileDescriptors }) => fileDescriptors),
        mean: sum(({ durationMs }) => durationMs) / sum(({ finished }) => finished),
        maxMemory: Math.max(...reachable.map(({ memory }) => memory)),
        capacity: new Set(reachable.map(({ host }) => host)).size * 64,
      }
    : null;
  const score = (100 * (counts.active?.length ?? 0) + 50 * (counts.degraded?.length ?? 0)) / judged;
  const agents = own
    .toSorted((one, other) => Number(other.state === 'error') - Number(one.state === 'error'))
    .slice(0, 1000)
    .map(({ answer, state, cpu, memory, finished, durationMs, lastSeenMs }) => ({
      ...answer,
      state,
      metrics: { ...answer.metrics, avg_execution_time: durationMs / finished },
      resources: { ...answer.resources, cpu_percent: cpu * 100, memory_mb: memory / 1_048_576 },
      last_seen: new Date(lastSeenMs).toISOString(),
    }));
  return { total: own.length, counts, late: own.filter(({ late }) => late).length, score, resources, agents };
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[values.length >> 1]!;
}

interface Case {
  readonly name: string;
  run(): unknown;
  readonly answerMs: number[];
  readonly bytesMs: number[];
  bytes: number;
}

const cases: Case[] = (['fast', 'detailed', 'comprehensive'] as const)
  .flatMap((strategy) => [
    { name: `${strategy}, anew`, run: () => ours(strategy, false) },
    ...(strategy === 'comprehensive'
      ? []
      : [{ name: `${strategy}, cached`, run: () => ours(strategy, true) }]),
  ])
  .concat([
    { name: 'array of objects, states', run: async () => rival(false) as never },
    { name: 'array of objects, resources', run: async () => rival(true) as never },
  ])
  .map((one) => ({ ...one, answerMs: [], bytesMs: [], bytes: 0 }));

for (let round = 0; round <= rounds; round++) {
  for (const one of cases) {
    const startedAtMs = performance.now();
    const answer = await one.run();
    const answeredAtMs = performance.now();
    one.bytes = Buffer.byteLength(JSON.stringify(answer));
    // The first round warms up.
    if (round === 0) continue;
    one.answerMs.push(answeredAtMs - startedAtMs);
    one.bytesMs.push(performance.now() - startedAtMs);
  }
  nowMs += 1_000;
}

const figure = (value: number): string => value.toFixed(2).padStart(8);
const [statesMs, resourcesMs] = cases.slice(-2).map(({ answerMs }) => median(answerMs)) as [number, number];
console.log(
  `${members.toLocaleString('en')} members of ${(members + others).toLocaleString('en')} agents, medians of ${rounds}; target ${targetMs} ms`,
);
for (const { name, answerMs, bytesMs, bytes } of cases) {
  const answer = median(answerMs);
  const rivalMs = name.includes('fast') ? statesMs : resourcesMs;
  const ratio = name.startsWith('array') ? '' : `   array of objects ${(rivalMs / answer).toFixed(2)} x`;
  console.log(
    `  ${name.padEnd(28)} ${figure(answer)} ms (fastest ${Math.min(...answerMs).toFixed(2)})   with ${(bytes / 1e6).toFixed(1)} MB of JSON ${figure(median(bytesMs))} ms${ratio}`,
  );
}
