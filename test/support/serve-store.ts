import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Transition } from '../../src/core/index.ts';
import { createLog } from '../../src/processor/log.ts';
import { type AuditEntry, StoreService } from '../../src/processor/store/index.ts';
import { temporaryFolder } from './folder.ts';
import { epochMs, type Scenario } from './observe.ts';
import { type ServedFleet, serveFleet } from './serve-fleet.ts';

/** A fleet on the network whose transitions and audit log are kept in a database. */
export interface StoredFleet extends ServedFleet {
  readonly store: StoreService;
  /** Transitions that a request caused. */
  readonly caused: readonly Transition[];
  /** All that operators did, the oldest first. */
  auditLog(): Promise<readonly AuditEntry[]>;
}

/**
 * Serves a scenario's fleet as {@link serveFleet} does, with a store on the disk behind it as the processor has it.
 *
 * @param scenario - Its moments are shown as if its time line began at {@link epochMs}.
 */
export async function serveStoredFleet(
  scenario: Scenario,
  options: Parameters<typeof serveFleet>[1] = {},
): Promise<StoredFleet> {
  const clock = { now: () => scenario.nowMs, toEpochMs: (atMs: number) => epochMs + atMs };
  const log = createLog({ write: () => {}, now: () => epochMs });
  const path = join(temporaryFolder(), 'store.db');
  const store = new StoreService({ path, snapshotIntervalMs: 1_000, maxSizeBytes: 2 ** 30, clock, log });
  await store.start(() => scenario.fleet);
  onTestFinished(() => store.stop());
  const caused: Transition[] = [];
  const served = await serveFleet(scenario, {
    transitions: (query) => store.transitions(query),
    onTransitions: (transitions) => {
      caused.push(...transitions);
      store.record(transitions);
    },
    audit: (deed) => store.audit({ ...deed, atEpochMs: clock.toEpochMs(clock.now()) }),
    ...options,
  });
  const auditLog = async () => [...(await store.auditLog({ limit: 1_000 })).items].reverse();
  return { ...served, store, caused, auditLog };
}
