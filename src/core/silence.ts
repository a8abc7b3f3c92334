import { type AgentBlock, blockShift, blockSize, flag, rowMask } from './block.ts';
import { settleClaims } from './claims.ts';
import { recover } from './exhaustion.ts';
import { offlineLimitMs } from './lease.ts';
import type { Ledger } from './ledger.ts';
import { nextDue } from './schedule.ts';
import type { TransitionReason } from './transition.ts';

/** To look at so many agents takes as long as to excuse one. */
const looksPerExcuse = 64;

/**
 * Lets everything become true of an agent that is due by now, each at its own moment.
 *
 * @returns False where the agent is to be forgotten: nothing else may be done with it.
 */
export function passTime(ledger: Ledger, slot: number, nowMs: number): boolean {
  const block = ledger.registry.blockOf(slot);
  const row = slot & rowMask;
  for (;;) {
    const { event, atMs } = nextDue(block, row, ledger.registry.detail(slot), ledger, ledger.pipelines);
    const excusedAtMs = excusedSinceMs(ledger, block, row);
    if (excusedAtMs <= Math.min(atMs, nowMs)) {
      becomeUnknown(ledger, slot, excusedAtMs, ledger.pipelines.episodeOf(block.pipeline[row]!));
      continue;
    }
    if (!(atMs <= nowMs)) {
      ledger.setDeadline(slot, atMs);
      return true;
    }
    switch (event) {
      case 'late':
        becomeLate(ledger, slot, atMs);
        break;
      case 'offline':
        endLease(ledger, slot, atMs);
        break;
      case 'never_beat':
        block.set(row, flag.neverBeat);
        goOffline(ledger, slot, atMs, 'never_beat');
        break;
      case 'stalled':
        block.set(row, flag.stalled);
        ledger.settle(slot, atMs, 'no_progress');
        break;
      case 'recovered':
        recover(ledger, slot, atMs);
        break;
      case 'unmuted':
        block.clear(row, flag.muted);
        break;
      case 'calmed':
        block.clear(row, flag.flapping);
        break;
      case 'agreed':
        settleClaims(ledger, slot);
        break;
      default:
        return false;
    }
  }
}

/** Late; under a silence of its whole way in it is unknown at once. */
function becomeLate(ledger: Ledger, slot: number, atMs: number): void {
  const block = ledger.registry.blockOf(slot);
  const row = slot & rowMask;
  ledger.mark(slot, flag.late, 'late');
  ledger.tally(slot);
  const episode = ledger.pipelines.episodeOf(block.pipeline[row]!);
  if (episode !== 0) becomeUnknown(ledger, slot, atMs, episode);
}

/** The lease is out: the agent is dead, or its way in is blind. */
function endLease(ledger: Ledger, slot: number, atMs: number): void {
  const block = ledger.registry.blockOf(slot);
  const row = slot & rowMask;
  if (!block.has(row, flag.unknownByGap)) {
    const pipeline = block.pipeline[row]!;
    const sinceMs = ledger.pipelines.silentSince(pipeline, atMs, offlineLimitMs(block, row, ledger));
    // A lease that outlasts the hold gets none: the silence is older than what may be excused.
    if (!Number.isNaN(sinceMs) && sinceMs + ledger.settings.gapHoldMs > atMs) {
      const { episode, isNew } = ledger.pipelines.begin(pipeline, sinceMs, atMs);
      if (episode !== 0) {
        becomeUnknown(ledger, slot, atMs, episode);
        if (isNew) Object.assign(ledger.walk, { blocksLeft: ledger.registry.blocks.length, hasBegun: false });
        return;
      }
    }
  }
  goOffline(ledger, slot, atMs, 'lease_expired');
}

/**
 * Every other late agent behind a way in that fell silent becomes unknown as well, dated when the silence was noticed:
 * one walk through the fleet for all of them, in pieces. Where somebody has delivered meanwhile, the others are judged
 * as they are.
 *
 * @param atMost - So many agents, and looks at so many times {@link looksPerExcuse}; the others follow with the next
 *   call.
 */
export function excuseOthers(ledger: Ledger, atMost: number): void {
  const { pipelines, registry, walk } = ledger;
  walk.hasBegun = true;
  let left = atMost;
  let looks = atMost * looksPerExcuse;
  for (; walk.blocksLeft > 0 && looks > 0; walk.blocksLeft--, looks -= blockSize) {
    walk.nextBlock %= registry.blocks.length;
    const block = registry.blocks[walk.nextBlock]!;
    for (let row = 0; row < blockSize; row++) {
      const excusedAtMs = excusedSinceMs(ledger, block, row);
      if (excusedAtMs === Number.POSITIVE_INFINITY) continue;
      if (left-- <= 0) return;
      const slot = (walk.nextBlock << blockShift) | row;
      becomeUnknown(ledger, slot, excusedAtMs, pipelines.episodeOf(block.pipeline[row]!));
      ledger.reschedule(slot);
    }
    walk.nextBlock++;
  }
}

/**
 * Since when an agent is to be excused that the walk has not come by yet; infinite where it isn't. Whoever is late
 * behind a silent way in was so when the silence was noticed, or it would have become unknown at once.
 */
function excusedSinceMs(ledger: Ledger, block: AgentBlock, row: number): number {
  if (!block.has(row, flag.late) || block.has(row, flag.offline | flag.unknown))
    return Number.POSITIVE_INFINITY;
  return ledger.pipelines.noticedAtMs(block.pipeline[row]!);
}

function becomeUnknown(ledger: Ledger, slot: number, atMs: number, episode: number): void {
  const block = ledger.registry.blockOf(slot);
  const row = slot & rowMask;
  ledger.mark(slot, flag.late, 'late');
  block.set(row, flag.unknown | flag.unknownByGap);
  block.clear(row, flag.stalled);
  block.gapEpisode[row] = episode + 1;
  ledger.pipelines.countUnknown(episode, 1);
  ledger.settle(slot, atMs, 'telemetry_gap');
}

function goOffline(ledger: Ledger, slot: number, atMs: number, reason: TransitionReason): void {
  const block = ledger.registry.blockOf(slot);
  const row = slot & rowMask;
  ledger.leaveGap(slot);
  block.clear(row, flag.unknown | flag.late | flag.stalled);
  block.set(row, flag.offline);
  ledger.settle(slot, atMs, reason);
}
