import { flag, rowMask } from './block.ts';
import type { AgentDetail, Claim } from './detail.ts';
import { isSilent } from './lease.ts';
import type { Ledger } from './ledger.ts';
import { delta, type Observation } from './observation.ts';
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
 * @param isLater - Whether it was made after the last point known.
 * @param nowMs - Its arrival.
 * @returns What it is.
 */
export function readClaim(
  ledger: Ledger,
  slot: number,
  observation: Observation,
  isLater: boolean,
  nowMs: number,
): ClaimReading {
  const detail = ledger.registry.ensureDetail(slot);
  const block = ledger.registry.blockOf(slot);
  const row = slot & rowMask;
  const former = detail.claim;
  // A delta's window says nothing of its process: it goes on where it is made later.
  const isDelta = observation.temporality === delta;
  const isSame = former !== null && (isDelta || former.startMs === observation.startTimeMs);
  const isOld = isDelta
    ? observation.timeMs <= (former?.pointMs ?? 0)
    : observation.value <= (former?.heartbeats ?? 0);
  if (isSame && isOld) return 'old';
  const paced = isSame && keepsPace(former, observation, nowMs);
  detail.claim = {
    heartbeats: observation.value,
    startMs: observation.startTimeMs,
    pointMs: observation.timeMs,
    arrivedAtMs: nowMs,
  };
  if (isLater) {
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

/** The processor was away: neither of two claimants was silent meanwhile. */
export function shiftClaims(detail: AgentDetail, byMs: number, nowMs: number): void {
  detail.ownArrivedAtMs = Math.min(nowMs, detail.ownArrivedAtMs + byMs);
  if (detail.claim !== null) detail.claim.arrivedAtMs = Math.min(nowMs, detail.claim.arrivedAtMs + byMs);
}

/** The claimant is the agent from here on: its counter and its clock are those that count. */
export function adopt(ledger: Ledger, slot: number, claim: Claim): void {
  const block = ledger.registry.blockOf(slot);
  const row = slot & rowMask;
  block.heartbeats[row] = claim.heartbeats;
  block.heartbeatsStartMs[row] = claim.startMs;
  block.heartbeatsPointMs[row] = claim.pointMs;
  forgetClock(ledger, slot);
}

/**
 * The agent's clock went back, or is another one: what it said of delays, and the order of points made before, are
 * void.
 */
export function forgetClock(ledger: Ledger, slot: number): void {
  const block = ledger.registry.blockOf(slot);
  const row = slot & rowMask;
  forgetSkew(block, row);
  block.reportedPointMs[row] = 0;
  block.progressPointMs[row] = 0;
  const detail = ledger.registry.detail(slot);
  if (detail === undefined) return;
  detail.leasePointMs = 0;
  if (detail.exhaustion !== null) detail.exhaustion.pointMs = 0;
  detail.earlyRecovery = null;
  for (const series of [...detail.operations, ...detail.requests, ...detail.messages]) {
    series.startMs = 0;
    series.pointMs = 0;
  }
  for (const active of detail.active) active.pointMs = 0;
}

function keepsPace(former: Claim, observation: Observation, nowMs: number): boolean {
  const made = observation.timeMs - former.pointMs;
  const arrived = nowMs - former.arrivedAtMs;
  return made > 0 && Math.abs(arrived - made) <= paceTolerance * made;
}
