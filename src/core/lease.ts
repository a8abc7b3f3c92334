import { type AgentBlock, flag, gapCount } from './block.ts';
import type { AgentDetail } from './detail.ts';
import type { Pipelines } from './pipelines.ts';
import type { FleetSettings } from './settings.ts';

/** On what terms leases are judged. */
export interface Terms {
  readonly settings: FleetSettings;
  /** When the fleet was restored: those unheard since then have a grace; `-Infinity` where it began empty. */
  readonly startedAtMs: number;
  readonly pipelines: Pick<Pipelines, 'deadlineOf'>;
}

const longestGapMs = 10 * 60_000;
const sorted = new Float64Array(gapCount);

/** Adds one gap between renewals and learns the median of the last 8, at most 10 minutes. */
export function learnInterval(block: AgentBlock, row: number, gapMs: number): void {
  const first = row * gapCount;
  block.gaps[first + block.gapHead[row]!] = Math.min(gapMs, longestGapMs);
  block.gapHead[row] = (block.gapHead[row]! + 1) % gapCount;
  let count = 0;
  // Insertion sort: eight numbers, no allocation.
  for (let at = first; at < first + gapCount; at++) {
    const gap = block.gaps[at]!;
    if (gap === 0) continue;
    let place = count++;
    while (place > 0 && sorted[place - 1]! > gap) {
      sorted[place] = sorted[place - 1]!;
      place--;
    }
    sorted[place] = gap;
  }
  const middle = count >> 1;
  block.learnedIntervalMs[row] =
    count % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** `max(promised, learned)` in milliseconds; 0 where neither is known. */
export function expectedIntervalMs(block: AgentBlock, row: number): number {
  return Math.max(block.promisedIntervalMs[row]!, block.learnedIntervalMs[row]!);
}

/** `max(lastSeen + max(late_after, 1.5 × expected), lease expiry)`. */
export function lateAtMs(block: AgentBlock, row: number, { settings }: Terms): number {
  const silence = Math.max(settings.lateAfterMs, 1.5 * expectedIntervalMs(block, row));
  return Math.max(block.lastSeenMs[row]! + silence, block.leaseExpiryMs[row]!);
}

/** `max(offline_after, missed_beats × expected)`; an override's `offline_after` stands for the general one. */
export function offlineLimitMs(block: AgentBlock, row: number, { settings }: Terms): number {
  const own = settings.overrides[block.override[row]! - 1]?.offlineAfterMs;
  return Math.max(own ?? settings.offlineAfterMs, settings.missedBeats * expectedIntervalMs(block, row));
}

/** `max(lastSeen + offline limit, lease expiry)`. */
export function leaseEndMs(block: AgentBlock, row: number, terms: Terms): number {
  return Math.max(block.lastSeenMs[row]! + offlineLimitMs(block, row, terms), block.leaseExpiryMs[row]!);
}

/**
 * The lease's end, later where the way in was absent; for an agent unheard since the start
 * `max(start + max(failover_grace, offline limit), lease expiry)`.
 */
export function offlineAtMs(block: AgentBlock, row: number, terms: Terms): number {
  const { pipelines, startedAtMs } = terms;
  const limitMs = offlineLimitMs(block, row, terms);
  return pipelines.deadlineOf(block.pipeline[row]!, ownOfflineAtMs(block, row, terms), limitMs, startedAtMs);
}

/** The same by the agent's own signs of life alone. */
export function ownOfflineAtMs(block: AgentBlock, row: number, terms: Terms): number {
  if (!isUnheard(block, row, terms)) return leaseEndMs(block, row, terms);
  const graceMs = Math.max(terms.settings.failoverGraceMs, offlineLimitMs(block, row, terms));
  return Math.max(terms.startedAtMs + graceMs, block.leaseExpiryMs[row]!);
}

/** The last sign of life: resuming begins a lease, and is none. */
export function heardAtMs(block: AgentBlock, row: number, detail: AgentDetail | undefined): number {
  const lastSeenMs = block.lastSeenMs[row]!;
  const afresh = detail?.afresh ?? null;
  return afresh !== null && afresh.atMs === lastSeenMs ? afresh.heardAtMs : lastSeenMs;
}

/** Whether the agent has been silent for longer than it may be. */
export function isSilent(block: AgentBlock, row: number): boolean {
  return block.has(row, flag.late | flag.offline | flag.unknown);
}

/** Whether nothing was heard of the agent since the fleet was restored. */
export function isUnheard(block: AgentBlock, row: number, { startedAtMs }: Terms): boolean {
  return block.lastSeenMs[row]! < startedAtMs;
}

/** Whole expected intervals since the last sign of life; 0 where no interval is known. */
export function missedHeartbeats(block: AgentBlock, row: number, nowMs: number): number {
  const expected = expectedIntervalMs(block, row);
  if (expected === 0) return 0;
  return Math.max(0, Math.floor((nowMs - block.lastSeenMs[row]!) / expected));
}

/** How long an agent may work without advancing. */
export function stalledAfterMs(block: AgentBlock, row: number, { settings }: Terms): number {
  return settings.overrides[block.override[row]! - 1]?.stalledAfterMs ?? settings.stalledAfterMs;
}

/** The index of the first override that matches, plus 1; 0 where none does. */
export function matchOverride(settings: FleetSettings, id: string, session: string, type: string): number {
  const matches = (pattern: string | undefined, value: string): boolean =>
    pattern === undefined || (pattern.includes('*') ? matchesGlob(pattern, value) : pattern === value);
  return (
    settings.overrides.findIndex(
      (override) =>
        matches(override.id, id) && matches(override.session, session) && matches(override.type, type),
    ) + 1
  );
}

/** `*` matches any run of characters. No backtracking beyond the last star, so no pattern is slow. */
function matchesGlob(pattern: string, value: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  if (!value.startsWith(first)) return false;
  const last = rest.pop() ?? '';
  let at = first.length;
  for (const part of rest) {
    const found = value.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return value.length - last.length >= at && value.endsWith(last);
}
