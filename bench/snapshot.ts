/**
 * Keeping a fleet of a million agents while it lives: how long snapshots hold up the event loop, what they cost of a
 * core, and how long a restart takes; beside it what is simplest, a row of JSON an agent in one transaction.
 * `node --conditions=@agent-vitals/source bench/snapshot.ts [agents] [bare | described]`
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type BlockImage,
  cumulative,
  defaultFleetSettings,
  encodeUtf8,
  Fleet,
  Observation,
  signalOf,
} from '../src/core/index.ts';
import type { Clock } from '../src/processor/clock.ts';
import { createLog } from '../src/processor/log.ts';
import { StoreService } from '../src/processor/store/index.ts';

const isRestart = process.argv[2] === 'restart';
const agents = isRestart ? 2_000_000 : Number(process.argv[2] ?? 1_000_000);
const isDescribed = process.argv[3] === 'described';
const heartbeatsPerSecond = 20_000;
const folder = mkdtempSync(join(tmpdir(), 'agent-vitals-bench-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

const clock: Clock = {
  now: () => performance.timeOrigin + performance.now(),
  toEpochMs: (atMs) => atMs,
};
const log = createLog({ write: (line) => process.stderr.write(line), now: Date.now, level: 'warn' });

/** Notes how long each copy of a block takes; copies within one turn of the event loop are one turn. */
class TimedFleet extends Fleet {
  readonly turnsMs: number[] = [];
  imageBytes = 0;
  images = 0;
  #isSameTurn = false;

