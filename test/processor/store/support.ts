import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { Fleet } from '../../../src/core/index.ts';
import type { Clock } from '../../../src/processor/clock.ts';
import { createLog } from '../../../src/processor/log.ts';
import { type StoreOptions, StoreService } from '../../../src/processor/store/index.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { epochMs, observation } from '../../support/observe.ts';

/** The wall clock of this process, with a line that a test may begin elsewhere. */
export function clockAt(offsetMs = 0): Clock {
  const now = () => performance.timeOrigin + performance.now() + offsetMs;
  return { now, toEpochMs: (atMs) => atMs };
}

/** A database file that isn't there yet, in a folder that isn't either. */
export const newFile = () => join(temporaryFolder(), 'data', 'agent-vitals.db');

/** A processor's worth of store: the service, its fleet and what it logged. It is stopped at the end of the test. */
export async function begin(path: string, options: Partial<StoreOptions> = {}) {
  const lines: string[] = [];
  const log = createLog({ write: (line) => lines.push(line), now: () => epochMs, format: 'json' });
  const service = new StoreService({
    path,
    snapshotIntervalMs: 100,
    maxSizeBytes: 2 ** 30,
    clock: clockAt(),
    log,
    ...options,
  });
  onTestFinished(() => service.stop());
  const { fleet, clock } = await service.start(() => new Fleet());
  const logged = (level: string) =>
    lines.map((line) => JSON.parse(line) as Record<string, unknown>).filter((line) => line.level === level);
  const beat = (id: string, value: number) => {
    const nowMs = clock.now();
    const beats = observation(id, { signal: 'heartbeats', temporality: 2, value, timeMs: nowMs });
    service.record(fleet.apply(beats, nowMs));
  };
  const report = (id: string, state: string) =>
    service.record(fleet.apply(observation(id, { signal: 'reportedStatus', value: 1, state }), clock.now()));
  /** Requests to something outside that took a second each. */
  const request = (id: string, integration: string, count: number, errorType = '') => {
    const requests = { signal: 'integrationRequestDuration', integration, errorType, count } as const;
    service.record(fleet.apply(observation(id, { ...requests, temporality: 1, value: count }), clock.now()));
  };
  return { service, fleet, clock, logged, beat, report, request };
}

/** The status of every agent, by id. */
export function statuses(fleet: Fleet): Record<string, string> {
  const all: Record<string, string> = {};
  for (let slot = 0; slot < fleet.slotLimit; slot++) {
    if (fleet.isKnown(slot)) all[fleet.idOf(slot)] = fleet.statusOf(slot);
  }
  return all;
}
