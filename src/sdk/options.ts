import type { ExhaustedReason } from '@agent-vitals/contract';
import type { Clock } from './clock.ts';

/** How an agent is registered. Only `id` is needed, and that may come from the environment. */
export interface AgentOptions {
  /**
   * The identity that survives restarts, at most 256 bytes; never a random one, which would leave a ghost behind at
   * each start. Default: `VITALS_AGENT_ID`, else `vitals.agent.id` or `gen_ai.agent.id` of `OTEL_RESOURCE_ATTRIBUTES`.
   */
  readonly id?: string | undefined;
  /** A name for people. */
  readonly name?: string | undefined;
  /** Agents that work together share a session. */
  readonly session?: string | undefined;
  readonly sessionName?: string | undefined;
  /** Its specialization, such as `researcher`. */
  readonly type?: string | undefined;
  /** `agent`, `listener`, …. */
  readonly kind?: string | undefined;
  readonly version?: string | undefined;
  readonly description?: string | undefined;
  /** Ids of the agents it talks to. */
  readonly peers?: readonly string[] | undefined;
  /** What kind of payload it takes, such as `application/json`. */
  readonly payloadClass?: string | undefined;
  /** Host, tab or pod. Default: the host's name. */
  readonly location?: string | undefined;
  /** Milliseconds between heartbeats, 100 ms to 1 h. Default: 10,000. */
  readonly heartbeatIntervalMs?: number | undefined;
  /**
   * `auto` (the default) beats by a timer: the process lives. `manual` beats only when `agent.beat()` is called: from
   * the agent's own loop, so that a hung loop is silence.
   */
  readonly heartbeat?: 'auto' | 'manual' | undefined;
  /**
   * Throws on mistakes: `AgentStatusError` for a state that may not follow, TypeError and RangeError for values that
   * cannot be. Default: they are counted and said once through OpenTelemetry's `diag`. For tests.
   */
  readonly strict?: boolean | undefined;
  /**
   * Whether the agent shows what the process uses (CPU, memory, event loop, …). Default: the first agent of the
   * process does, so that sums over agents count a process once.
   */
  readonly resources?: boolean | undefined;
  /**
   * How long it is out when nobody said for how long, ms. Default: 5 h for either reason, as the processor guesses;
   * Infinity leaves it to `idle()`.
   */
  readonly defaultRecoveryMs?: Partial<Record<ExhaustedReason, number>> | undefined;
  /** `observeError` and `observeResponse` take a wait shorter than this for a retry, ms. Default: 60,000. */
  readonly retryThresholdMs?: number | undefined;
  /** A recovery farther away than this is not believed, ms. Default: 32 days. */
  readonly maxRecoveryMs?: number | undefined;
  /** Whether `message()` hands its payload on. Default: false. */
  readonly payloads?: boolean | undefined;
  /** Whether a cluster worker's number is added to the id. Default: true. */
  readonly workerSuffix?: boolean | undefined;
  /** Tests bring their own. */
  readonly clock?: Clock | undefined;
}

/** What woke an agent. */
export interface Work {
  /** `on_call` makes it on call; any other slot, and none, busy. */
  readonly slot?: string | undefined;
}

/** What an operation may say of itself. */
export interface OperationOptions<Result> {
  /** `false` leaves the agent's state alone. Default: busy while it runs, then idle, or error if it failed. */
  readonly setsState?: boolean | undefined;
  /** `on_call` reports on call instead of busy. */
  readonly slot?: string | undefined;
  /** Ends the operation as failed when it aborts, at once where it has, even if the function goes on. */
  readonly signal?: AbortSignal | undefined;
  /** How sure the agent is of the result, 0 to 1, or a function that tells it from the result. */
  readonly confidence?: number | ((result: Result) => number | undefined) | undefined;
}

/** Why and until when an agent is out. */
export interface ExhaustedOptions {
  /** Default: `rate_limit`. */
  readonly reason?: ExhaustedReason | undefined;
  /** When it is back: a date, or ms since the epoch. Default: `defaultRecoveryMs` from now, shown as a guess. */
  readonly recoveryAt?: Date | number | undefined;
  /** The account or provider that is out: agents of one scope are one incident. */
  readonly scope?: string | undefined;
}
