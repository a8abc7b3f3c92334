import { type ExhaustedReason, exhaustedReasons, recoverySources } from '@agent-vitals/contract';
import { flag, rowMask } from './block.ts';
import type { Exhaustion, Recovery } from './detail.ts';
import type { Ledger } from './ledger.ts';
import type { Observation } from './observation.ts';
import { madeAt } from './skew.ts';
import { reportedIndex } from './status.ts';

/**
 * The agent says that it is out: until told more, its recovery is a guess. A recovery time that the same export told
 * before is applied.
 *
 * @param ledger - The books.
 * @param slot - The agent.
 * @param pointMs - The agent's clock when it said so.
 * @param atMs - The same on the fleet's time line.
 * @param reason - What it said of the reason, or nothing.
 */
export function becomeExhausted(
  ledger: Ledger,
  slot: number,
  pointMs: number,
  atMs: number,
  reason: string,
): void {
  const detail = ledger.registry.ensureDetail(slot);
  const known = oneOf(exhaustedReasons, reason);
  const exhaustion: Exhaustion = {
    reason: known,
    scope: null,
    exhaustedAtMs: atMs,
    recoveryAtMs: defaultRecovery(ledger, atMs, known),
    recoverySource: 'default',
    reportedRecovery: 0,
    pointMs,
  };
  detail.exhaustion = exhaustion;
  ledger.mark(slot, flag.exhausted, 'exhausted');
  const early = detail.earlyRecovery;
  detail.earlyRecovery = null;
  // What was said before this state began, or is over, is of a former exhaustion.
  if (early === null || early.pointMs < pointMs || early.recoveryAtMs <= atMs) return;
  Object.assign(exhaustion, early);
}

/** The reason that comes after the state, where nothing better is known of the recovery than a guess. */
export function explainExhaustion(ledger: Ledger, slot: number, said: string): void {
  const exhaustion = ledger.registry.detail(slot)?.exhaustion ?? null;
  const reason = oneOf(exhaustedReasons, said);
  if (exhaustion === null || reason === null || exhaustion.reportedRecovery !== 0) return;
  exhaustion.reason = reason;
  exhaustion.recoveryAtMs = defaultRecovery(ledger, exhaustion.exhaustedAtMs, reason);
  ledger.reschedule(slot);
}

/** The agent reports another state: reason and time are cleared. */
export function leaveExhausted(ledger: Ledger, slot: number): void {
  ledger.registry.blockOf(slot).clear(slot & rowMask, flag.exhausted | flag.recovered);
  const detail = ledger.registry.detail(slot);
  if (detail !== undefined) detail.exhaustion = null;
}

/** The recovery time has come: the agent is idle, whatever it still reports. */
export function recover(ledger: Ledger, slot: number, atMs: number): void {
  const block = ledger.registry.blockOf(slot);
  const row = slot & rowMask;
  block.clear(row, flag.exhausted);
  block.set(row, flag.recovered);
  ledger.settle(slot, atMs, 'recovered');
}

/**
 * The recovery time that an exhausted agent reports: `made + (value − point time)`. A later report replaces reason
 * and time; the time that has been applied, reported again, is ignored, and so are 0 and what was made earlier than
 * the last word of it.
 */
export function reportRecovery(ledger: Ledger, slot: number, observation: Observation, nowMs: number): void {
  const block = ledger.registry.blockOf(slot);
  const row = slot & rowMask;
  // A gauge that can't be taken back is set to 0: a former reason's, beside the one that holds.
  if (!(observation.value > 0)) return;
  const at = madeAt(block, row, observation.timeMs, nowMs);
  const said: Recovery = {
    reason: oneOf(exhaustedReasons, observation.exhaustedReason),
    scope: observation.exhaustedScope === '' ? null : observation.exhaustedScope,
    reportedRecovery: observation.value,
    recoverySource: oneOf(recoverySources, observation.recoverySource) ?? 'reported',
    recoveryAtMs: at + (observation.value * 1000 - observation.timeMs),
    pointMs: observation.timeMs,
  };
  const exhaustion = ledger.registry.detail(slot)?.exhaustion ?? null;
  if (block.reported[row] !== reportedIndex.exhausted || exhaustion === null) {
    // In an export it may stand before the state that it belongs to.
    ledger.registry.ensureDetail(slot).earlyRecovery = said;
    return;
  }
  if (said.pointMs < exhaustion.pointMs) return;
  exhaustion.pointMs = said.pointMs;
  const isSameTime = exhaustion.reportedRecovery === said.reportedRecovery;
  if (isSameTime && (block.has(row, flag.recovered) || exhaustion.reason === said.reason)) return;
  if (block.has(row, flag.recovered)) exhaustion.exhaustedAtMs = at;
  Object.assign(exhaustion, said);
  block.clear(row, flag.recovered);
  ledger.mark(slot, flag.exhausted, 'exhausted');
  ledger.settle(slot, at, 'reported');
  ledger.reschedule(slot);
}

/** A heartbeat from offline clears exhaustion unless it is reported still, with a recovery in the future. */
export function clearOutlivedExhaustion(ledger: Ledger, slot: number, nowMs: number): void {
  const block = ledger.registry.blockOf(slot);
  const row = slot & rowMask;
  const exhaustion = ledger.registry.detail(slot)?.exhaustion ?? null;
  if (exhaustion === null || !block.has(row, flag.exhausted)) return;
  if (block.reported[row] === reportedIndex.exhausted && exhaustion.recoveryAtMs > nowMs) return;
  block.clear(row, flag.exhausted);
  block.set(row, flag.recovered);
}

function defaultRecovery(ledger: Ledger, atMs: number, reason: ExhaustedReason | null): number {
  return atMs + ledger.settings.defaultRecoveryMs[reason ?? 'rate_limit'];
}

function oneOf<T extends string>(values: readonly T[], value: string): T | null {
  return (values as readonly string[]).includes(value) ? (value as T) : null;
}
