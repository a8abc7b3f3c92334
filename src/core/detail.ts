import type { ExhaustedReason, RecoverySource } from '@agent-vitals/contract';
import type { AgentInfo } from './observation.ts';

/** What an agent said of when it is back. */
export interface Recovery {
  reason: ExhaustedReason | null;
  scope: string | null;
  /** `Infinity`: never by itself. */
  recoveryAtMs: number;
  recoverySource: RecoverySource;
  /** The value of the gauge as it came, 0 where none did: tells a repeated report from a new one. */
  reportedRecovery: number;
  /** The agent's clock at what it said last of it. */
  pointMs: number;
}

/** Why an agent is out, since when and until when. */
export interface Exhaustion extends Recovery {
  exhaustedAtMs: number;
}

/** One cumulative or delta histogram of what finished: an operation's or integration's name and an error type. */
export interface FinishedSeries {
  readonly name: string;
  readonly errorType: string;
  count: number;
  /** Seconds. */
  sum: number;
  startMs: number;
  pointMs: number;
}

/** Operations under way, by name. */
export interface ActiveOperations {
  readonly operation: string;
  active: number;
  pointMs: number;
}

/** Another process that sends under the same id, beside the one in the columns. */
export interface Claim {
  heartbeats: number;
  startMs: number;
  pointMs: number;
  arrivedAtMs: number;
}

/** What only some agents have: kept apart from the columns that all have. */
export interface AgentDetail {
  info: AgentInfo | null;
  /** Whether the configuration said so, and not the agent. */
  isInfoDeclared: boolean;
  /** Where it runs: `host.id`, else `host.name`. */
  host: string;
  currentOperation: string | null;
  currentThread: string | null;
  errorMessage: string | null;
  messages: { direction: string; count: number; startMs: number; pointMs: number }[];
  operations: FinishedSeries[];
  /** Requests to what it calls outside. */
  requests: FinishedSeries[];
  active: ActiveOperations[];
  exhaustion: Exhaustion | null;
  /** The last word of a recovery time before the state that it belongs to. */
  earlyRecovery: Recovery | null;
  mutedUntilMs: number;
  /** Since when the configuration expects it. */
  declaredAtMs: number;
  /** The agent's clock at its last lease expiry. */
  leasePointMs: number;
  /** When it went on- or offline or restarted, newest last. */
  flips: number[];
  claim: Claim | null;
  /** Where its time began anew without a sign of life, as it was resumed: when, and its last one, NaN for none. */
  afresh: { atMs: number; heardAtMs: number } | null;
  /** When the process in the columns was last heard of, while another claims the id. */
  ownArrivedAtMs: number;
}

/** An agent of which nothing but the columns is known. */
export function emptyDetail(): AgentDetail {
  return {
    info: null,
    isInfoDeclared: false,
    host: '',
    currentOperation: null,
    currentThread: null,
    errorMessage: null,
    messages: [],
    operations: [],
    requests: [],
    active: [],
    exhaustion: null,
    earlyRecovery: null,
    mutedUntilMs: 0,
    declaredAtMs: 0,
    leasePointMs: 0,
    flips: [],
    claim: null,
    afresh: null,
    ownArrivedAtMs: 0,
  };
}
