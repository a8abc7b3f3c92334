import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AgentView, cumulative, delta, Fleet, imageVersion } from '../../../src/core/index.ts';
import { createLog } from '../../../src/processor/log.ts';
import { putImages } from '../../../src/processor/store/database/image-table.ts';
import { StoreDatabase } from '../../../src/processor/store/database/store-database.ts';
import { restoreFleet } from '../../../src/processor/store/restore.ts';
import type { StoreThread } from '../../../src/processor/store/store-thread.ts';
import { epochMs, type Fields, observation } from '../../support/observe.ts';
import { newFile } from './support.ts';

const agentsPerImage = 128;
const limits = {
  transitionsKeptMs: 1e15,
  auditKeptMs: 1e15,
  minutesKeptMs: 1e15,
  hoursKeptMs: 1e15,
  maxBytes: 2 ** 40,
};
const clockAt = (nowMs: number) => ({ now: () => nowMs, toEpochMs: (atMs: number) => atMs });

/** A database in this thread, asked as if it were in its own. */
function databaseAt(path: string, run = 'one') {
  const database = new StoreDatabase({ path, run, imageVersion, limits });
  const call = (method: string, ...args: unknown[]) => {
    try {
      const answer = (database as unknown as Record<string, (...args: unknown[]) => unknown>)[method]!(
        ...args,
      );
      return Promise.resolve(structuredClone(answer));
    } catch (error) {
      return Promise.reject(error as Error);
    }
  };
  return { database, thread: { call: call as StoreThread['call'] } };
}

/** Writes all that has changed in a fleet, as of then. */
function save(database: StoreDatabase, fleet: Fleet, nowMs: number, number = 1): void {
  const images = [];
  for (let image = fleet.takeImage(); image !== undefined; image = fleet.takeImage()) {
    images.push({ image, takenAtMs: nowMs });
  }
  const mark = {
    observedUntilMs: nowMs,
    observedUntilEpochMs: Math.round(nowMs),
    bootId: 'a boot',
    uptimeMs: nowMs,
  };
  database.write({ number, transitions: [], audit: [], images, mark }, Math.round(nowMs));
}

async function restored(path: string, nowMs: number) {
  const { database, thread } = databaseAt(path, 'two');
  const lines: string[] = [];
  const log = createLog({ write: (line) => lines.push(line), now: () => nowMs, format: 'json' });
  const found = database.open(Math.round(nowMs));
  const result = await restoreFleet({
    thread,
    found,
    createFleet: () => new Fleet(),
    clock: clockAt(nowMs),
    machine: { bootId: 'a boot', uptimeMs: nowMs },
    log,
  });
  database.close();
  const errors = lines
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter(({ level }) => level === 'error')
    .map(({ message, block, why }) => ({ message, block, why }));
  return { ...result, errors };
}

const left = 'a part of the fleet is not restored: its agents come back when they are heard';

/** What an agent that was live can't show until it is heard. */
const toldAnew: readonly (keyof AgentView)[] = ['status', 'statusSinceMs', 'conditions', 'health'];

function without(view: AgentView, keys: readonly (keyof AgentView)[]): Partial<AgentView> {
  return Object.fromEntries(Object.entries(view).filter(([key]) => !keys.includes(key as keyof AgentView)));
}

function views(fleet: Fleet, nowMs: number): Map<string, AgentView> {
  const all = new Map<string, AgentView>();
  for (let slot = 0; slot < fleet.slotLimit; slot++) {
    if (fleet.isKnown(slot)) all.set(fleet.idOf(slot), fleet.view(slot, nowMs));
  }
  return all;
}

/** A fleet of so many images; the agents of image 1 are `agent-128` … */
function fleetOf(images: number, nowMs: number): Fleet {
  const fleet = new Fleet();
  for (let agent = 0; agent < images * agentsPerImage; agent++) {
    fleet.apply(observation(`agent-${agent}`, { signal: 'heartbeats', temporality: delta, value: 1 }), nowMs);
  }
  return fleet;
}

