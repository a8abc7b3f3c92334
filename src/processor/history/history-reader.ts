import type { AgentStatus, HealthLevel } from '@agent-vitals/contract';
import { statusPrecedence } from '@agent-vitals/contract';
import { type HealthLevels, healthLevel, integrationStatuses, sessionHealths } from '../../core/index.ts';
import {
  type HistoryKind,
  type KeptRollup,
  type Resolution,
  type RollupQuery,
  resolutionMs,
} from '../store/index.ts';

const dayMs = 86_400_000;

/** How fine an answer is; days are summed from hours. */
export type HistoryResolution = Resolution | 'day';

export interface HistoryQuery {
  readonly kind: HistoryKind;
  readonly name: string;
  readonly days: number;
  /** By default hours up to two days, days beyond. */
  readonly resolution?: HistoryResolution | undefined;
}

/** One point of a history; null is not known. */
export interface HistoryPoint {
  readonly timestamp: string;
  /** Mean of the samples, 0 to 1. */
  readonly health_score: number | null;
  readonly health_score_min: number | null;
  readonly status: string | null;
  /** Null where nobody looked: that nothing was executed is not known. */
  readonly metrics: {
    readonly total_executions: number | null;
    readonly completed: number | null;
    readonly failed: number | null;
  };
  /** Seconds in each state that it was in. */
  readonly state_seconds: Readonly<Record<string, number>>;
  /** Seconds of the bucket in which nobody looked, or nothing was known. */
  readonly unobserved_seconds: number;
}

/** The states of each kind, in the order of the store's columns. */
export const historyStates: Readonly<Record<HistoryKind, readonly string[]>> = {
  agent: statusPrecedence,
  session: sessionHealths,
  integration: integrationStatuses,
  system: statusPrecedence,
};

const unknownState: AgentStatus = 'unknown';

/** Where rollups are kept. */
export interface RollupSource {
  rollups(query: RollupQuery): Promise<KeptRollup[] | undefined>;
}

/**
 * Reads the history of one thing: a point for each bucket of the last days up to now, those without anything included.
 * Days begin at midnight UTC; 30 days are 30 points, today's the last.
 *
 * @param source - The store.
 * @param query - What, how far back and how fine.
 * @param nowEpochMs - Milliseconds since the epoch.
 * @param levels - What score is which level.
 * @returns The points in order of time; undefined where it has no history at all.
 */
export async function readHistory(
  source: RollupSource,
  query: HistoryQuery,
  nowEpochMs: number,
  levels: HealthLevels,
): Promise<readonly HistoryPoint[] | undefined> {
  const resolution = query.resolution ?? (query.days <= 2 ? 'hour' : 'day');
  const kept: Resolution = resolution === 'day' ? 'hour' : resolution;
  const bucketMs = resolution === 'day' ? dayMs : resolutionMs[kept];
  const lastMs = Math.floor(nowEpochMs / bucketMs) * bucketMs;
  const firstMs = lastMs - (query.days * dayMs - bucketMs);
  const rollups = await source.rollups({
    kind: query.kind,
    name: query.name,
    resolution: kept,
    fromEpochMs: firstMs,
    toEpochMs: lastMs + bucketMs,
  });
  if (rollups === undefined) return undefined;
  const points: HistoryPoint[] = [];
  let next = 0;
  for (let atMs = firstMs; atMs <= lastMs; atMs += bucketMs) {
    const within: KeptRollup[] = [];
    while (next < rollups.length && rollups[next]!.atEpochMs < atMs + bucketMs) within.push(rollups[next++]!);
    points.push(pointOf(query.kind, atMs, Math.min(bucketMs, nowEpochMs - atMs) / 1000, within, levels));
  }
  return points;
}

function pointOf(
  kind: HistoryKind,
  atMs: number,
  bucketSeconds: number,
  rollups: readonly KeptRollup[],
  levels: HealthLevels,
): HistoryPoint {
  const sum = (read: (rollup: KeptRollup) => number) =>
    rollups.reduce((total, rollup) => total + read(rollup), 0);
  const samples = sum((rollup) => rollup.scoreSamples);
  const score = samples > 0 ? sum((rollup) => rollup.scoreSum) / samples : null;
  const minima = rollups.flatMap((rollup) => (rollup.scoreMin === null ? [] : [rollup.scoreMin]));
  const executions = sum((rollup) => rollup.executions);
  const failed = sum((rollup) => rollup.failed);
  const stateSeconds: Record<string, number> = {};
  // The system's seconds in states are those of all agents together.
  let observed = kind === 'system' ? sum((rollup) => rollup.observedSeconds) : 0;
  historyStates[kind].forEach((state, index) => {
    const seconds = sum((rollup) => rollup.stateSeconds[index] ?? 0);
    if (seconds <= 0) return;
    stateSeconds[state] = round(seconds, 3);
    if (kind !== 'system' && state !== unknownState) observed += seconds;
  });
  return {
    timestamp: new Date(atMs).toISOString(),
    health_score: score === null ? null : round(score, 4),
    health_score_min: minima.length > 0 ? round(Math.min(...minima), 4) : null,
    status: statusOf(kind, score, stateSeconds, levels),
    metrics:
      rollups.length === 0
        ? { total_executions: null, completed: null, failed: null }
        : { total_executions: executions, completed: executions - failed, failed },
    state_seconds: stateSeconds,
    unobserved_seconds: round(Math.max(0, bucketSeconds - observed), 3),
  };
}

/** Agents and the system by their score; sessions and integrations by the state they were in for longest. */
function statusOf(
  kind: HistoryKind,
  score: number | null,
  stateSeconds: Readonly<Record<string, number>>,
  levels: HealthLevels,
): HealthLevel | string | null {
  if (kind === 'agent' || kind === 'system') return score === null ? null : healthLevel(score, levels);
  const longest = Object.entries(stateSeconds).toSorted(([, one], [, other]) => other - one)[0];
  return longest?.[0] ?? null;
}

function round(value: number, decimals: number): number {
  const factor = 10 ** decimals;
  return Math.round(value * factor) / factor;
}
