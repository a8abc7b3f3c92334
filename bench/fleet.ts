/**
 * How the fleet grows: hot state an agent, a heartbeat, a look at the deadlines and the lateness of deaths, from
 * 10,000 to 1,000,000 agents in one process; beside it the obvious way, a Map of objects that is scanned.
 *
 * Run: node --expose-gc --conditions=@agent-vitals/source bench/fleet.ts [agents …]
 */
import { performance } from 'node:perf_hooks';
import { cumulative, Fleet, Observation, signalOf } from '../src/core/index.ts';

const sizes = process.argv.slice(2).map(Number);
if (sizes.length === 0) sizes.push(10_000, 100_000, 1_000_000);
const beatsPerSecond = 50_000;
const lookEveryMs = 20;
const stormSeconds = 30;

interface Figures {
  agents: number;
  bytesPerAgent: number;
  heapPerAgent: number;
  nanosecondsPerBeat: number;
  lookMedianMs: number;
  lookWorstMs: number;
  /** Of the CPU: other processes take none of it. */
  lookWorstCpuMs: number;
  deaths: number;
  latenessP99Ms: number;
  latenessWorstMs: number;
}

const heartbeats = signalOf('heartbeats');
const encoder = new TextEncoder();
const startMs = 1_800_000_000_000;