/** Anything an agent may say. */
const said: fc.Arbitrary<Fields> = fc.oneof(
  fc.record({
    signal: fc.constant('heartbeats' as const),
    temporality: fc.constant(cumulative),
    value: fc.nat(500),
  }),
  fc.record({
    signal: fc.constant('reportedStatus' as const),
    value: fc.constant(1),
    state: fc.constantFrom('idle', 'busy', 'on_call', 'waiting', 'paused', 'error', 'exhausted', 'stopped'),
  }),
  fc.record({ signal: fc.constant('heartbeatInterval' as const), value: fc.constantFrom(5, 10, 600) }),
  fc.record({
    signal: fc.constant('progress' as const),
    temporality: fc.constant(cumulative),
    value: fc.nat(9),
  }),
  fc.record({
    signal: fc.constant('operationDuration' as const),
    temporality: fc.constant(cumulative),
    operation: fc.constantFrom('answer', 'søk'),
    errorType: fc.constantFrom('', 'timeout'),
    count: fc.nat(50),
    value: fc.nat(50),
  }),
  fc.record({
    signal: fc.constant('operationActive' as const),
    operation: fc.constantFrom('answer', 'søk'),
    value: fc.nat(2),
  }),
  fc.record({
    signal: fc.constant('confidence' as const),
    value: fc.double({ min: 0, max: 1, noNaN: true }),
  }),
  fc.record({ signal: fc.constant('queueDepth' as const), value: fc.nat(300) }),
  fc.record({
    signal: fc.constant('exhaustedRecoveryTime' as const),
    value: fc.integer({ min: epochMs / 1000, max: epochMs / 1000 + 90_000 }),
    exhaustedReason: fc.constantFrom('rate_limit', 'billing'),
    exhaustedScope: fc.constantFrom('', 'provider-ä'),
  }),
  fc.record({
    signal: fc.constant('info' as const),
    value: fc.constant(1),
    info: fc.record({
      name: fc.option(fc.string()),
      description: fc.option(fc.string({ unit: 'binary' })),
      version: fc.constant('1.0'),
      kind: fc.constant('agent'),
      peers: fc.array(fc.string(), { maxLength: 3 }),
      payloadClass: fc.constant(null),
      location: fc.constant('pod'),
      sessionName: fc.constant(null),
      processId: fc.option(fc.nat(99_999)),
      hostId: fc.option(fc.string()),
    }),
  }),
);

