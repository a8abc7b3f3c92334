import { createHash } from 'node:crypto';
import type { Alert } from '../../../core/index.ts';
import { isAcknowledged } from '../acknowledged.ts';
import type { Group } from './groups.ts';

/** What is to be told of a group. */
export interface Composed {
  /** In detail, what has changed first; the others only count. */
  readonly alerts: readonly Alert[];
  /** How many there would be more. */
  readonly truncated: number;
  /** Ids of alerts that the receiver takes to be firing from now on, and of those that it doesn't any more. */
  readonly told: readonly string[];
  readonly forgotten: readonly string[];
  /** Of the same change in the same group it is the same, even where it is composed anew after a crash. */
  readonly key: string;
}

export interface ComposeOptions {
  readonly nowMs: number;
  readonly repeatIntervalMs: number;
  /** So many alerts are told in detail. */
  readonly maxAlerts: number;
  readonly isInhibited: (alert: Alert) => boolean;
}

/** So many alerts are looked at in one go: a storm doesn't hold up the event loop. */
const alertsPerSlice = 200;

/**
 * Finds out what is to be told of a group, in slices, and takes it as told. Inhibited and acknowledged alerts are left
 * out; what the receiver takes to be firing is told as resolved all the same.
 *
 * @param group - One that is due; alerts of it may change between two slices.
 * @returns Undefined where there is nothing to tell. Each `next()` does one slice.
 */
export function* compose(group: Group, options: ComposeOptions): Generator<void, Composed | undefined> {
  const { nowMs, repeatIntervalMs, maxAlerts } = options;
  const mayTell = (alert: Alert) => !isAcknowledged(alert, nowMs) && !options.isInhibited(alert);
  const isRepeat = group.wasRefused || nowMs >= group.notifiedAtMs + repeatIntervalMs;
  const digest = new ChangeDigest(group.key);
  const alerts: Alert[] = [];
  const listed = new Set<string>();
  const told: string[] = [];
  const forgotten: string[] = [];
  let truncated = 0;
  let looked = 0;
  const list = (alert: Alert) => {
    if (alerts.length >= maxAlerts) {
      truncated++;
      return;
    }
    alerts.push(alert);
    listed.add(alert.id);
  };

  for (const [id, alert] of group.untold) {
    if (++looked % alertsPerSlice === 0) yield;
    if (!mayTell(alert)) continue;
    group.untold.delete(id);
    group.told.add(id);
    told.push(id);
    digest.add(id, alert.firedAtMs ?? alert.activeAtMs);
    list(alert);
  }
  for (const [id, alert] of group.over) {
    if (++looked % alertsPerSlice === 0) yield;
    group.over.delete(id);
    group.told.delete(id);
    forgotten.push(id);
    digest.add(id, -(alert.resolvedAtMs ?? nowMs));
    list(alert);
  }
  const hasChanged = told.length > 0 || forgotten.length > 0;
  if (!hasChanged && !isRepeat) return undefined;
  const newlyTold = new Set(told);
  let repeated = 0;
  for (const [id, alert] of group.firing) {
    if (++looked % alertsPerSlice === 0) yield;
    if (newlyTold.has(id) || listed.has(id) || !group.told.has(id) || !mayTell(alert)) continue;
    repeated++;
    list(alert);
  }
  if (!hasChanged && repeated === 0) return undefined;
  if (!hasChanged) digest.add('repeated', group.notifiedAtMs);
  return { alerts, truncated, told, forgotten, key: digest.text };
}

/** A digest of what changed, whatever the order in which it is found. */
class ChangeDigest {
  readonly #sum = Buffer.alloc(16);
  readonly #group: string;

  constructor(group: string) {
    this.#group = group;
  }

  add(id: string, atMs: number): void {
    const one = createHash('sha256').update(`${id} ${atMs}`).digest();
    for (let index = 0; index < this.#sum.length; index++) this.#sum[index]! ^= one[index]!;
  }

  get text(): string {
    return createHash('sha256').update(this.#group).update(this.#sum).digest('hex').slice(0, 32);
  }
}
