/**
 * A process to be killed: agents in it die and come back all the time, and their alerts are acknowledged. It says on its
 * standard output, a line each, what becomes of every alert (`is`), and how much of that is on the disk (`kept`).
 * Argument: the database file.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  alertSettingsOf,
  cumulative,
  defaultFleetSettings,
  defaultSessionSettings,
  encodeUtf8,
  Fleet,
  Observation,
  signalOf,
} from '../../../src/core/index.ts';
import { AlertEngine } from '../../../src/processor/alerts/index.ts';
import { systemClock } from '../../../src/processor/clock.ts';
import { SessionVerdicts } from '../../../src/processor/health/index.ts';
import { createLog } from '../../../src/processor/log.ts';
import { StoreService } from '../../../src/processor/store/index.ts';

const [path] = process.argv.slice(2) as [string];
const agents = 40;
const spellMs = 40;
const log = createLog({ write: (line) => process.stderr.write(line), now: Date.now, level: 'warn' });
const store = new StoreService({
  path,
  snapshotIntervalMs: 100,
  maxSizeBytes: 2 ** 30,
  clock: systemClock(),
  log,
});
const settings = {
  ...defaultFleetSettings,
  lateAfterMs: 10,
  offlineAfterMs: 20,
  missedBeats: 1,
  gapRatio: 1,
};
const { fleet, clock, observedUntilMs } = await store.start(() => new Fleet(settings));
const verdicts = new SessionVerdicts({ fleet, settings: defaultSessionSettings, limit: 100 });
const engine = new AlertEngine({
  fleet,
  clock,
  store,
  settings: alertSettingsOf({ AgentOffline: { keepFiringForMs: 0 }, AgentLate: { enabled: false } }),
  health: settings.health,
  graceMs: 0,
  observedUntilMs,
  verdictOf: verdicts.verdictOf,
  ownHost: () => ({ cpuUtilization: null, memoryUtilization: null }),
  onFailure: (where, error) => process.stderr.write(`${where}: ${String(error)}\n`),
});
await engine.restore();

// Pipes are written at once: what is said is said before the next line of code runs.
const say = (line: string) => process.stdout.write(`${line}\n`);
const isOf = (state: string, isAcknowledged: boolean) => `${state}${isAcknowledged ? '+' : ''}`;
let said = 0;
engine.onChanges((changes) => {
  for (const { alert, to } of changes)
    say(`is ${++said} ${alert.id} ${isOf(to, alert.acknowledgement !== null)}`);
});

const beats = new Map<string, number>();
function beat(id: string): void {
  const observation = new Observation();
  observation.signal = signalOf('heartbeats');
  observation.temporality = cumulative;
  observation.value = (beats.get(id) ?? 0) + 1;
  beats.set(id, observation.value);
  observation.timeMs = clock.toEpochMs(clock.now());
  observation.idBytes = encodeUtf8(id);
  observation.idEnd = observation.idBytes.length;
  take(fleet.apply(observation, clock.now()));
}
function take(transitions: ReturnType<Fleet['tick']>): void {
  store.record(transitions);
  engine.onTransitions(transitions);
}

say('ready');
let kept = 0;
for (let turn = 0; ; turn++) {
  // By the clock, as turns may be shorter than any silence: all beat for a while, then nobody does.
  const isSilent = Math.floor(clock.now() / spellMs) % 2 === 1;
  for (let agent = turn % 5; agent < agents && !isSilent; agent += 5) beat(`agent-${agent}`);
  take(fleet.tick(clock.now()));
  while (!engine.step(clock.now()));
  if (turn % 7 === 0) {
    for (const { id } of [...engine.firing()].slice(0, 3))
      engine.acknowledge(id, { by: 'ada', comment: null, untilMs: Infinity });
  }
  const before = said;
  if ((await store.flushed()) && before > kept) {
    kept = before;
    say(`kept ${kept}`);
  }
  await nextTurn();
}
