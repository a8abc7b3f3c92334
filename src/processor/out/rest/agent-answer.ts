import { type AgentAnswer, shortStatusOf } from '@agent-vitals/contract';
import type { AgentView, ExhaustionView } from '../../../core/index.ts';

const bytesPerMebibyte = 1_048_576;

/**
 * Turns what the fleet knows of an agent into the shape that REST answers: the one place where the two meet.
 *
 * @param agent - The view of the agent, times on the fleet's time line.
 * @param toEpochMs - Turns a moment of the fleet's time line into milliseconds since the epoch.
 * @returns The answer; what is not known is null, never 0.
 * @example
 * ```ts
 * response.json(agentAnswerOf(fleet.view(fleet.find('scraper-2'), clock.now()), clock.toEpochMs));
 * ```
 */
export function agentAnswerOf(agent: AgentView, toEpochMs: (ms: number) => number): AgentAnswer {
  const timestamp = (ms: number) => new Date(toEpochMs(ms)).toISOString();
  const optionalTimestamp = (ms: number | null) => (ms === null ? null : timestamp(ms));
  const { info, work } = agent;
  return {
    agent_id: agent.id,
    agent_name: info?.name ?? null,
    status: shortStatusOf[agent.status],
    state: agent.status,
    reported_state: agent.reportedState,
    conditions: [...agent.conditions],
    session_id: agent.session,
    type: agent.type,
    kind: info?.kind ?? null,
    description: info?.description ?? null,
    version: info?.version ?? null,
    peers: [...(info?.peers ?? [])],
    payload_class: info?.payloadClass ?? null,
    location: info?.location ?? null,
    current_operation: agent.currentOperation,
    current_thread: agent.currentThread,
    operations_completed: agent.operationsCompleted,
    success_rate: rounded(work.errorRatio === null ? null : 1 - work.errorRatio, 4),
    confidence_score: agent.confidence,
    last_active: optionalTimestamp(agent.lastSeenMs),
    health_trend: agent.trend,
    metrics: {
      avg_execution_time: rounded(work.meanDurationMs, 3),
      error_rate: rounded(work.errorRatio, 4),
      recent_executions: work.recentExecutions,
    },
    health: healthAnswer(agent.health),
    health_issues: [],
    exhausted: agent.exhaustion === null ? null : exhaustedAnswer(agent.exhaustion, timestamp),
    heartbeat: {
      last: optionalTimestamp(agent.lastSeenMs),
      interval: agent.expectedIntervalMs === null ? null : Math.round(agent.expectedIntervalMs) / 1000,
      missed: agent.missedHeartbeats,
      deadline: optionalTimestamp(agent.offlineAtMs),
    },
    resources: {
      cpu_percent: rounded(agent.cpuUtilization === null ? null : agent.cpuUtilization * 100, 1),
      memory_mb: rounded(agent.memoryBytes === null ? null : agent.memoryBytes / bytesPerMebibyte, 1),
      file_descriptors: agent.fileDescriptors,
      thread_count: agent.threadCount,
      process_id: info?.processId ?? null,
    },
    queue_depth: agent.queueDepth,
    message_count: agent.messages,
    error_message: agent.errorMessage,
    availability: rounded(agent.availability, 6),
    is_accessible: !['offline', 'unknown', 'stopped'].includes(agent.status),
    created_at: timestamp(agent.createdAtMs),
    last_seen: optionalTimestamp(agent.lastSeenMs),
    state_changed_at: timestamp(agent.statusSinceMs),
    last_health_check: null,
  };
}

/** No score while nothing can be said: unknown, stopped, paused or in maintenance. */
function healthAnswer(health: AgentView['health']): AgentAnswer['health'] {
  if (health === null) return { score: null, level: null, factors: [] };
  return {
    score: rounded(health.score, 4),
    level: health.level,
    factors: health.factors.map(({ name, value, weight, contribution }) => ({
      name,
      value: rounded(value, 4),
      weight: rounded(weight, 4),
      contribution: rounded(contribution, 4),
    })),
  };
}

function exhaustedAnswer(
  exhaustion: ExhaustionView,
  timestamp: (ms: number) => string,
): NonNullable<AgentAnswer['exhausted']> {
  return {
    reason: exhaustion.reason,
    scope: exhaustion.scope,
    exhausted_at: timestamp(exhaustion.exhaustedAtMs),
    recovery_at: exhaustion.recoveryAtMs === null ? null : timestamp(exhaustion.recoveryAtMs),
    recovery_source: exhaustion.recoverySource,
  };
}

/** To so many decimals; null stays null. */
function rounded<T extends number | null>(value: T, decimals: number): T {
  if (value === null) return value;
  const factor = 10 ** decimals;
  return (Math.round(value * factor) / factor) as T;
}