describe('a restored fleet', () => {
  it('shows of thousands of agents at rest what it showed before', async () => {
    const path = newFile();
    const { database } = databaseAt(path);
    database.open(0);
    const fleet = new Fleet();
    const words = fc.sample(said, { numRuns: 12_000, seed: 7 });
    let nowMs = 1_000_000;
    words.forEach((fields, index) => {
      nowMs += 17;
      const agent = (index * 7919) % 3_000;
      const place = {
        session: `session-${agent % 90}`,
        type: `type-${agent % 5}`,
        pipeline: `pipe-${agent % 7}`,
      };
      const timeMs = epochMs + nowMs;
      const word = observation(`agent-${agent}-é`, { ...place, timeMs, startTimeMs: epochMs, ...fields });
      fleet.apply(word, nowMs);
      if (index % 50 === 0) fleet.tick(nowMs);
    });
    for (let slot = 0; slot < fleet.slotLimit; slot += 3) fleet.beginMaintenance(slot, nowMs);
    for (let slot = 0; slot < fleet.slotLimit; slot += 5) fleet.mute(slot, slot % 2 ? nowMs + 1e6 : Infinity);
    for (let slot = 0; slot < fleet.slotLimit; slot += 11) fleet.forget(slot, nowMs);
    save(database, fleet, nowMs);
    database.close();

    const before = views(fleet, nowMs);
    const { fleet: after, errors } = await restored(path, nowMs);
    expect(errors).toEqual([]);
    expect(after.size).toBe(fleet.size);
    expect(after.size).toBeGreaterThan(2_000);
    const counts = { live: 0, atRest: 0 };
    for (const [id, view] of views(after, nowMs)) {
      const known = before.get(id)!;
      const isLive = view.status === 'unknown' && known.status !== 'unknown';
      counts[isLive ? 'live' : 'atRest']++;
      // The grace of a restart; and of those that were live, that nobody has heard them since.
      const news: (keyof AgentView)[] = isLive ? [...toldAnew, 'offlineAtMs'] : ['offlineAtMs'];
      expect(without(view, news), id).toEqual(without(known, news));
    }
    expect(counts.live).toBeGreaterThan(300);
    expect(counts.atRest).toBeGreaterThan(1_000);
    for (const status of ['paused', 'stopped', 'exhausted'] as const) {
      expect(after.countIn(status), status).toBe(fleet.countIn(status));
    }
  });

  it('knows what agents call as it did, after a second restart too', async () => {
    const path = newFile();
    const { database } = databaseAt(path);
    database.open(0);
    const fleet = new Fleet();
    const request = (target: Fleet, integration: string, nowMs: number, errorType = '') => {
      const what = {
        signal: 'integrationRequestDuration',
        temporality: delta,
        count: 3,
        value: 1.5,
      } as const;
      target.apply(observation(`agent-${integration}`, { ...what, integration, errorType }), nowMs);
    };
    for (let name = 0; name < 200; name++)
      request(fleet, `api-${name}`, 1_000 + name, name % 7 ? '' : 'timeout');
    fleet.sampleIntegrations(60_000);
    save(database, fleet, 61_000);
    request(fleet, 'api-150', 62_000, 'timeout');
    save(database, fleet, 63_000, 2);
    database.close();

    const expected = fleet.integrations(64_000);
    expect(expected.filter(({ status }) => status === 'error').length).toBe(30);
    const { fleet: after, errors } = await restored(path, 64_000);
    expect(errors).toEqual([]);
    expect(after.integrations(64_000)).toEqual(expected);

    // They stand in other rows now; and nobody has called some of them for long, but for one.
    const { database: second } = databaseAt(path, 'three');
    second.open(64_000);
    save(second, after, 64_000);
    const muchLaterMs = 8 * 86_400_000;
    request(after, 'api-3', muchLaterMs);
    after.sampleIntegrations(muchLaterMs);
    save(second, after, muchLaterMs, 2);
    second.close();
    const { fleet: last } = await restored(path, muchLaterMs);
    expect(last.integrationNames()).toEqual(['api-3']);
  });

  it('lacks the agents whose image is damaged, and says so', async () => {
    const path = newFile();
    const { database } = databaseAt(path);
    database.open(0);
    save(database, fleetOf(3, 1_000), 2_000);
    database.close();
    const db = new DatabaseSync(path);
    const { content } = db.prepare('SELECT content FROM fleet_block WHERE block = 1').get() as {
      content: Uint8Array;
    };
    content[Math.floor(content.length / 2)]! ^= 0x40;
    db.prepare('UPDATE fleet_block SET content = ? WHERE block = 1').run(content);
    db.exec('UPDATE fleet_block SET taken_at = taken_at + 1 WHERE block = 2');
    db.close();

    const { fleet, errors, damagedImages } = await restored(path, 3_000);
    const why = 'its checksum must match what it holds';
    expect(errors.sort((one, other) => Number(one.block) - Number(other.block))).toEqual([
      { message: left, block: 1, why },
      { message: left, block: 2, why },
    ]);
    expect([fleet.size, damagedImages]).toEqual([agentsPerImage, 2]);
    expect(fleet.find('agent-5')).toBeGreaterThanOrEqual(0);
    // Its place is free again, and what was damaged is still there for whoever looks.
    fleet.apply(observation('agent-130'), 4_000);
    expect(fleet.size).toBe(agentsPerImage + 1);
    const after = new DatabaseSync(path);
    expect(after.prepare('SELECT block, why FROM fleet_block_set_aside ORDER BY block').all()).toEqual([
      { block: 1, why },
      { block: 2, why },
    ]);
    after.close();
  });

  it('lacks images of another version, which are set aside', async () => {
    const path = newFile();
    const { database } = databaseAt(path);
    database.open(0);
    const fleet = fleetOf(2, 1_000);
    const old = { image: fleet.takeImage()!, takenAtMs: 1_000 };
    save(database, fleet, 2_000);
    database.close();
    const db = new DatabaseSync(path);
    putImages(db, [old], imageVersion + 1);
    db.close();
    const { errors, fleet: after } = await restored(path, 3_000);
    const why = `it must be of version ${imageVersion}: current value is ${imageVersion + 1}`;
    expect(errors).toEqual([{ message: left, block: 0, why }]);
    expect(after.size).toBe(agentsPerImage);
  });

  it('is begun anew without an image that the fleet refuses half way', async () => {
    const path = newFile();
    const { database } = databaseAt(path);
    database.open(0);
    const fleet = fleetOf(2, 1_000);
    const image = fleet.takeImage()!;
    const texts = { ...(JSON.parse(image.texts) as object), details: [[3, null]] };
    const broken = { ...image, texts: JSON.stringify(texts) };
    const mark = { observedUntilMs: 2_000, observedUntilEpochMs: 2_000, bootId: null, uptimeMs: null };
    const images = [{ image: broken, takenAtMs: 2_000 }];
    database.write({ number: 1, transitions: [], audit: [], images, mark }, 2_000);
    save(database, fleet, 1_500, 2);
    database.close();
    const { errors, fleet: after } = await restored(path, 3_000);
    expect(errors).toEqual([{ message: left, block: 0, why: expect.any(String) as string }]);
    expect(after.size).toBe(agentsPerImage);
    expect(after.find('agent-3')).toBe(-1);
    expect(after.find('agent-130')).toBeGreaterThanOrEqual(0);
  });

  it('has an agent once that stands in two images of different times, as the newer one shows it', async () => {
    const path = newFile();
    const { database } = databaseAt(path);
    database.open(0);
    const fleet = fleetOf(2, 1_000);
    // Free places in image 0 are found before those of image 1: forgotten in 1, it comes back in 0.
    const slot = fleet.find('agent-200');
    save(database, fleet, 2_000);
    fleet.forget(slot, 2_500);
    fleet.forget(fleet.find('agent-7'), 2_500);
    const again: Fields = { signal: 'heartbeats', temporality: cumulative, value: 99, timeMs: epochMs };
    fleet.apply(observation('agent-200', again), 2_600);
    expect(fleet.find('agent-200')).toBeLessThan(agentsPerImage);
    const image = fleet.takeImage()!;
    expect(image.index).toBe(0);
    const mark = { observedUntilMs: 2_700, observedUntilEpochMs: 2_700, bootId: null, uptimeMs: null };
    const images = [{ image, takenAtMs: 2_700 }];
    // Then the process is killed: image 1 still holds it too.
    database.write({ number: 2, transitions: [], audit: [], images, mark }, 2_700);
    database.close();

    const { fleet: after, errors } = await restored(path, 3_000);
    expect(errors).toEqual([]);
    expect(after.size).toBe(2 * agentsPerImage - 1);
    const all = views(after, 3_000);
    expect(all.size).toBe(after.size);
    expect(all.get('agent-200')).toMatchObject({ heartbeats: 99 });
    expect(after.statusOf(after.find('agent-200'))).toBe('unknown');
    const ids = [...all.keys()].filter((id) => !/^agent-\d+$/.test(id));
    expect(ids).toEqual([]);
  });
});
