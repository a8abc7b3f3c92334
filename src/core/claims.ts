import { flag, rowMask } from './block.ts';
import type { Claim } from './detail.ts';
import { isSilent } from './lease.ts';
import type { Ledger } from './ledger.ts';
import type { Observation } from './observation.ts';
import { forgetSkew } from './skew.ts';

/** How evenly arrivals must follow point times for a point to be fresh: a queue that empties is much faster. */
const paceTolerance = 0.5;

/** What a point of an earlier start time is. */
export type ClaimReading =
  /** Old news of a process that is gone. */
  | 'old'
  /** A living process that claims the id as well. */
  | 'conflict'
  /** A living process whose clock is behind, and the only one there is: the agent moved. */
  | 'moved';

/**
 * Judges a heartbeat point of an earlier start time than the one known. Made later than the newer process' last
 * point, it shows that two processes claim one id. Made earlier, it is old news, unless it keeps coming at its own
 * pace while the process known is late: then the agent has moved to a host whose clock is behind.
 *
 * @param ledger - The books.
 * @param slot - The agent.
 * @param observation - The point.
 * @param isSilentr - Whether it was made after the last point known.
 * @param nowMs - Its arrival.
 * @returns What it is.
 */
export function readClaim(
  ledger: Ledger,
  slot: number,
  observation: Observation,
  isSilentr: boolean,
  nowMs: number,
): ClaimReading {
  const detail = ledger.registry.ensureDetail(slot);
  const block = ledger.registry.blockOf(slot);
  const row = slot & rowMask;
  const former = detail.claim;
  const isSame = former !== null && former.startMs === observation.startTimeMs;
  if (isSame && observation.value <= former.heartbeats) return 'old';
  const paced = isSame && keepsPace(former, observation, nowMs);
  detail.claim = {
    heartbeats: observation.value,
    startMs: observation.startTimeMs,
    pointMs: observation.timeMs,
    arrivedAtMs: nowMs,
  };
  if (isSilentr) {
    if (!block.has(row, flag.conflict)) {
      ledger.mark(slot, flag.conflict, 'conflict');
      detail.ownArrivedAtMs = nowMs;
    }
    ledger.reschedule(slot);
    return 'conflict';
  }
  return paced && isSilent(block, row) ? 'moved' : 'old';
}

/** One of two claimants has been silent for the offline limit: the other one is the agent. */
export function settleClaims(ledger: Ledger, slot: number): void {
  const block = ledger.registry.blockOf(slot);
  const row = slot & rowMask;
  const detail = ledger.registry.ensureDetail(slot);
  block.clear(row, flag.conflict);
  if (detail.claim !== null && detail.claim.arrivedAtMs > detail.ownArrivedAtMs) {
    adopt(ledger, slot, detail.claim);
  }
  detail.claim = null;
}

/** The claimant is the agent from here on: its counter and its clock are those that count. */
export function adopt(ledger: Ledger, slot: number, claim: Claim): void {
  const block = ledger.registry.blockOf(slot);
  const row = slot & rowMask;
  block.heartbeats[row] = claim.heartbeats;
  block.heartbeatsStartMs[row] = claim.startMs;
  block.heartbeatsPointMs[row] = claim.pointMs;
  forgetSkew(block, row);
  block.reportedPointMs[row] = 0;
  block.progressPointMs[row] = 0;
}

function keepsPace(former: Claim, observation: Observation, nowMs: number): boolean {
  const made = observation.timeMs - former.pointMs;
  const arrived = nowMs - former.arrivedAtMs;
  return made > 0 && Math.abs(arrived - made) <= paceTolerance * made;
}
