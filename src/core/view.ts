import type {
  AgentStatus,
  Condition,
  ExhaustedReason,
  HealthTrend,
  RecoverySource,
  ReportedState,
} from '@agent-vitals/contract';
import type { HostView } from './health/host-book.ts';
import type { IntegrationView } from './health/integration-book.ts';
import type { Health } from './health/score.ts';
import type { WorkFigures } from './health/work-book.ts';
import type { AgentInfo } from './observation.ts';
import type { Gap } from './silences.ts';

/** Exhaustion of an agent; times on the fleet's time line in milliseconds. */
export interface ExhaustionView {
  readonly reason: ExhaustedReason | null;
  readonly scope: string | null;
  readonly exhaustedAtMs: number;
  /** Null where it never recovers by itself. */
  readonly recoveryAtMs: number | null;
  readonly recoverySource: RecoverySource;
}

/** The members of a session, by status. */
export interface SessionCounts {
  readonly session: string;
  /** As its members call it. */
  readonly name: string | null;
  countIn(status: AgentStatus): number;
  /** How many of those in this status an operator has paused: they are not judged. */
  countInMaintenance(status: AgentStatus): number;
  readonly total: number;
}

/** How the time since an agent was first seen counts; what nobody observed is excluded. */
export interface Availability {
  readonly upMs: number;
  readonly downMs: number;
  readonly excludedMs: number;
}

/** What is known of one agent, as a fresh object; times on the fleet's time line in milliseconds, null is unknown. */
export interface AgentView {
  readonly id: string;
  readonly session: string | null;
  readonly type: string | null;
  readonly pipeline: string | null;
  readonly info: AgentInfo | null;
  readonly status: AgentStatus;
  readonly reportedState: ReportedState | null;
  readonly conditions: readonly Condition[];
  readonly createdAtMs: number;
  readonly statusSinceMs: number;
  readonly lastSeenMs: number | null;
  readonly heartbeats: number | null;
  /** Expected interval: the greater of the promised and the learned one. */
  readonly expectedIntervalMs: number | null;
  readonly missedHeartbeats: number | null;
  /** When it will be held offline without another sign of life. */
  readonly offlineAtMs: number | null;
  readonly clockSkewMs: number | null;
  readonly restarts: number;
  readonly exhaustion: ExhaustionView | null;
  readonly operationsCompleted: number;
  readonly operationsFailed: number;
  readonly currentOperation: string | null;
  readonly currentThread: string | null;
  readonly errorMessage: string | null;
  readonly confidence: number | null;
  readonly queueDepth: number | null;
  readonly messages: number | null;
  readonly host: string | null;
  /** 0 to 1. */
  readonly cpuUtilization: number | null;
  readonly memoryBytes: number | null;
  readonly threadCount: number | null;
  readonly fileDescriptors: number | null;
  readonly work: WorkFigures;
  readonly health: Health | null;
  readonly trend: HealthTrend | null;
  /** When its health was last noted for the trend. */
  readonly healthNotedAtMs: number | null;
  /** Share of the observed time in which it was up, 0 to 1. */
  readonly availability: number | null;
  readonly declared: boolean;
}

/** The parts of a view that are worked out. */
export interface ViewParts {
  /** Without it, {@link AgentView.work} is that of an agent which never did any. */
  readonly work: boolean;
  /** Without it, health and trend are null, and so is the latency in {@link AgentView.work}. */
  readonly health: boolean;
}

/**
 * What every face reads. An agent has a slot, a small integer, for as long as it is known; slots are reused after it
 * is forgotten. The scalar readers are for faces that walk the whole fleet: they allocate nothing.
 */
