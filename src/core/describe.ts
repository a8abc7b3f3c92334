import { type Condition, conditions, reportedStates } from '@agent-vitals/contract';
import { type AgentBlock, flag, none, rowMask } from './block.ts';
import type { WorkFigures } from './health/work-book.ts';
import { expectedIntervalMs, offlineAtMs } from './lease.ts';
import type { Ledger } from './ledger.ts';
import type { Registry } from './registry.ts';
import { skewOf } from './skew.ts';
import type { AgentView, FleetView, ViewParts } from './view.ts';

const everything: ViewParts = { work: true, health: true };
const noWork: WorkFigures = {
  finished: 0,
  errorRatio: null,
  successRatio: null,
  meanDurationMs: null,
  latencyRatio: null,
  recentExecutions: 0,
  recentFailures: 0,
};

/** Gathers all that is known of one agent into a fresh object. */
export function describeAgent(
  fleet: FleetView,
  registry: Registry,
  ledger: Ledger,
  slot: number,
  nowMs: number,
  parts: ViewParts = everything,
): AgentView {
  const block = registry.blockOf(slot);
  const row = slot & rowMask;
  const detail = registry.detail(slot);
  const beats = block.has(row, flag.beats);
  const status = fleet.statusOf(slot);
  const rests = status === 'paused' || status === 'stopped' || block.has(row, flag.maintenance);
  const isAway = status === 'offline' || status === 'unknown';
  const expected = expectedIntervalMs(block, row);
  const { upMs, downMs } = fleet.availabilityOf(slot, nowMs);
  const messages = detail?.messages.reduce((sum, series) => sum + series.count, 0);
  return {
    id: fleet.idOf(slot),
    session: textOrNull(fleet.sessionOf(slot)),
    type: textOrNull(fleet.typeOf(slot)),
    pipeline: textOrNull(registry.pipelines.textOf(block.pipeline[row]!)),
    info: detail?.info ?? null,
    status,
    reportedState: block.reported[row] === none ? null : reportedStates[block.reported[row]!]!,
    conditions: conditionsOf(fleet, block, slot),
    createdAtMs: block.createdAtMs[row]!,
    statusSinceMs: block.statusSinceMs[row]!,
    lastSeenMs: numberOrNull(fleet.lastSeenMsOf(slot)),
    heartbeats: numberOrNull(block.heartbeats[row]!),
    expectedIntervalMs: expected > 0 ? expected : null,
    missedHeartbeats: numberOrNull(fleet.missedHeartbeatsOf(slot, nowMs)),
    offlineAtMs: beats && !rests && !isAway ? offlineAtMs(block, row, ledger) : null,
    clockSkewMs: numberOrNull(skewOf(block, row)),
    restarts: block.restarts[row]!,
    exhaustion: fleet.exhaustionOf(slot),
    operationsCompleted: block.operationsCompleted[row]!,
    operationsFailed: block.operationsFailed[row]!,
    currentOperation: detail?.currentOperation ?? null,
    currentThread: detail?.currentThread ?? null,
    errorMessage: detail?.errorMessage ?? null,
    confidence: numberOrNull(fleet.confidenceOf(slot)),
    queueDepth: numberOrNull(fleet.queueDepthOf(slot)),
    messages: detail === undefined || detail.messages.length === 0 ? null : (messages ?? null),
    host: textOrNull(fleet.hostOf(slot)),
    cpuUtilization: numberOrNull(fleet.cpuUtilizationOf(slot)),
    memoryBytes: numberOrNull(block.memoryBytes[row]!),
    threadCount: numberOrNull(block.threadCount[row]!),
    fileDescriptors: numberOrNull(block.fileDescriptors[row]!),
    work: parts.work ? ledger.work.figuresOf(slot, nowMs, parts.health) : noWork,
    health: parts.health ? fleet.healthOf(slot, nowMs) : null,
    trend: parts.health ? fleet.trendOf(slot, nowMs) : null,
    healthNotedAtMs: ledger.work.scoreNotedAtMs(slot),
    availability: upMs + downMs > 0 ? upMs / (upMs + downMs) : null,
    declared: block.has(row, flag.declared),
  };
}

const conditionFlags =
  flag.late | flag.flapping | flag.exhausted | flag.maintenance | flag.muted | flag.conflict;

/** Most agents are under none. */
function conditionsOf(fleet: FleetView, block: AgentBlock, slot: number): Condition[] {
  const row = slot & rowMask;
  if (!block.has(row, conditionFlags) && block.has(row, flag.beats)) return [];
  return conditions.filter((condition) => fleet.has(slot, condition));
}

function textOrNull(text: string): string | null {
  return text === '' ? null : text;
}

function numberOrNull(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}
