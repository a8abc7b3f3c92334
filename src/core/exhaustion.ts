import { type ExhaustedReason, exhaustedReasons, recoverySources } from '@agent-vitals/contract';
import { flag, rowMask } from './block.ts';
import type { Ledger } from './ledger.ts';
import type { Observation } from './observation.ts';
import { madeAt } from './skew.ts';
import { reportedIndex } from './status.ts';

/** The agent says that it is out: until told more, its recovery is a guess. */
export function becomeExhausted(ledger: Ledger, slot: number, pointMs: number, atMs: number): void {
  ledger.registry.ensureDetail(slot).exhaustion = {
    reason: null,
    scope: null,
    exhaustedAtMs: atMs,
    recoveryAtMs: defaultRecovery(ledger, atMs, null),
    recoverySource: 'default',
    reportedRecovery: 0,
    pointMs,
  };
  ledger.mark(slot, flag.exhausted, 'exhausted');
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
  const exhaustion = ledger.registry.detail(slot)?.exhaustion ?? null;
  if (block.reported[row] !== reportedIndex.exhausted || exhaustion === null) return;
  // A gauge that can't be taken back is set to 0: a former reason's, beside the one that holds.
  if (!(observation.value > 0)) return;
  if (observation.timeMs !== 0 && observation.timeMs < exhaustion.pointMs) return;
  exhaustion.pointMs = observation.timeMs;
  const reason = oneOf(exhaustedReasons, observation.exhaustedReason);
  const isSameTime = exhaustion.reportedRecovery === observation.value;
  if (isSameTime && (block.has(row, flag.recovered) || exhaustion.reason === reason)) return;
  const at = madeAt(block, row, observation.timeMs, nowMs);
  if (block.has(row, flag.recovered)) exhaustion.exhaustedAtMs = at;
  exhaustion.reason = reason;
  exhaustion.scope = observation.exhaustedScope === '' ? null : observation.exhaustedScope;
  exhaustion.reportedRecovery = observation.value;
  exhaustion.recoverySource = oneOf(recoverySources, observation.recoverySource) ?? 'reported';
  exhaustion.recoveryAtMs = at + (observation.value * 1000 - observation.timeMs);
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
