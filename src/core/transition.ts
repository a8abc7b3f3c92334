import type { AgentStatus } from '@agent-vitals/contract';

/** Why a status changed. */
export type TransitionReason =
  /** First sight of the agent. */
  | 'first_seen'
  /** The agent said so. */
  | 'reported'
  /** No sign of life until the deadline. */
  | 'lease_expired'
  /** A declared agent that never beat. */
  | 'never_beat'
  /** A sign of life after offline or unknown. */
  | 'heartbeat'
  /** No progress while working. */
  | 'no_progress'
  /** Progress, or an operation's start or end, after a stall. */
  | 'progress'
  /** The recovery time of an exhausted agent came. */
  | 'recovered'
  /** The processor was not there to see. */
  | 'processor_restart'
  /** The way in went silent as a whole. */
  | 'telemetry_gap';

/** A change of status, dated when it became true, not when somebody looked. */
export interface Transition {
  readonly agent: string;
  /** The agent's place in the fleet at that time. */
  readonly slot: number;
  /** Null at first sight. */
  readonly from: AgentStatus | null;
  readonly to: AgentStatus;
  /** Milliseconds, on the caller's time line. */
  readonly at: number;
  readonly reason: TransitionReason;
  /** A reported change outside the state table: applied and counted all the same. */
  readonly irregular: boolean;
}
