import type { SessionAnswer, SessionMetricsAnswer } from '@agent-vitals/contract';
import type { MemberCounts, SessionCounts, SessionSettings, SessionVerdict } from '../../core/index.ts';
import type { ResourceFigures } from './session-resources.ts';

const bytesPerMebibyte = 1_048_576;

/** What was collected of a session, but for its agents. */
export interface SessionFacts {
  readonly total: number;
  readonly counts: MemberCounts;
  readonly late: number;
  readonly verdict: SessionVerdict;
  /** Null where not asked for. */
  readonly resources: ResourceFigures | null;
}

/** Puts a session's figures into the shape that REST answers. */
export function sessionMetricsOf({
  total,
  counts,
  late,
  verdict,
  resources,
}: SessionFacts): SessionMetricsAnswer {
  const { active, degraded, failed, offline, unknown } = counts;
  return {
    total_agents: total,
    active_agents: active,
    degraded_agents: degraded,
    failed_agents: failed,
    offline_agents: offline,
    unknown_agents: unknown,
    excluded_agents: total - active - degraded - failed - offline - unknown,
    late_agents: late,
    total_cpu_percent: scaled(resources?.cpuUtilization, 100, 1),
    total_memory_mb: scaled(resources?.memoryBytes, 1 / bytesPerMebibyte, 1),
    total_file_descriptors: resources?.fileDescriptors ?? null,
    total_threads: resources?.threads ?? null,
    avg_response_time_ms: scaled(resources?.meanDurationMs, 1, 3),
    max_cpu_percent: scaled(resources?.maxCpuUtilization, 100, 1),
    max_memory_usage_mb: scaled(resources?.maxMemoryBytes, 1 / bytesPerMebibyte, 1),
    resource_utilization_percent: scaled(resources?.utilization, 100, 1),
    health_score: verdict.score,
    critical_issues: failed + offline,
    warnings: degraded,
  };
}

/** Says in words what to look at. The sentences are fixed but for their figures: programs may look for them. */
export function sessionWarningsOf(facts: SessionFacts, settings: SessionSettings): string[] {
  const { counts, late, verdict, resources } = facts;
  const warnings: string[] = [];
  const unreachable = counts.offline + counts.unknown;
  if (unreachable > 0) warnings.push(`${unreachable} agents are offline or unreachable`);
  if (late > 0) warnings.push(`${late} agents are late`);
  const utilization = resources?.utilization ?? 0;
  if (utilization > settings.warnUtilization) {
    warnings.push(`Resource utilization is high: ${(utilization * 100).toFixed(1)}%`);
  }
  if (verdict.health !== 'empty' && verdict.score < settings.warnScore) {
    warnings.push(`Health score is low: ${verdict.score.toFixed(1)}`);
  }
  return warnings;
}

/** What is answered where a collection failed. */
export function failedAnswerOf(
  session: Pick<SessionCounts, 'session' | 'name'>,
  error: unknown,
  taken: Pick<SessionAnswer, 'collection_timestamp' | 'collection_duration_ms'>,
): SessionAnswer {
  const counts: MemberCounts = { active: 0, degraded: 0, failed: 0, offline: 0, unknown: 0 };
  const verdict: SessionVerdict = { health: 'failed', score: 0 };
  return {
    session_id: session.session,
    session_name: session.name,
    session_health: verdict.health,
    metrics: sessionMetricsOf({ total: 0, counts, late: 0, verdict, resources: null }),
    agents: [],
    agents_omitted: 0,
    ...taken,
    partial_results: true,
    errors: [`Collection failed: ${error instanceof Error ? error.message : String(error)}`],
    warnings: [],
  };
}

/** Scaled and to so many decimals; what is not known is null. */
function scaled(value: number | null | undefined, factor: number, decimals: number): number | null {
  if (value === null || value === undefined) return null;
  const digits = 10 ** decimals;
  return Math.round(value * factor * digits) / digits;
}
