/**
 * A process to be killed: it keeps a fleet that changes all the time, and says on its standard output, a line each,
 * what has been acknowledged. Arguments: the database file, a name for this run.
 */
import { cumulative, encodeUtf8, Fleet, Observation, signalOf } from '../../../src/core/index.ts';
import { systemClock } from '../../../src/processor/clock.ts';
import { createLog } from '../../../src/processor/log.ts';
import { StoreService } from '../../../src/processor/store/index.ts';

const [path, run] = process.argv.slice(2) as [string, string];
const log = createLog({ write: (line) => process.stderr.write(line), now: Date.now, level: 'warn' });
const store = new StoreService({
  path,
  snapshotIntervalMs: 100,
  maxSizeBytes: 2 ** 30,
  clock: systemClock(),
  log,
});
const { fleet, clock } = await store.start(() => new Fleet());

// Pipes are written at once: what is said is said before the next line of code runs.
const say = (what: string, id = '') => process.stdout.write(`${what} ${id}\n`);

function apply(id: string, fields: Partial<Observation>): void {
  const observation = Object.assign(new Observation(), fields);
  observation.idBytes = encodeUtf8(id);
  observation.idEnd = observation.idBytes.length;
  store.record(fleet.apply(observation, clock.now()));
}

const beat = (id: string, value: number) =>
  apply(id, { signal: signalOf('heartbeats'), temporality: cumulative, value, timeMs: clock.now() });
const report = (id: string, state: string) =>
  apply(id, { signal: signalOf('reportedStatus'), value: 1, state });

async function acknowledge(what: string, id: string): Promise<void> {
  if (await store.flushed()) say(what, id);
}

say('ready');
for (let count = 0; ; count++) {
  const id = `${run}-${count}`;
  beat(id, 1);
  await acknowledge('seen', id);
  switch (count % 4) {
    case 0:
      report(id, 'stopped');
      await acknowledge('stopped', id);
      break;
    case 1:
      report(id, 'paused');
      await acknowledge('paused', id);
      break;
    case 2: {
      fleet.beginMaintenance(fleet.find(id), clock.now());
      const entry = { atEpochMs: Date.now(), who: 'test', action: 'pause', subject: id, detail: {} };
      if (await store.audit(entry)) say('maintained', id);
      break;
    }
    default:
      for (let other = 0; other < count; other++) beat(`${run}-${other}`, 2 + count);
  }
}