function used(): number {
  globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

function percentile(values: number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** Identities as a reader has them: bytes in a buffer. */
function makeIds(agents: number): { bytes: Uint8Array; ends: Uint32Array } {
  const bytes = new Uint8Array(agents * 24);
  const ends = new Uint32Array(agents + 1);
  for (let agent = 0; agent < agents; agent++) {
    const id = encoder.encode(`fleet-7/worker-${agent}`);
    bytes.set(id, ends[agent]!);
    ends[agent + 1] = ends[agent]! + id.length;
  }
  return { bytes, ends };
}

function measureFleet(agents: number): Figures {
  const { bytes, ends } = makeIds(agents);
  const before = used();
  const fleet = new Fleet();
  const observation = new Observation();
  observation.idBytes = bytes;
  observation.signal = heartbeats;
  observation.temporality = cumulative;
  observation.session = 'session-1';
  observation.type = 'worker';
  observation.pipeline = 'otlp/http:bench';
  observation.startTimeMs = startMs;
  const beats = new Uint32Array(agents);
  const beat = (agent: number, nowMs: number): void => {
    observation.idStart = ends[agent]!;
    observation.idEnd = ends[agent + 1]!;
    observation.value = ++beats[agent]!;
    observation.timeMs = nowMs;
    fleet.apply(observation, nowMs);
  };

  // All come in over ten seconds, then beat once more, timed.
  for (let agent = 0; agent < agents; agent++) beat(agent, startMs + (agent / agents) * 10_000);
  const perAgent = fleet.byteLength / agents;
  const heapPerAgent = (used() - before - agents * 4) / agents;
  let startedAt = performance.now();
  for (let agent = 0; agent < agents; agent++) beat(agent, startMs + 10_000 + (agent / agents) * 10_000);
  const nanosecondsPerBeat = ((performance.now() - startedAt) * 1e6) / agents;

  // Heartbeats go on at 50,000 a second by a simulated clock; one agent in a hundred is dead.
  const looks: number[] = [];
  let lookWorstCpuMs = 0;
  const lateness: number[] = [];
  const isDead = (agent: number): boolean => agent % 100 === 7;
  const beatsPerLook = (beatsPerSecond * lookEveryMs) / 1000;
  let next = 0;
  let nowMs = startMs + 20_000;
  const untilMs = nowMs + 120_000 + stormSeconds * 1000;
  // Where one round of all agents takes longer than their lease, the promised interval says so.
  while (nowMs < untilMs) {
    nowMs += lookEveryMs;
    for (let count = 0; count < beatsPerLook; count++) {
      if (!isDead(next)) beat(next, nowMs);
      next = (next + 1) % agents;
    }
    startedAt = performance.now();
    const cpuBefore = process.threadCpuUsage();
    const transitions = fleet.tick(nowMs, 5_000);
    looks.push(performance.now() - startedAt);
    const { user, system } = process.threadCpuUsage(cpuBefore);
    lookWorstCpuMs = Math.max(lookWorstCpuMs, (user + system) / 1000);
    for (const transition of transitions) {
      if (transition.to === 'offline') lateness.push(nowMs - transition.at);
    }
  }
  return {
    agents,
    bytesPerAgent: perAgent,
    heapPerAgent,
    nanosecondsPerBeat,
    lookMedianMs: percentile(looks, 0.5),
    lookWorstMs: Math.max(...looks),
    lookWorstCpuMs,
    deaths: lateness.length,
    latenessP99Ms: percentile(lateness, 0.99),
    latenessWorstMs: percentile(lateness, 1),
  };
}

/** The rival: an object an agent in a Map, all of them looked at each time. */
function measureMap(agents: number): {
  bytesPerAgent: number;
  nanosecondsPerBeat: number;
  lookMedianMs: number;
} {
  const ids = Array.from({ length: agents }, (_, agent) => `fleet-7/worker-${agent}`);
  const before = used();
  const map = new Map<
    string,
    { value: number; lastSeenMs: number; status: string; session: string; type: string }
  >();
  const beat = (agent: number, nowMs: number): void => {
    const id = ids[agent]!;
    const known = map.get(id);
    if (known === undefined) {
      map.set(id, { value: 1, lastSeenMs: nowMs, status: 'idle', session: 'session-1', type: 'worker' });
      return;
    }
    known.value++;
    known.lastSeenMs = nowMs;
  };
  for (let agent = 0; agent < agents; agent++) beat(agent, startMs);
  const bytesPerAgent = (used() - before) / agents;
  const startedAt = performance.now();
  for (let agent = 0; agent < agents; agent++) beat(agent, startMs + 1);
  const nanosecondsPerBeat = ((performance.now() - startedAt) * 1e6) / agents;
  const looks: number[] = [];
  for (let look = 0; look < 20; look++) {
    const lookedAt = performance.now();
    for (const agent of map.values()) if (agent.lastSeenMs + 120_000 < startMs) agent.status = 'offline';
    looks.push(performance.now() - lookedAt);
  }
  return { bytesPerAgent, nanosecondsPerBeat, lookMedianMs: percentile(looks, 0.5) };
}

for (const agents of sizes) {
  const ours = measureFleet(agents);
  const rival = measureMap(agents);
  const figure = (value: number, digits: number): string => value.toFixed(digits).padStart(9);
  console.log(`${agents.toLocaleString('en')} agents`);
  console.log(
    `  hot state an agent   ${figure(ours.bytesPerAgent, 0)} B (in the process ${ours.heapPerAgent.toFixed(0)} B)`,
  );
  console.log(
    `  a heartbeat          ${figure(ours.nanosecondsPerBeat, 0)} ns   a Map's ${rival.nanosecondsPerBeat.toFixed(0)} ns, which judges nothing`,
  );
  console.log(
    `  a look at deadlines  ${figure(ours.lookMedianMs, 4)} ms median, ${ours.lookWorstMs.toFixed(2)} ms worst (${ours.lookWorstCpuMs.toFixed(2)} ms of CPU)   a Map's ${rival.lookMedianMs.toFixed(3)} ms: ${(rival.lookMedianMs / ours.lookMedianMs).toFixed(0)} x`,
  );
  console.log(
    `  ${ours.deaths} deaths seen   ${figure(ours.latenessP99Ms, 0)} ms after their deadline at p99, ${ours.latenessWorstMs.toFixed(0)} ms worst, at ${beatsPerSecond.toLocaleString('en')} heartbeats/s`,
  );
}
