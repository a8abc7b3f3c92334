import { type AgentBlock, flag } from './block.ts';
import type { AgentDetail } from './detail.ts';
import {
  isUnheard,
  lateAtMs,
  offlineAtMs,
  offlineLimitMs,
  ownOfflineAtMs,
  stalledAfterMs,
  type Terms,
} from './lease.ts';
import type { Pipelines } from './pipelines.ts';
import { isWorking, reportedStateOf } from './status.ts';

/** What becomes true of an agent when nothing more is heard of it. */
export type DueEvent =
  | 'late'
  | 'offline'
  | 'never_beat'
  | 'stalled'
  | 'recovered'
  | 'unmuted'
  | 'calmed'
  | 'agreed'
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
 * @param terms - How the fleet judges.
 * @param pipelines - Knows when a silence began.
 * @returns The event and its moment; valid until the next call.
 */
export function nextDue(
  block: AgentBlock,
  row: number,
  detail: AgentDetail | undefined,
  terms: Terms,
  pipelines: Pipelines,
): Readonly<Due> {
  due.event = 'nothing';
  due.atMs = Number.POSITIVE_INFINITY;
  const { settings } = terms;
  const state = reportedStateOf(block, row);
  // A declared agent is the configuration's.
  const isForgettable = !block.has(row, flag.declared);
  const rests = state === 'paused' || block.has(row, flag.maintenance);
  if (detail !== undefined) considerDetail(block, row, detail, terms);
  if (state === 'stopped') {
    if (isForgettable) consider('forget', block.statusSinceMs[row]! + settings.forgetStoppedAfterMs);
  } else if (block.has(row, flag.offline)) {
    if (isForgettable) consider('forget', block.statusSinceMs[row]! + settings.forgetAfterMs);
  } else if (!block.has(row, flag.beats)) {
    if (isForgettable) consider('forget', block.lastSeenMs[row]! + settings.observedForgetAfterMs);
    else if (!rests) {
      const expectedSince = Math.max(detail?.declaredAtMs ?? 0, terms.startedAtMs);
      consider('never_beat', expectedSince + settings.failoverGraceMs);
    }
  } else if (rests) {
    return due;
  } else if (block.has(row, flag.unknownByGap)) {
    const heldUntil = pipelines.sinceMs(block.gapEpisode[row]! - 1) + settings.gapHoldMs;
    // The hold takes nothing from a longer lease of the agent's own.
    consider('offline', Math.max(heldUntil, ownOfflineAtMs(block, row, terms)));
  } else {
    if (!block.has(row, flag.late) && !isUnheard(block, row, terms))
      consider('late', lateAtMs(block, row, terms));
    consider('offline', offlineAtMs(block, row, terms));
    if (isWorking(state) && block.has(row, flag.advances) && !block.has(row, flag.stalled | flag.unknown)) {
      consider('stalled', block.advancedAtMs[row]! + stalledAfterMs(block, row, terms));
    }
  }
  return due;
}

/** What an agent's details make due whatever its status. */
function considerDetail(block: AgentBlock, row: number, detail: AgentDetail, terms: Terms): void {
  if (block.has(row, flag.exhausted) && detail.exhaustion !== null) {
    consider('recovered', detail.exhaustion.recoveryAtMs);
  }
  if (block.has(row, flag.muted)) consider('unmuted', detail.mutedUntilMs);
  if (block.has(row, flag.flapping))
    consider('calmed', detail.flips.at(-1)! + terms.settings.flapWindowMs / 2);
  if (block.has(row, flag.conflict) && detail.claim !== null) {
    const silentSince = Math.min(detail.claim.arrivedAtMs, detail.ownArrivedAtMs);
    consider('agreed', silentSince + offlineLimitMs(block, row, terms));
  }
}

/** The earlier event wins; of two at once, the one asked for first. */
function consider(event: DueEvent, atMs: number): void {
  if (atMs < due.atMs) {
    due.event = event;
    due.atMs = atMs;
  }
}
