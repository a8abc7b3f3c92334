/**
 * A storm: 100,000 agents fall silent at once, with the gap rule off (each has a way in of its own that carries others)
 * and on (one way in for all). What is told: how long the event loop was blocked at most, how long until all alerts
 * stood, what they take of memory (blocks in CPU time of the thread, so that what else the machine does counts less),
 * and what a webhook is told of it; beside it the obvious way, which judges all of them in one go. And what a round
 * costs for each agent that is fine.
 *
 *     node --expose-gc --max-semi-space-size=8 --conditions=@agent-vitals/source bench/alert-engine.ts
 *
 * The second flag is that of the command (src/bin/agent-vitals.js).
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import {
  AgentJudge,
  AlertBook,
  alertSettingsOf,
  defaultFleetSettings,
  defaultSessionSettings,
  delta,
  describeAlert,
  encodeUtf8,
  Fleet,
  type FleetSettings,
  Observation,
  signalOf,
} from '../src/core/index.ts';
import { AlertEngine } from '../src/processor/alerts/index.ts';
import { systemClock } from '../src/processor/clock.ts';
import { loadConfig } from '../src/processor/config/index.ts';
import { FleetLoop } from '../src/processor/fleet-loop.ts';
import { SessionVerdicts } from '../src/processor/health/index.ts';
import { createLog } from '../src/processor/log.ts';
import { Notifications } from '../src/processor/notify/notifications.ts';
import { StoreService } from '../src/processor/store/index.ts';
import { type Arrival, startSink } from './webhook-sink.ts';

const agents = 100_000;
const targetBlockMs = 20;
const settings: Partial<FleetSettings> = { lateAfterMs: 2_000, offlineAfterMs: 4_000, gapHoldMs: 9_000 };
const alertSettings = alertSettingsOf({});
const usage = { cpuUtilization: null, memoryUtilization: null };

function fill(fleet: Fleet, nowMs: number, pipelineOf: (agent: number) => string): void {
  const observation = new Observation();
  for (let agent = 0; agent < agents; agent++) {
    const id = encodeUtf8(`fleet-7/worker-${agent}`);
    Object.assign(observation, {
      idBytes: id,
      idStart: 0,
      idEnd: id.length,
      session: `session-${agent % 1000}`,
    });
    Object.assign(observation, { type: 'worker', pipeline: pipelineOf(agent), temporality: delta, value: 1 });
    observation.signal = signalOf('heartbeats');
    fleet.apply(observation, nowMs);
  }
}

function heapMiB(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed / 2 ** 20;
}

/** How much CPU the thread takes between two turns of the event loop: so long nobody else has his. */
class BlockWatch {
  readonly #blocks: number[] = [];
  #before = cpuMs();
  readonly #timer = setInterval(() => {
    const now = cpuMs();
    this.#blocks.push(now - this.#before);
    this.#before = now;
  }, 1);

  stop(): { greatest: number; p99: number } {
    clearInterval(this.#timer);
    const sorted = this.#blocks.toSorted((one, other) => one - other);
    return { greatest: sorted.at(-1) ?? 0, p99: sorted[Math.floor(sorted.length * 0.99)] ?? 0 };
  }
}

function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

