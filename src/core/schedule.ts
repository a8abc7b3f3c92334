import { type AgentBlock, flag, none } from './block.ts';
import type { AgentDetail } from './detail.ts';
import { lateAtMs, offlineAtMs, offlineLimitMs, stalledAfterMs } from './lease.ts';
import type { FleetSettings } from './settings.ts';
import { isWorking, reportedIndex, reportedStateOf } from './status.ts';

/** What becomes true of an agent when nothing more is heard of it. */
export type DueEvent =
  | 'late'
  | 'offline'
  | 'never_beat'
  | 'stalled'
  | 'recovered'
  | 'unmuted'
  | 'forget'
  | 'nothing';

/** The next event and its moment. One object is reused: read it before asking again. */
export interface Due {
  event: DueEvent;
  atMs: number;
}

const due: Due = { event: 'nothing', atMs: Number.POSITIVE_INFINITY };

/**
 * Finds what becomes true next of an agent if nothing more is heard of it. A pure function of its row: the loops
 * around it only look at clocks.
 *
 * @param block - The agent's block.
 * @param row - Its row there.
 * @param detail - Its details, where it has any.
 * @param settings - How the fleet judges.
 * @param startedAtMs - When the fleet was restored, for those that are unknown since.
 * @returns The event and its moment; valid until the next call.
 */
export function nextDue(
  block: AgentBlock,
  row: number,
  detail: AgentDetail | undefined,
  settings: FleetSettings,
  startedAtMs: number,
): Readonly<Due> {
  due.event = 'nothing';
  due.atMs = Number.POSITIVE_INFINITY;
  const state = reportedStateOf(block, row);
  const stopped = block.reported[row] === reportedIndex.stopped;
  const exhaustion = detail?.exhaustion ?? null;

  if (block.has(row, flag.exhausted) && exhaustion !== null) consider('recovered', exhaustion.recoveryAtMs);
  if (block.has(row, flag.muted) && detail !== undefined) consider('unmuted', detail.mutedUntilMs);
  if (stopped) {
    consider('forget', block.statusSinceMs[row]! + settings.forgetStoppedAfterMs);
    return due;
  }
  if (block.has(row, flag.offline)) {
    // A declared agent is the configuration's: it is never forgotten.
    if (!block.has(row, flag.declared)) {
      consider('forget', block.statusSinceMs[row]! + settings.forgetAfterMs);
    }
    return due;
  }
  if (!block.has(row, flag.beats)) {
    if (block.has(row, flag.declared)) {
      consider('never_beat', block.createdAtMs[row]! + settings.failoverGraceMs);
    } else {
      consider('forget', block.lastSeenMs[row]! + settings.observedForgetAfterMs);
    }
    return due;
  }
  if (block.has(row, flag.unknown)) {
    consider('offline', graceEndMs(block, row, detail, settings, startedAtMs));
    return due;
  }
  if (state === 'paused' || block.has(row, flag.maintenance)) return due;
  if (!block.has(row, flag.late)) consider('late', lateAtMs(block, row, settings));
  consider('offline', offlineAtMs(block, row, settings));
  if (isWorking(state) && block.has(row, flag.advances) && !block.has(row, flag.stalled)) {
    consider('stalled', block.advancedAtMs[row]! + stalledAfterMs(block, row, settings));
  }
  return due;
}

/** When an unknown agent that stays unheard goes offline. */
export function graceEndMs(
  block: AgentBlock,
  row: number,
  detail: AgentDetail | undefined,
  settings: FleetSettings,
  startedAtMs: number,
): number {
  if (block.has(row, flag.unknownByGap)) {
    return Math.max((detail?.gapSinceMs ?? startedAtMs) + settings.gapHoldMs, block.leaseExpiryMs[row]!);
  }
  const grace = Math.max(settings.failoverGraceMs, offlineLimitMs(block, row, settings));
  return Math.max(startedAtMs + grace, block.leaseExpiryMs[row]!);
}

/** Whether the row holds an agent. */
export function isTaken(block: AgentBlock, row: number): boolean {
  return block.status[row] !== none;
}

/** The earlier event wins; of two at once, the one asked for first. */
function consider(event: DueEvent, atMs: number): void {
  if (atMs < due.atMs) {
    due.event = event;
    due.atMs = atMs;
  }
}
