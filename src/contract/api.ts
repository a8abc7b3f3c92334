import type { AlertSeverity, IntegrationStatus, SessionHealth } from './attribute-values.ts';
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

/** Why a score can't be higher; `failing` is an agent more than half of whose operations fail. */
export type HealthCap = 'offline' | 'stalled' | 'error' | 'failing' | 'exhausted' | 'late';

/** One factor of a score; its weight is `health.weights` of the configuration, renormalized over what is known. */
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
  health: {
    /** 0 to 1; null while nothing can be said: unknown, stopped, paused or in maintenance. */
    score: number | null;
    level: HealthLevel | null;
    factors: HealthFactorAnswer[];
    /** What keeps the score from being as high as its factors make it. */
    cap: HealthCap | null;
  };
  /** What is wrong, in words. */
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
  /** When the score was last noted for the trend; that is done once a minute. */
  last_health_check: Timestamp | null;
}

/** `GET /api/health/agents`. */
export interface AgentsAnswer {
  agents: AgentAnswer[];
  /** How many match, on all pages. */
  total: number;
  next_cursor: string | null;
  /** How many agents of the whole fleet are in each state, whatever the filter. */
  counts: Record<AgentStatus, number>;
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

/** How much is collected of a session: states only; resources too (the default); health and its factors too. */
export type SessionStrategy = 'fast' | 'detailed' | 'comprehensive';

/** One session of `GET /api/health/sessions`. */
export interface SessionSummaryAnswer {
  session_id: string;
  session_name: string | null;
  session_health: SessionHealth;
  /** 0 to 100. */
  health_score: number;
  /** Every member, judged or not. */
  total_agents: number;
}

/** `GET /api/health/sessions`. */
export interface SessionsAnswer {
  sessions: SessionSummaryAnswer[];
  total: number;
  next_cursor: string | null;
}

/** What a session's members come to. Resources are those of its reachable members; null is not known, or not asked. */
export interface SessionMetricsAnswer {
  /** Every member. The classes below are disjoint and make up the total. */
  total_agents: number;
  /** Idle, busy, on call or waiting; late ones too. */
  active_agents: number;
  /** Stalled or exhausted. */
  degraded_agents: number;
  /** In error. */
  failed_agents: number;
  offline_agents: number;
  unknown_agents: number;
  /** Paused, stopped or in maintenance: they are not judged. */
  excluded_agents: number;
  /** Of the active ones. */
  late_agents: number;
  total_cpu_percent: number | null;
  total_memory_mb: number | null;
  total_file_descriptors: number | null;
  total_threads: number | null;
  /** Mean duration of the operations that finished in the health window. */
  avg_response_time_ms: number | null;
  max_cpu_percent: number | null;
  max_memory_usage_mb: number | null;
  /** Of the real capacity of the members' hosts, each counted once: the greater of CPU and memory. */
  resource_utilization_percent: number | null;
  /** 0 to 100. */
  health_score: number;
  /** Failed and offline members. */
  critical_issues: number;
  /** Degraded members. */
  warnings: number;
}

/** `GET /api/health/sessions/{id}`. */
export interface SessionAnswer {
  session_id: string;
  session_name: string | null;
  session_health: SessionHealth;
  metrics: SessionMetricsAnswer;
  /** At most `limit` (1,000 unless asked for up to 10,000), those with issues first. */
  agents: AgentAnswer[];
  /** Members beyond those listed in `agents`, judged and counted all the same; `GET /api/health/agents?session=` lists all of them. */
  agents_omitted: number;
  collection_timestamp: Timestamp;
  collection_duration_ms: number;
  /** Members are unknown or unreachable, or the collection failed. */
  partial_results: boolean;
  errors: string[];
  warnings: string[];
}

/** `GET /api/health/sessions/stats`. What the cache answered counts for nothing. */
export interface SessionStatisticsAnswer {
  total_collections: number;
  successful_collections: number;
  partial_collections: number;
  failed_collections: number;
  /** Moves by a tenth of each collection's duration. */
  avg_collection_time_ms: number;
  /** Percent; 0 where there were none. */
  success_rate: number;
  partial_rate: number;
  cache_entries: number;
}

/** One of `GET /api/health/integrations`. */
export interface IntegrationAnswer {
  integration_id: string;
  integration_name: string;
  status: IntegrationStatus;
  last_used: Timestamp;
  /** Mean over the health window; null without requests. */
  latency_ms: number | null;
  /** 0 to 1 over the health window; null without requests. */
  error_rate: number | null;
  health_trend: HealthTrend | null;
  connection_status: 'connected' | 'degraded' | 'disconnected' | 'unknown';
  /** A mean above this is slow. */
  slow_above_ms: number;
}

/** `GET /api/health/system`. */
export interface SystemAnswer {
  /** 0 to 100. */
  cpu_usage: number | null;
  memory_usage: number | null;
  /** Of whom they are: hosts that telemetry tells of, else the processor's own. */
  source: 'system metrics' | 'processor host';
  /** Of the agents that are there; null where none of them tells. */
  active_operations: number | null;
  queue_depth: number | null;
  total_agents: number;
  /** Idle, busy, on call or waiting. */
  active_agents: number;
  total_integrations: number;
  healthy_integrations: number;
  /** Mean of the agents' scores, 0 to 1, as of the last minute's round; null where nobody has one. */
  health_score: number | null;
  alerts: { critical: number; warning: number; info: number };
  states: Record<AgentStatus, number>;
}

/** One of `GET /api/health/alerts`, and the answer of `POST /api/health/alerts/{id}/acknowledge`. */
export interface AlertAnswer {
  /** The same whenever this alert of this subject fires. */
  alert_id: string;
  /** The rule, as the table of alerts names it. */
  name: string;
  severity: AlertSeverity;
  /** `pending`: its condition holds, but not for long enough yet. */
  state: 'pending' | 'firing' | 'resolved';
  /** In words, such as `High CPU usage: 85%`. */
  message: string;
  /** `system` is also what is said of an account, a pipeline or the processor: `labels.scope` tells which. */
  source_type: 'system' | 'agent' | 'session' | 'integration';
  /** Such as the agent's id. */
  source_id: string;
  /** Since when its condition has held. */
  timestamp: Timestamp;
  /** Null while it is pending. */
  fired_at: Timestamp | null;
  resolved_at: Timestamp | null;
  /** A warning or critical that fires, and that nobody has acknowledged. */
  action_required: boolean;
  acknowledged: boolean;
  acknowledged_by: string | null;
  acknowledged_at: Timestamp | null;
  /** Null where it is acknowledged until it is over. */
  acknowledged_until: Timestamp | null;
  comment: string | null;
  description: string;
  runbook_url: string;
  /** What was measured last, in the rule's unit; 1 where there is nothing to measure. */
  value: number;
  /** As the rule in Prometheus has them. */
  labels: Record<string, string>;
}

/** What several alerts, or agents, have in common. */
export type IncidentKind = 'account_exhausted' | 'telemetry_gap' | 'session_critical';

/** One of `GET /api/health/incidents`. */
export interface IncidentAnswer {
  id: string;
  kind: IncidentKind;
  /** The account, the pipeline or the session. */
  subject: string;
  /** In words, such as `12 agents exhausted on acct-1`. */
  summary: string;
  /** Ids of the agents that were ever part of it, the first ones first; of many, not all. */
  members: string[];
  /** How many there are beyond those listed. */
  members_omitted: number;
  started_at: Timestamp;
  /** Null while it goes on. */
  ended_at: Timestamp | null;
  /** When the last one is expected back; null where nobody knows. */
  recovery_at: Timestamp | null;
}

/** `GET /api/health/incidents`, the newest first. */
export interface IncidentsAnswer {
  incidents: IncidentAnswer[];
  next_cursor: string | null;
}

/** A problem body (RFC 9457). */
export interface ProblemAnswer {
  type: string;
  title: string;
  status: number;
  detail: string;
}