/** What happens while nobody beats any more, until there are so many alerts that fire. */
async function storm(
  name: string,
  fleetSettings: Partial<FleetSettings>,
  pipelineOf: (agent: number) => string,
) {
  const folder = mkdtempSync(join(tmpdir(), 'alert-engine-'));
  const log = createLog({ write: (line) => process.stderr.write(line), now: Date.now, level: 'error' });
  const store = new StoreService({
    path: join(folder, 'store.db'),
    snapshotIntervalMs: 5_000,
    maxSizeBytes: 2 ** 40,
    clock: systemClock(),
    log,
  });
  const all = { ...defaultFleetSettings, ...fleetSettings };
  const { fleet, clock } = await store.start(() => new Fleet(all));
  const verdicts = new SessionVerdicts({ fleet, settings: defaultSessionSettings, limit: 100_000 });
  const failed = (where: string, error: unknown) => console.error(where, error);
  const engine = new AlertEngine({
    fleet,
    clock,
    store,
    settings: alertSettings,
    health: all.health,
    graceMs: 0,
    verdictOf: verdicts.verdictOf,
    ownHost: () => usage,
    onFailure: failed,
  });
  await engine.restore();
  let opened = 0;
  engine.onChanges((changes) => {
    for (const { to } of changes) if (to === 'firing') opened++;
  });
  const arrivals: Arrival[] = [];
  const sink = await startSink((arrival) => arrivals.push(arrival));
  const { config } = loadConfig({ text: `alerts: { webhook: { url: "${sink.url}" } }`, env: {} });
  const notifications = new Notifications({
    name: 'bench',
    settings: config.alerts,
    clock,
    store,
    textOf: (alert) => describeAlert(alert, alertSettings),
    log,
    onFailure: failed,
  });
  engine.onChanges((changes) => notifications.onChanges(changes));
  await notifications.start(engine, 'http://127.0.0.1:8080');
  const loop = new FleetLoop({
    fleet,
    clock,
    onFailure: failed,
    onTransitions: (transitions) => {
      store.record(transitions);
      verdicts.onTransitions(transitions);
      engine.onTransitions(transitions);
    },
  });
  fill(fleet, clock.now(), pipelineOf);
  for (let agent = 0; agent < agents; agent++) fleet.heard(pipelineOf(agent), clock.now());
  const beganAtMs = clock.now();
  loop.start();
  engine.start();
  await pause(500);
  const before = heapMiB();
  // The collection just made is none of the storm's.
  await pause(100);
  const watch = new BlockWatch();
  const firesAll = () => engine.counts.critical >= agents;
  while (!firesAll() && clock.now() - beganAtMs < 60_000) await pause(10);
  const tookMs =
    clock.now() - beganAtMs - (fleetSettings.gapRatio === 1 ? all.offlineAfterMs : all.gapHoldMs);
  await store.flushed();
  // Until nothing more comes: a group waits a second for others, and critical ones go at once.
  for (let told = -1; told !== arrivals.length || notifications.figures[0]!.waiting > 0; await pause(2_500)) {
    told = arrivals.length;
  }
  const { greatest, p99 } = watch.stop();
  const gap = [...engine.firing()].some((alert) => alert.name === 'TelemetryGap');
  const memory = heapMiB() - before;
  console.log(`${name}:`);
  console.log(
    `  ${engine.counts.critical} critical alerts fire ${Math.round(tookMs)} ms after the deadline, one TelemetryGap among them: ${gap}`,
  );
  console.log(
    `  the loop is taken for at most ${greatest.toFixed(1)} ms (target ${targetBlockMs}), p99 ${p99.toFixed(1)} ms`,
  );
  console.log(
    `  ${opened} alerts began to fire, ${engine.dropped} were not opened, ${memory.toFixed(0)} MiB of heap`,
  );
  const told = new Set(
    arrivals.flatMap(({ firing }) => firing.map(([alert, subject]) => `${alert} ${subject}`)),
  );
  const bytes = arrivals.reduce((sum, arrival) => sum + arrival.bytes, 0);
  const rss = process.resourceUsage().maxRSS / 1024;
  console.log(
    `  ${arrivals.length} notifications list ${told.size} different alerts in ${(bytes / 2 ** 20).toFixed(0)} MiB; the process had ${rss.toFixed(0)} MiB at most so far`,
  );
  await notifications.stop();
  await sink.end();
  engine.stop();
  loop.stop();
  await store.stop();
  rmSync(folder, { recursive: true, force: true });
}

/** All of them judged in one go, as soon as they are dead. */
function inOneGo(): void {
  const fleet = new Fleet({ ...settings, gapRatio: 1 });
  fill(fleet, 0, (agent) => `gateway-${agent % 100}`);
  fleet.tick(5_000);
  const judge = new AgentJudge(fleet, alertSettings, defaultFleetSettings.health);
  const book = new AlertBook({ settings: alertSettings });
  const startedAt = cpuMs();
  const rows: string[] = [];
  for (let slot = 0; slot < fleet.slotLimit; slot++) {
    const mask = judge.judge(slot, 5_000);
    for (const [index, rule] of judge.rules.entries()) {
      if ((mask & (1 << index)) === 0) continue;
      book.judge(rule.name, fleet.idOf(slot), judge.valueOf(index), () => judge.labelsOf(rule, slot), 5_000);
    }
  }
  for (const { alert } of book.takeChanges()) rows.push(JSON.stringify(alert));
  const blockedMs = cpuMs() - startedAt;
  console.log(`in one go: ${rows.length} alerts, the loop blocked for ${blockedMs.toFixed(0)} ms`);
}

/** A round through a fleet that is fine. */
function calm(): void {
  const fleet = new Fleet();
  fill(fleet, 0, (agent) => `gateway-${agent % 100}`);
  const judge = new AgentJudge(fleet, alertSettings, defaultFleetSettings.health);
  const nanoseconds: number[] = [];
  for (let round = 0; round < 21; round++) {
    const before = process.cpuUsage();
    let masks = 0;
    for (let slot = 0; slot < fleet.slotLimit; slot++) masks |= judge.judge(slot, 1_000);
    const { user, system } = process.cpuUsage(before);
    if (masks !== 0) throw new Error('nobody should hold');
    nanoseconds.push(((user + system) * 1000) / agents);
  }
  const median = nanoseconds.toSorted((one, other) => one - other)[10]!;
  console.log(`a round costs ${median.toFixed(0)} ns for each agent that is fine (median of 21)`);
}

calm();
inOneGo();
await storm('gap rule off, 100 ways in', { ...settings, gapRatio: 1 }, (agent) => `gateway-${agent % 100}`);
await storm('gap rule on, one way in', settings, () => 'gateway');
