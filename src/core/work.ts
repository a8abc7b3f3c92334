import { flag, rowMask } from './block.ts';
import type { AgentDetail, OperationSeries } from './detail.ts';
import type { Judge } from './judge.ts';
import { cumulative, delta, type Observation } from './observation.ts';
import type { Registry } from './registry.ts';
import { advanced, readCounter, restarted, setBack } from './renewal.ts';

/** Series of finished operations kept for an agent; what comes beyond is rejected and counted. */
export const maxSeriesPerAgent = 64;

/** What finished since the last point of a series. */
function finishedBy(series: OperationSeries, observation: Observation, isNew: boolean): number {
  const before = isNew ? Number.NaN : series.count;
  const reading = readCounter(before, series.startMs, series.pointMs, observation, observation.count);
  if (reading !== advanced && reading !== restarted && reading !== setBack) return 0;
  // A cumulative series' first count, and the count after a restart, are all its own.
  const rises = observation.temporality === cumulative && !isNew && reading !== restarted;
  const finished = rises ? observation.count - series.count : observation.count;
  series.count = observation.count;
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
  registry: Registry,
  judge: Judge,
  slot: number,
  observation: Observation,
  nowMs: number,
): boolean {
  const detail = registry.ensureDetail(slot);
  const { operation, errorType } = observation;
  let series = detail.series.find((known) => known.operation === operation && known.errorType === errorType);
  const isNew = series === undefined;
  if (series === undefined) {
    if (detail.series.length >= maxSeriesPerAgent) return false;
    series = { operation, errorType, count: 0, startMs: 0, pointMs: 0 };
    detail.series.push(series);
  }
  const finished = finishedBy(series, observation, isNew);
  if (finished <= 0) {
    registry.blockOf(slot).set(slot & rowMask, flag.advances);
    return true;
  }
  const block = registry.blockOf(slot);
  const row = slot & rowMask;
  block.operationsCompleted[row]! += finished;
  if (errorType !== '') block.operationsFailed[row]! += finished;
  judge.advanceWork(slot, observation, nowMs, true);
  return true;
}

/**
 * A point of `vitals.agent.operation.active`: an operation began or ended.
 *
 * @returns False where the agent has too many series already.
 */
export function countActiveOperations(
  registry: Registry,
  judge: Judge,
  slot: number,
  observation: Observation,
  nowMs: number,
): boolean {
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
  registry.blockOf(slot).set(slot & rowMask, flag.advances);
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
