import { rowMask } from './block.ts';
import type { AgentDetail, FinishedSeries } from './detail.ts';
import type { Judge } from './judge.ts';
import type { Ledger } from './ledger.ts';
import { cumulative, delta, type Observation } from './observation.ts';
import { advanced, readCounter, restarted, setBack } from './renewal.ts';
import { madeAt } from './skew.ts';

/** Series of finished operations (and of requests) kept for an agent; what comes beyond is rejected and counted. */
export const maxSeriesPerAgent = 64;
/** An agent is new for as long as its first request is being read. */
const firstRequestMs = 1_000;

/** What finished since the last point of a series. */
interface Finished {
  count: number;
  durationMs: number;
  /** It finished within the health window, for all that is known. */
  isRecent: boolean;
}

function seriesOf(
  known: readonly FinishedSeries[],
  name: string,
  errorType: string,
): FinishedSeries | undefined {
  for (const series of known) if (series.name === name && series.errorType === errorType) return series;
  return undefined;
}

/** Finds the series of a point and reads what finished; undefined where there are too many series already. */
function readFinished(
  known: FinishedSeries[],
  name: string,
  observation: Observation,
  isNewAgent: boolean,
  windowMs: number,
): Finished | undefined {
  const { errorType, count: observed, value } = observation;
  let series = seriesOf(known, name, errorType);
  const isFirst = series === undefined;
  if (series === undefined) {
    if (known.length >= maxSeriesPerAgent) return undefined;
    series = { name, errorType, count: 0, sum: 0, startMs: 0, pointMs: 0 };
    known.push(series);
  }
  const before = isFirst ? Number.NaN : series.count;
  const reading = readCounter(before, series.startMs, series.pointMs, observation, observed);
  if (reading !== advanced && reading !== restarted && reading !== setBack) {
    return { count: 0, durationMs: 0, isRecent: false };
  }
  // A cumulative series' first count, and the count after a restart, are all its own.
  const rises = observation.temporality === cumulative && !isFirst && reading !== restarted;
  const finished = {
    count: rises ? observed - series.count : observed,
    durationMs: Math.max(0, rises ? value - series.sum : value) * 1000,
    // What an agent had finished long before it was first seen is no news.
    isRecent: !(
      isFirst &&
      isNewAgent &&
      observation.temporality === cumulative &&
      observation.timeMs - observation.startTimeMs > windowMs
    ),
  };
  series.count = observed;
  series.sum = value;
  series.startMs = observation.startTimeMs;
  series.pointMs = observation.timeMs;
  return finished;
}

/**
 * A point of `vitals.agent.operation.duration`: how many operations finished, and how.
 *
 * @returns False where the agent has too many series already.
 */
export function finishOperations(
  ledger: Ledger,
  judge: Judge,
  slot: number,
  observation: Observation,
  nowMs: number,
): boolean {
  const { registry } = ledger;
  const block = registry.blockOf(slot);
  const row = slot & rowMask;
  const { operation, errorType } = observation;
  const known = registry.ensureDetail(slot).operations;
  const isNewAgent = nowMs - block.createdAtMs[row]! < firstRequestMs;
  const finished = readFinished(known, operation, observation, isNewAgent, ledger.settings.health.windowMs);
  if (finished === undefined) return false;
  if (finished.count <= 0) {
    judge.knowsWork(slot);
    return true;
  }
  const hasFailed = errorType !== '';
  block.operationsCompleted[row]! += finished.count;
  if (hasFailed) block.operationsFailed[row]! += finished.count;
  const at = judge.advanceWork(slot, observation, nowMs, true);
  if (finished.isRecent) {
    ledger.work.add(slot, operation, hasFailed, finished.count, finished.durationMs, at);
  }
  return true;
}

/**
 * A point of `vitals.integration.request.duration`: how many requests to something outside ended, and how.
 *
 * @returns False where there are too many integrations, or series of the agent, already.
 */
export function finishRequests(
  ledger: Ledger,
  slot: number,
  observation: Observation,
  nowMs: number,
): boolean {
  const { registry } = ledger;
  const block = registry.blockOf(slot);
  const row = slot & rowMask;
  const { integration, errorType } = observation;
  const known = registry.ensureDetail(slot).requests;
  const isNewAgent = nowMs - block.createdAtMs[row]! < firstRequestMs;
  const finished = readFinished(known, integration, observation, isNewAgent, ledger.settings.health.windowMs);
  if (finished === undefined) return false;
  if (finished.count <= 0 || !finished.isRecent) return true;
  const at = madeAt(block, row, observation.timeMs, nowMs);
  return ledger.integrations.add(integration, errorType !== '', finished.count, finished.durationMs, at);
}

/**
 * A point of `vitals.agent.operation.active`: an operation began or ended.
 *
 * @returns False where the agent has too many series already.
 */
export function countActiveOperations(
  ledger: Ledger,
  judge: Judge,
  slot: number,
  observation: Observation,
  nowMs: number,
): boolean {
  const { registry } = ledger;
  const detail = registry.ensureDetail(slot);
  const { operation } = observation;
  let active = detail.active.find((known) => known.operation === operation);
  if (active === undefined) {
    if (detail.active.length >= maxSeriesPerAgent) return false;
    active = { operation, active: 0, pointMs: 0 };
    detail.active.push(active);
  }
  if (observation.timeMs < active.pointMs) return true;
  const before = active.active;
  active.active = observation.temporality === delta ? before + observation.value : observation.value;
  active.pointMs = observation.timeMs;
  judge.knowsWork(slot);
  if (active.active !== before) {
    detail.currentOperation = currentOperation(detail, active.active > before ? operation : null);
    // The start or end of work is an advance, yet no sign of life by itself: a finished one is (above).
    judge.advanceWork(slot, observation, nowMs, false);
  }
  return true;
}

/** The operation begun last, else any that is under way. */
function currentOperation(detail: AgentDetail, begun: string | null): string | null {
  if (begun !== null) return begun;
  const current = detail.active.find((known) => known.operation === detail.currentOperation);
  if (current !== undefined && current.active > 0) return current.operation;
  return detail.active.find((known) => known.active > 0)?.operation ?? null;
}
