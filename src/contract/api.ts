import type {
  AgentStatus,
  Condition,
  ExhaustedReason,
  RecoverySource,
  ReportedState,
  ShortStatus,
} from './states.ts';

/** RFC 3339 in UTC. */
export type Timestamp = string;

export type HealthLevel = 'healthy' | 'degraded' | 'critical';
export type HealthTrend = 'improving' | 'stable' | 'declining';

/** One factor of a score; see the design's table of weights. */
export interface HealthFactorAnswer {
  name: string;
  /** 0 to 1. */
  value: number;
  /** After renormalization over the known factors. */
  weight: number;
  contribution: number;
}

/** `GET /api/health/agent/{id}`. Unknown is null, never 0 or 1. */
export interface AgentAnswer {
  agent_id: string;
  agent_name: string | null;
  status: ShortStatus;
  state: AgentStatus;
  /** What the agent says of itself, whatever the processor concludes. */
  reported_state: ReportedState | null;
  conditions: Condition[];
  session_id: string | null;
  type: string | null;
  kind: string | null;
  description: string | null;
  version: string | null;
  peers: string[];
  payload_class: string | null;
  location: string | null;
  current_operation: string | null;
  current_thread: string | null;
  operations_completed: number;
  /** 0 to 1 over the health window. */
  success_rate: number | null;
  confidence_score: number | null;
  last_active: Timestamp | null;
  health_trend: HealthTrend | null;
  metrics: {
    /** Milliseconds. */
    avg_execution_time: number | null;
    /** 0 to 1. */
    error_rate: number | null;
    recent_executions: number | null;
  };
  health: { score: number | null; level: HealthLevel | null; factors: HealthFactorAnswer[] };
  health_issues: string[];
  exhausted: {
    reason: ExhaustedReason | null;
    scope: string | null;
    exhausted_at: Timestamp;
    /** Null where it never recovers by itself. */
    recovery_at: Timestamp | null;
    /** `default` is a guess. */
    recovery_source: RecoverySource;
  } | null;
  heartbeat: {
    last: Timestamp | null;
    /** Expected, in seconds. */
    interval: number | null;
    missed: number | null;
    /** When the agent will be held offline without another sign of life. */
    deadline: Timestamp | null;
  };
  resources: {
    cpu_percent: number | null;
    memory_mb: number | null;
    file_descriptors: number | null;
    thread_count: number | null;
    process_id: number | null;
  };
  queue_depth: number | null;
  message_count: number | null;
  error_message: string | null;
  availability: number | null;
  is_accessible: boolean;
  created_at: Timestamp;
  last_seen: Timestamp | null;
  state_changed_at: Timestamp;
  last_health_check: Timestamp | null;
}

/** `GET /api/health/agents`. */
export interface AgentsAnswer {
  agents: AgentAnswer[];
  total: number;
  next_cursor: string | null;
}

export interface TransitionAnswer {
  agent: string;
  /** Null at first sight. */
  from: AgentStatus | null;
  to: AgentStatus;
  at: Timestamp;
  reason: string;
  irregular: boolean;
}

/** `GET /api/health/transitions`. */
export interface TransitionsAnswer {
  transitions: TransitionAnswer[];
  next_cursor: string | null;
}

/** A problem body (RFC 9457). */
export interface ProblemAnswer {
  type: string;
  title: string;
  status: number;
  detail: string;
}