export interface FleetView {
  /** Agents known. */
  readonly size: number;
  /** Every known agent's slot is below this. */
  readonly slotLimit: number;
  isKnown(slot: number): boolean;
  /** The slot of an agent, or -1. */
  find(id: string): number;
  idOf(slot: number): string;
  sessionOf(slot: number): string;
  typeOf(slot: number): string;
  /** Its way in, as the gap rule names it: `direct` for one that carries no other agent, empty where none is known. */
  pipelineOf(slot: number): string;
  statusOf(slot: number): AgentStatus;
  /** Agents in this status. */
  countIn(status: AgentStatus): number;
  has(slot: number, condition: Condition): boolean;
  /** Whether the condition ever held. */
  everHad(slot: number, condition: Condition): boolean;
  /** How often the agent came into this status. */
  transitionsTo(slot: number, status: AgentStatus): number;
  /** Scalars of an agent; NaN is not known. */
  createdAtMsOf(slot: number): number;
  heartbeatsOf(slot: number): number;
  lastSeenMsOf(slot: number): number;
  missedHeartbeatsOf(slot: number, nowMs: number): number;
  clockSkewMsOf(slot: number): number;
  restartsOf(slot: number): number;
  operationsCompletedOf(slot: number): number;
  operationsFailedOf(slot: number): number;
  confidenceOf(slot: number): number;
  queueDepthOf(slot: number): number;
  /** 0 to 1. */
  cpuUtilizationOf(slot: number): number;
  memoryBytesOf(slot: number): number;
  threadCountOf(slot: number): number;
  fileDescriptorsOf(slot: number): number;
  /** Operations under way; NaN where it never told of any. */
  activeOperationsOf(slot: number): number;
  /** Where it runs; empty where that is not known. */
  hostOf(slot: number): string;
  availabilityOf(slot: number, nowMs: number): Availability;
  /** Sessions that have members. */
  readonly sessionCount: number;
  /**
   * Every session's index is below this. A session keeps its index for as long as it has members: who walks by index
   * meets each that stays exactly once.
   */
  readonly sessionLimit: number;
  /** The session of an index, undefined where there is none. */
  sessionAt(index: number): SessionCounts | undefined;
  sessions(): IterableIterator<SessionCounts>;
  /** Members of one session by status, undefined where it has none. */
  session(id: string): SessionCounts | undefined;
  /** The slots of a session's members. */
  membersOf(session: string): number[];
  /** Operations that finished in the health window, and how long they took together in milliseconds. */
  recentOperationsOf(slot: number, nowMs: number): number;
  recentDurationMsOf(slot: number, nowMs: number): number;
  /** Share of them that succeeded, NaN with less than five. */
  successRatioOf(slot: number, nowMs: number): number;
  /** Operations that finished, and those of them that failed, in the last hour. */
  recentExecutionsOf(slot: number, nowMs: number): number;
  recentFailuresOf(slot: number, nowMs: number): number;
  /** What its operations came to over the health window and the last hour. */
  workOf(slot: number, nowMs: number): WorkFigures;
  /** Null while nothing can be said: unknown, stopped, paused, in maintenance. */
  healthOf(slot: number, nowMs: number): Health | null;
  trendOf(slot: number, nowMs: number): HealthTrend | null;
  /** What agents call outside, by name. */
  integrations(nowMs: number): IntegrationView[];
  /** Their names, sorted. */
  integrationNames(): readonly string[];
  integration(name: string, nowMs: number): IntegrationView | undefined;
  /** Hosts that agents (or a Collector) tell of. */
  hosts(nowMs: number): HostView[];
  host(name: string, nowMs: number): HostView | undefined;
  exhaustionOf(slot: number): ExhaustionView | null;
  /** @param parts - What costs more than a look; all by default. */
  view(slot: number, nowMs: number, parts?: ViewParts): AgentView;
  /** The silences of whole pipelines under which agents are unknown. */
  readonly gaps: readonly Gap[];
  /** Reported transitions outside the state table, over the fleet's lifetime. */
  readonly irregularTransitions: number;
  /** Observations that were not applied, by reason. */
  readonly rejections: ReadonlyMap<string, number>;
}
