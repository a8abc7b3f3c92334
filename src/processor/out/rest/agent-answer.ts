import { type AgentAnswer, shortStatusOf } from '@agent-vitals/contract';
import type { AgentView, ExhaustionView } from '../../../core/index.ts';
import { healthIssuesOf } from '../../health/health-issues.ts';
import { timestampOf } from '../../timestamp.ts';

const bytesPerMebibyte = 1_048_576;

/** What an answer holds beside identity and states; the rest is null. */
export interface AnswerParts {
  /** Resources, and what operations came to. */
  readonly resources: boolean;
  /** Score, factors, trend and issues. */
  readonly health: boolean;
}

const everything: AnswerParts = { resources: true, health: true };
const noResources: AgentAnswer['resources'] = {
  cpu_percent: null,
  memory_mb: null,
  file_descriptors: null,
  thread_count: null,
  process_id: null,
};
const noMetrics: AgentAnswer['metrics'] = {
  avg_execution_time: null,
  error_rate: null,
  recent_executions: null,
};

/**
 * Turns what the fleet knows of an agent into the shape that REST answers: the one place where the two meet.
 *
 * @param agent - The view of the agent, times on the fleet's time line.
 * @param toEpochMs - Turns a moment of the fleet's time line into milliseconds since the epoch.
 * @param parts - What is asked for; the view needs its work and health for them.
 * @returns The answer; what is not known is null, never 0.
 * @example
 * ```ts
 * response.json(agentAnswerOf(fleet.view(fleet.find('scraper-2'), clock.now()), clock.toEpochMs));
 * ```
 */
export function agentAnswerOf(
  agent: AgentView,
  toEpochMs: (ms: number) => number,
  parts: AnswerParts = everything,
): AgentAnswer {
  const timestamp = (ms: number) => timestampOf(toEpochMs(ms));
  const optionalTimestamp = (ms: number | null) => (ms === null ? null : timestamp(ms));
  const { info, work } = agent;
  const lastSeen = optionalTimestamp(agent.lastSeenMs);
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
    success_rate: parts.resources && work.errorRatio !== null ? rounded(1 - work.errorRatio, 4) : null,
    confidence_score: agent.confidence,
    last_active: lastSeen,
    health_trend: agent.trend,
    metrics: parts.resources ? metricsAnswer(work) : noMetrics,
    health: healthAnswer(agent.health),
    health_issues: parts.health ? healthIssuesOf(agent, timestamp) : [],
    exhausted: agent.exhaustion === null ? null : exhaustedAnswer(agent.exhaustion, timestamp),
    heartbeat: {
      last: lastSeen,
      interval: agent.expectedIntervalMs === null ? null : Math.round(agent.expectedIntervalMs) / 1000,
      missed: agent.missedHeartbeats,
      deadline: optionalTimestamp(agent.offlineAtMs),
    },
    resources: parts.resources ? resourcesAnswer(agent) : noResources,
    queue_depth: agent.queueDepth,
    message_count: agent.messages,
    error_message: agent.errorMessage,
    availability: rounded(agent.availability, 6),
    is_accessible: !['offline', 'unknown', 'stopped'].includes(agent.status),
    created_at: timestamp(agent.createdAtMs),
    last_seen: lastSeen,
    state_changed_at: timestamp(agent.statusSinceMs),
    last_health_check: optionalTimestamp(agent.healthNotedAtMs),
  };
}

function metricsAnswer(work: AgentView['work']): AgentAnswer['metrics'] {
  return {
    avg_execution_time: rounded(work.meanDurationMs, 3),
    error_rate: rounded(work.errorRatio, 4),
    recent_executions: work.recentExecutions,
  };
}

function resourcesAnswer(agent: AgentView): AgentAnswer['resources'] {
  const { cpuUtilization, memoryBytes } = agent;
  return {
    cpu_percent: rounded(cpuUtilization === null ? null : cpuUtilization * 100, 1),
    memory_mb: rounded(memoryBytes === null ? null : memoryBytes / bytesPerMebibyte, 1),
    file_descriptors: agent.fileDescriptors,
    thread_count: agent.threadCount,
    process_id: agent.info?.processId ?? null,
  };
}

/** No score while nothing can be said: unknown, stopped, paused or in maintenance. */
function healthAnswer(health: AgentView['health']): AgentAnswer['health'] {
  if (health === null) return { score: null, level: null, factors: [], cap: null };
  return {
    score: rounded(health.score, 4),
    level: health.level,
    factors: health.factors.map(({ name, value, weight, contribution }) => ({
      name,
      value: rounded(value, 4),
      weight: rounded(weight, 4),
      contribution: rounded(contribution, 4),
    })),
    cap: health.cap,
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
