/** What an agent may say of itself. */
export const reportedStates = [
  'idle',
  'busy',
  'on_call',
  'waiting',
  'paused',
  'error',
  'exhausted',
  'stopped',
] as const;
export type ReportedState = (typeof reportedStates)[number];

/** What only the processor concludes. */
export const derivedStates = ['offline', 'stalled', 'unknown'] as const;
export type DerivedState = (typeof derivedStates)[number];

/** The one effective state of an agent. */
export type AgentStatus = ReportedState | DerivedState;

/** Every status, the one that wins first: an agent's status is the first of these that holds. */
export const statusPrecedence = [
  'stopped',
  'offline',
  'unknown',
  'exhausted',
  'paused',
  'error',
  'stalled',
  'on_call',
  'busy',
  'waiting',
  'idle',
] as const satisfies readonly AgentStatus[];

/** What is true of an agent beside its status. */
export const conditions = [
  'late',
  'flapping',
  'exhausted',
  'maintenance',
  'muted',
  'no_heartbeat',
  'conflict',
] as const;
export type Condition = (typeof conditions)[number];

/**
 * Where a reported state may go. The same state again is no transition. Anything else is irregular: the processor
 * applies and counts it, the SDK's strict mode throws.
 */
export const stateTransitions: Readonly<Record<ReportedState, readonly ReportedState[]>> = {
  idle: ['busy', 'on_call', 'paused', 'error', 'exhausted', 'stopped'],
  busy: ['idle', 'waiting', 'paused', 'error', 'exhausted', 'stopped'],
  on_call: ['idle', 'waiting', 'paused', 'error', 'exhausted', 'stopped'],
  waiting: ['busy', 'on_call', 'idle', 'paused', 'error', 'exhausted', 'stopped'],
  paused: ['idle', 'busy', 'on_call', 'error', 'exhausted', 'stopped'],
  error: ['idle', 'busy', 'on_call', 'paused', 'exhausted', 'stopped'],
  exhausted: ['idle', 'paused', 'error', 'stopped'],
  // A goodbye is final: only registering again, which reports idle, leads out of it.
  stopped: ['idle'],
};

/**
 * Says whether a reported state may follow another.
 *
 * @param from - The state the agent is in.
 * @param to - The state it reports next.
 * @returns True for the same state again and for every pair of {@link stateTransitions}.
 * @example
 * ```ts
 * import { mayFollow } from '@agent-vitals/contract';
 *
 * mayFollow('idle', 'busy'); // true
 * mayFollow('idle', 'waiting'); // false: nobody waits who has not begun to work
 * ```
 */
export function mayFollow(from: ReportedState, to: ReportedState): boolean {
  return from === to || stateTransitions[from].includes(to);
}

/**
 * Reads a state as it came over the wire.
 *
 * @param value - The value of `vitals.agent.state`.
 * @returns The reported state; `processing` reads as `busy`; undefined for anything else.
 * @example
 * ```ts
 * import { parseReportedState } from '@agent-vitals/contract';
 *
 * parseReportedState('processing'); // 'busy'
 * parseReportedState('dreaming'); // undefined
 * ```
 */
export function parseReportedState(value: string): ReportedState | undefined {
  if (value === 'processing') return 'busy';
  return (reportedStates as readonly string[]).includes(value) ? (value as ReportedState) : undefined;
}

/** The status that simple clients read. */
export type ShortStatus = 'active' | 'idle' | 'error' | 'paused' | 'offline' | 'unknown' | 'stopped';

/** The short status of each full one. */
export const shortStatusOf: Readonly<Record<AgentStatus, ShortStatus>> = {
  busy: 'active',
  on_call: 'active',
  waiting: 'active',
  idle: 'idle',
  error: 'error',
  stalled: 'error',
  exhausted: 'error',
  paused: 'paused',
  offline: 'offline',
  unknown: 'unknown',
  stopped: 'stopped',
};

/** Why an agent is out. */
export const exhaustedReasons = ['rate_limit', 'billing'] as const;
export type ExhaustedReason = (typeof exhaustedReasons)[number];

/** Where a recovery time comes from; `default` is a guess and shown as one. */
export const recoverySources = ['header', 'reported', 'default'] as const;
export type RecoverySource = (typeof recoverySources)[number];
