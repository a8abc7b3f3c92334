import { agentMetricKeys, type MetricKey } from '@agent-vitals/contract';

/** What an observation is about: the agent metrics of the contract, then log events, then mere presence. */
export const signals = [...agentMetricKeys, 'stateChanged', 'seen'] as const;

/** A signal by its place in {@link signals}: the hot path compares integers. */
export type Signal = number;

/**
 * Finds the integer of a signal.
 *
 * @param key - An agent metric of the contract, `stateChanged` (the log event) or `seen` (known from traces, logs or
 *   a metric that is not the contract's).
 * @returns Its place in {@link signals}.
 * @example
 * ```ts
 * const heartbeats = signalOf('heartbeats');
 * ```
 */
export function signalOf(key: MetricKey | 'stateChanged' | 'seen'): Signal {
  return signals.indexOf(key);
}

/** How successive points of a sum or histogram relate. */
export const gauge = 0;
export const delta = 1;
export const cumulative = 2;
export type Temporality = typeof gauge | typeof delta | typeof cumulative;

/** Facts of `vitals.agent.info` and the resource; null is not said. */
export interface AgentInfo {
  name: string | null;
  description: string | null;
  version: string | null;
  kind: string | null;
  peers: readonly string[];
  payloadClass: string | null;
  location: string | null;
  sessionName: string | null;
  processId: number | null;
  hostId: string | null;
}

const noBytes = new Uint8Array(0);

/**
 * What one data point (or log record) says about one agent. One object is reused for all points of a request: the
 * core copies what it keeps. Epoch times are the agent's own clock; arrival is an argument of `Fleet.apply`.
 */
export class Observation {
  signal: Signal = signalOf('seen');
  temporality: Temporality = gauge;

  /**
   * The agent's id as UTF-8: `idBytes[idStart, idEnd)`, at most 256 bytes. Empty for a host's own figures
   * (`system.*` of a Collector), which concern no agent.
   */
  idBytes: Uint8Array = noBytes;
  idStart = 0;
  idEnd = 0;
  /**
   * Whether it may make an unknown agent known. A plain service's own metrics may not: only what is named
   * `vitals.*`, or carries `vitals.agent.id` or `gen_ai.agent.id`, tells of an agent.
   */
  introduces = true;
  /** Empty where not said. */
  session = '';
  type = '';
  /** `host.id`, else `host.name`. */
  host = '';
  /** The way in: receiver and token name, else the peer's address. */
  pipeline = '';

  /** Milliseconds since the epoch; 0 where not said. */
  startTimeMs = 0;
  timeMs = 0;
  /** A number point's value; a histogram's sum. */
  value = 0;
  /** A histogram's count. */
  count = 0;
  /** The point says that its series has no value now (NO_RECORDED_VALUE). */
  noRecordedValue = false;

  /** Attributes beside the identity; empty where not said. */
  state = '';
  operation = '';
  integration = '';
  errorType = '';
  direction = '';
  exhaustedReason = '';
  exhaustedScope = '';
  recoverySource = '';
  /** Of the log event `vitals.agent.state_changed`. */
  reason = '';
  message = '';
  thread = '';
  /** Set for the signal `info` alone. */
  info: AgentInfo | null = null;
}

/** Takes observations one by one; what it keeps, it copies. */
export interface ObservationSink {
  observe(observation: Observation): void;
}