  override takeImage(): BlockImage | undefined {
    const start = performance.now();
    const image = super.takeImage();
    const tookMs = performance.now() - start;
    if (image !== undefined) this.images++;
    if (image !== undefined) this.imageBytes += image.columns.length + image.ids.length + image.texts.length;
    if (this.#isSameTurn) this.turnsMs[this.turnsMs.length - 1]! += tookMs;
    else this.turnsMs.push(tookMs);
    this.#isSameTurn = true;
    setImmediate(() => {
      this.#isSameTurn = false;
    });
    return image;
  }
}

const newFleet = () => new TimedFleet({ ...defaultFleetSettings, maxAgents: agents });
const observation = new Observation();
/** How long ago what is observed came in. */
let agedMs = 0;

type Fields = Partial<Observation>;

function observe(fleet: Fleet, agent: number, fields: Fields): void {
  Object.assign(observation, new Observation(), fields);
  observation.idBytes = encodeUtf8(`agent-${String(agent).padStart(7, '0')}`);
  observation.idEnd = observation.idBytes.length;
  observation.session = `session-${agent % 10_000}`;
  observation.type = 'researcher';
  observation.pipeline = `collector-${agent % 20}`;
  if (observation.timeMs === 0) observation.timeMs = clock.now() - 5;
  observation.startTimeMs = 1_700_000_000_000 + agent;
  fleet.apply(observation, clock.now() - agedMs);
}

function beat(fleet: Fleet, agent: number, value: number): void {
  observe(fleet, agent, { signal: signalOf('heartbeats'), temporality: cumulative, value });
}

/** Beats at uneven moments, so that columns hold what they hold in real life and not the same number throughout. */
function beatUnevenly(fleet: Fleet, agent: number): void {
  const fields: Fields = { signal: signalOf('heartbeats'), temporality: cumulative };
  for (let count = 4; count > 0; count--) {
    const delayMs = 5 + Math.random() * 80;
    agedMs = count * 10_000 + Math.random() * 900;
    observe(fleet, agent, {
      ...fields,
      value: (agent % 997) + 5 - count,
      timeMs: clock.now() - agedMs - delayMs,
    });
  }
  agedMs = 0;
}

function fill(fleet: Fleet): void {
  for (let agent = 0; agent < agents; agent++) {
    beatUnevenly(fleet, agent);
    observe(fleet, agent, { signal: signalOf('heartbeatInterval'), value: 10 });
    observe(fleet, agent, {
      signal: signalOf('reportedStatus'),
      value: 1,
      state: agent % 3 ? 'busy' : 'idle',
    });
    observe(fleet, agent, { signal: signalOf('processMemoryUsage'), value: 1e8 * Math.random() });
    observe(fleet, agent, { signal: signalOf('confidence'), value: Math.random() });
    if (!isDescribed) continue;
    const info = {
      name: `Agent ${agent}`,
      description: null,
      version: '1.4.2',
      kind: 'agent',
      peers: [],
      payloadClass: null,
      location: `pod-${agent}`,
      sessionName: null,
      processId: agent % 60_000,
      hostId: `host-${agent % 500}`,
    };
    observe(fleet, agent, { signal: signalOf('info'), value: 1, info });
    const operation: Fields = { operation: 'answer', temporality: cumulative, count: 7, value: 21.5 };
    observe(fleet, agent, { signal: signalOf('operationDuration'), ...operation });
  }
}

function quantiles(values: readonly number[]): string {
  const ordered = values.toSorted((one, other) => one - other);
  const at = (share: number) => (ordered[Math.floor((ordered.length - 1) * share)] ?? 0).toFixed(2);
  return `p50 ${at(0.5)}, p99 ${at(0.99)}, max ${at(1)} ms`;
}

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`;

if (isRestart) await restart(process.argv[3]!);
else await compare();

/** Prints how long it takes from a file to a fleet that may be asked. */
async function restart(path: string): Promise<void> {
  const store = new StoreService({ path, snapshotIntervalMs: 3_600_000, maxSizeBytes: 2 ** 40, clock, log });
  const beganAtMs = performance.now();
  await store.start(newFleet);
  console.log(performance.now() - beganAtMs);
  process.exit();
}

async function compare(): Promise<void> {
  console.log(
    `${agents} agents, ${isDescribed ? 'with descriptions and operations' : 'bare'}; Node ${process.version}`,
  );

  /** Lets heartbeats come in for a while, beside whatever else goes on. */
  async function load(fleet: Fleet, isOver: () => boolean): Promise<{ tookMs: number; cpuShare: number }> {
    const cpu = process.cpuUsage();
    const beganAtMs = performance.now();
    let beaten = 0;
    while (!isOver()) {
      const due = ((performance.now() - beganAtMs) / 1_000) * heartbeatsPerSecond;
      for (; beaten < due; beaten++) beat(fleet, (beaten * 7919) % agents, 2_000 + beaten);
      await delay(2);
    }
    const tookMs = performance.now() - beganAtMs;
    const used = process.cpuUsage(cpu);
    return { tookMs, cpuShare: (used.user + used.system) / 1_000 / tookMs };
  }

  // The load alone.
  const alone = newFleet();
  fill(alone);
  const aloneUntil = performance.now() + 5_000;
  const idle = await load(alone, () => performance.now() > aloneUntil);

  // Ours: one whole round over a fleet that has changed throughout, under the same load.
  const path = join(folder, 'agent-vitals.db');
  const service = new StoreService({ path, snapshotIntervalMs: 5_000, maxSizeBytes: 2 ** 40, clock, log });
  const fleet = newFleet();
  await service.start(() => fleet);
  fill(fleet);
  fleet.turnsMs.length = 0;
  fleet.imageBytes = 0;
  fleet.images = 0;
  const loop = monitorEventLoopDelay({ resolution: 1 });
  loop.enable();
  const blocks = Math.ceil(agents / 128);
  const { tookMs, cpuShare } = await load(fleet, () => fleet.images >= blocks);
  loop.disable();
  const ourBlockMs = Math.max(...fleet.turnsMs);
  const delayOf = (percentile: number) => (loop.percentile(percentile) / 1e6).toFixed(2);
  console.log(`
a round of snapshots, with ${heartbeatsPerSecond} heartbeats/s
  a turn holds up the loop for  ${quantiles(fleet.turnsMs)}
  the loop is late by           p50 ${delayOf(50)}, p99 ${delayOf(99)}, max ${delayOf(100)} ms
  copied                        ${megabytes(fleet.imageBytes)} in ${(tookMs / 1_000).toFixed(1)} s
  of a core                     ${((cpuShare - idle.cpuShare) * 100).toFixed(1)} %, beside the load's ${(idle.cpuShare * 100).toFixed(1)} %
  interval now                  ${service.figures.snapshotIntervalSeconds.toFixed(1)} s`);

  let stopBegan = performance.now();
  await service.stop();
  console.log(`  stop, all that had changed    ${((performance.now() - stopBegan) / 1_000).toFixed(2)} s`);

  const ourRestoreMs = Number(
    execFileSync(process.execPath, [...process.execArgv, process.argv[1]!, 'restart', path]),
  );
  console.log(`  restart, a process of its own ${(ourRestoreMs / 1_000).toFixed(2)} s`);

  // The rival: a row of JSON an agent, one transaction, in the event loop.
  const rival = new DatabaseSync(join(folder, 'rival.db'));
  rival.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
  rival.exec('CREATE TABLE agent (id TEXT PRIMARY KEY, state TEXT NOT NULL) STRICT');
  const rivalBegan = performance.now();
  rival.exec('BEGIN');
  const insert = rival.prepare('INSERT OR REPLACE INTO agent VALUES (?, ?)');
  for (let slot = 0; slot < fleet.slotLimit; slot++) {
    if (fleet.isKnown(slot)) insert.run(fleet.idOf(slot), JSON.stringify(fleet.view(slot, clock.now())));
  }
  rival.exec('COMMIT');
  const rivalMs = performance.now() - rivalBegan;
  rival.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  stopBegan = performance.now();
  const states = new Map<string, unknown>();
  for (const row of rival.prepare('SELECT * FROM agent').iterate()) {
    states.set(row.id as string, JSON.parse(row.state as string));
  }
  const rivalRestoreMs = performance.now() - stopBegan;
  console.log(`
a row of JSON an agent in one transaction
  holds up the loop for         ${rivalMs.toFixed(0)} ms: ours at most ${ourBlockMs.toFixed(1)} ms, 1/${(rivalMs / ourBlockMs).toFixed(0)}
  on the disk                   ${megabytes(statSync(join(folder, 'rival.db')).size)}: ours ${megabytes(statSync(path).size)}
  read back as objects          ${(rivalRestoreMs / 1_000).toFixed(2)} s: ours ${(ourRestoreMs / 1_000).toFixed(2)} s`);
  rmSync(folder, { recursive: true, force: true });
}
