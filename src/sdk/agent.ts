/**
 * The SDK's vocabulary in one place: the interface of an agent and the function that registers one. Its length is
 * documentation; what it does is in agent-handle.ts.
 */
import type { ReportedState } from '@agent-vitals/contract';
import { diag } from '@opentelemetry/api';
import { AgentHandle } from './agent-handle.ts';
import type { ExhaustionVerdict, ResponseLike } from './exhaustion.ts';
import { agentIdOf } from './identity.ts';
import type { Integration } from './integration.ts';
import type { Outcome } from './measure.ts';
import type { Message, Thread } from './messages.ts';
import type { AgentOptions, ExhaustedOptions, OperationOptions, Work } from './options.ts';
import { findAgent, isFirstRepetition } from './registry.ts';

/**
 * The handle of a registered agent. Outside of strict mode no method throws, save what the author's own functions
 * throw: mistakes are counted in {@link Agent.complaints} and said once a kind through OpenTelemetry's `diag`.
 *
 * @example
 * ```ts
 * import { registerAgent } from '@agent-vitals/sdk';
 *
 * await using agent = registerAgent({ id: 'writer' });
 * await agent.operation('draft', async () => {
 *   agent.progress();
 * });
 * ```
 */
export interface Agent extends Disposable, AsyncDisposable {
  /** `vitals.agent.id`. */
  readonly id: string;
  /** The state last reported. */
  readonly state: ReportedState;
  /** Mistakes so far: states that may not follow, values that cannot be, calls after the goodbye. */
  readonly complaints: number;
  /** Log events (messages, threads, changes of state) that no LoggerProvider took. */
  readonly eventsLost: number;

  /**
   * Begins again after {@link stop}, as idle. Nothing while it runs: {@link registerAgent} has started it.
   *
   * @example
   * ```ts
   * import { registerAgent } from '@agent-vitals/sdk';
   *
   * const agent = registerAgent({ id: 'night-shift' });
   * agent.stop();
   * agent.start();
   * console.log(agent.state); // idle
   * ```
   */
  start(): void;

  /**
   * Says goodbye: reports stopped, beats no more, and is gone from the next export but one. Nothing when stopped
   * already; what is said afterwards is ignored and counted.
   *
   * @example
   * ```ts
   * import { registerAgent } from '@agent-vitals/sdk';
   *
   * const agent = registerAgent({ id: 'writer' });
   * agent.stop();
   * console.log(agent.state); // stopped
   * ```
   */
  stop(): void;

  /**
   * A heartbeat: the agent lives. By itself every interval, the first at once; with `heartbeat: 'manual'` only here,
   * so that a loop that hangs is silent.
   *
   * @example
   * ```ts
   * import { registerAgent } from '@agent-vitals/sdk';
   *
   * const agent = registerAgent({ id: 'loop', heartbeat: 'manual', heartbeatIntervalMs: 5_000 });
   * for (const task of ['one', 'two']) {
   *   agent.beat();
   *   console.log(task);
   * }
   * ```
   */
  beat(): void;

  /**
   * Available.
   *
   * @throws AgentStatusError in strict mode, after the goodbye.
   * @example
   * ```ts
   * import { registerAgent } from '@agent-vitals/sdk';
   *
   * const agent = registerAgent({ id: 'writer' });
   * agent.busy();
   * agent.idle();
   * ```
   */
  idle(): void;

  /**
   * Working.
   *
   * @throws AgentStatusError in strict mode, where busy may not follow.
   * @example
   * ```ts
   * import { registerAgent } from '@agent-vitals/sdk';
   *
   * const agent = registerAgent({ id: 'writer' });
   * agent.busy();
   * console.log(agent.state); // busy
   * ```
   */
  busy(): void;

  /**
   * Serving a live call or an on-call duty.
   *
   * @throws AgentStatusError in strict mode, where on call may not follow.
   * @example
   * ```ts
   * import { registerAgent } from '@agent-vitals/sdk';
   *
   * const agent = registerAgent({ id: 'hotline' });
   * agent.onCall();
   * console.log(agent.state); // on_call
   * ```
   */
  onCall(): void;

  /**
   * Woken by a slot: `on_call` reports on call, any other slot busy.
   *
   * @param work - What kind of slot it is; without one, busy.
   * @throws AgentStatusError in strict mode, where that state may not follow.
   * @example
   * ```ts
   * import { registerAgent } from '@agent-vitals/sdk';
   *
   * const agent = registerAgent({ id: 'hotline' });
   * agent.work({ slot: 'on_call' });
   * console.log(agent.state); // on_call
   * ```
   */
  work(work?: Work): void;

  /**
   * In the middle of work, for input or for another agent.
   *
   * @throws AgentStatusError in strict mode, where waiting may not follow.
   * @example
   * ```ts
   * import { registerAgent } from '@agent-vitals/sdk';
   *
   * const agent = registerAgent({ id: 'writer' });
   * agent.busy();
   * agent.waiting();
   * agent.busy();
   * ```
   */
  waiting(): void;

  /**
   * Not to be given work until {@link resume}. Heartbeats go on.
   *
   * @throws AgentStatusError in strict mode, after the goodbye.
   * @example
   * ```ts
   * import { registerAgent } from '@agent-vitals/sdk';
   *
   * const agent = registerAgent({ id: 'writer' });
   * agent.pause();
   * agent.resume();
   * console.log(agent.state); // idle
   * ```
   */
  pause(): void;

  /**
   * Ends a pause: busy while operations are under way, else idle. Nothing when it isn't paused.
   *
   * @throws AgentStatusError in strict mode, after the goodbye.
   * @example
   * ```ts
   * import { registerAgent } from '@agent-vitals/sdk';
   *
   * const agent = registerAgent({ id: 'writer' });
   * agent.pause();
   * agent.resume();
   * ```
   */
  resume(): void;

  /**
   * Its work failed. A failed {@link operation} reports this by itself.
   *
   * @param error - What happened: its type and message go into the log event, never onto a metric.
   * @throws AgentStatusError in strict mode, after the goodbye.
   * @example
   * ```ts
   * import { registerAgent } from '@agent-vitals/sdk';
   *
   * const agent = registerAgent({ id: 'writer' });
   * agent.error(new Error('the draft is empty'));
   * console.log(agent.state); // error
   * ```
   */
  error(error?: unknown): void;

  /**
   * Out of quota or money. When the recovery time has come the agent is idle by itself, and the same time reported
   * again is ignored. A time in the past, or farther away than `maxRecoveryMs`, is not used.
   *
   * @param options - Why, until when, and whose quota it is.
   * @throws AgentStatusError in strict mode, after the goodbye; RangeError in strict mode for a time that cannot be.
   * @example
   * ```ts
   * import { registerAgent } from '@agent-vitals/sdk';
   *
   * const agent = registerAgent({ id: 'writer' });
   * agent.exhausted({ reason: 'rate_limit', recoveryAt: Date.now() + 3_600_000, scope: 'openai/acme' });
   * console.log(agent.state); // exhausted
   * ```
   */
  exhausted(options?: ExhaustedOptions): void;

  /**
   * Looks at an error that a provider's client threw: if it tells of a spent quota or an empty account, the agent is
   * exhausted until the time the error names. A wait of seconds is a retry and changes nothing.
   *
   * @param error - Whatever was thrown.
   * @param options - `scope` names the account or provider better than the error does.
   * @returns What the error tells. Never throws.
   * @example
   * ```ts
   * import { registerAgent } from '@agent-vitals/sdk';
   *
   * const agent = registerAgent({ id: 'writer' });
   * const verdict = agent.observeError({ status: 429, headers: { 'retry-after': '3600' } });
   * console.log(verdict.kind, agent.state); // exhausted exhausted
   * ```
   */
  observeError(error: unknown, options?: { readonly scope?: string | undefined }): ExhaustionVerdict;

  /**
   * Looks at a response, as {@link observeError} looks at an error.
   *
   * @param response - Of `fetch`, or anything with its status and headers. Its body is not read.
   * @param options - `body`, parsed or as text, if it has been read: without it an empty account may look like a rate
   *   limit. `scope` names the account or provider better than the response does.
   * @returns What the response tells. Never throws.
   * @example
   * ```ts
   * import { registerAgent } from '@agent-vitals/sdk';
   *
   * const agent = registerAgent({ id: 'writer' });
   * const response = new Response(null, { status: 429, headers: { 'retry-after': '7' } });
   * console.log(agent.observeResponse(response).kind, agent.state); // retry idle
   * ```
   */
  observeResponse(
    response: ResponseLike,
    options?: { readonly body?: unknown; readonly scope?: string | undefined },
  ): ExhaustionVerdict;

  /**
   * Steps inside the work: an agent that reports them and then makes none while it is busy is stalled.
   *
   * @param steps - How many, above 0; by default one.
   * @throws RangeError in strict mode for any other number.
   * @example
   * ```ts
   * import { registerAgent } from '@agent-vitals/sdk';
   *
   * const agent = registerAgent({ id: 'writer' });
   * agent.progress();
   * agent.progress(10);
   * ```
   */
  progress(steps?: number): void;

  /**
   * Runs a unit of work and records its duration and failure. The agent is busy meanwhile and then as it was, busy or
   * idle; when an operation failed and no other is under way, it is in error until the next one starts. Operations
   * may nest and overlap. While the agent is paused or exhausted they leave its state alone.
   *
   * @param name - Of a kind of work, not of one piece: each makes series of its own (64 at most, the rest is `other`).
   * @param fn - The work; sync or async.
   * @param options - An abort signal, a confidence, the kind of slot.
   * @returns What `fn` gives back; a promise of it where it gives a promise.
   * @throws What `fn` throws.
   * @example
   * ```ts
   * import { registerAgent } from '@agent-vitals/sdk';
   *
   * const agent = registerAgent({ id: 'writer' });
   * const words = await agent.operation('draft', async () => 420, { confidence: 0.9 });
   * console.log(words, agent.state); // 420 idle
   * ```
   */
  operation<Result>(
    name: string,
    fn: () => Result,
    options?: OperationOptions<Awaited<Result>>,
  ): Outcome<Result>;

  /**
   * Something outside that the agent calls.
   *
   * @param name - Of the service, not of one address: 64 at most, the rest is `other`.
   * @returns Its handle; the same for the same name.
   * @example
   * ```ts
   * import { registerAgent } from '@agent-vitals/sdk';
   *
   * const agent = registerAgent({ id: 'reader' });
   * const hits = await agent.integration('search').call(async () => ['one', 'two']);
   * console.log(hits.length); // 2
   * ```
   */
  integration(name: string): Integration;

  /**
   * How sure the agent is of its work.
   *
   * @param value - 0 to 1.
   * @throws RangeError in strict mode for any other number.
   * @example
   * ```ts
   * import { registerAgent } from '@agent-vitals/sdk';
   *
   * const agent = registerAgent({ id: 'writer' });
   * agent.confidence(0.8);
   * ```
   */
  confidence(value: number): void;

  /**
   * How many items wait for the agent.
   *
   * @param depth - The number, or a function that is asked at each export; undefined is unknown.
   * @example
   * ```ts
   * import { registerAgent } from '@agent-vitals/sdk';
   *
   * const queue = ['a', 'b'];
   * const agent = registerAgent({ id: 'writer' });
   * agent.queueDepth(() => queue.length);
   * ```
   */
  queueDepth(depth: number | (() => number | undefined) | undefined): void;

  /**
   * Says that the agent will be silent until then, and fine: a job between two runs.
   *
   * @param until - A date, or ms since the epoch; at most 24 h ahead, and cut to that. Undefined ends the lease.
   * @throws RangeError in strict mode for what is no date or too far.
   * @example
   * ```ts
   * import { registerAgent } from '@agent-vitals/sdk';
   *
   * const agent = registerAgent({ id: 'nightly-report' });
   * agent.lease(new Date(Date.now() + 8 * 3_600_000));
   * ```
   */
  lease(until: Date | number | undefined): void;

  /**
   * As {@link lease}, counted from now.
   *
   * @param durationMs - Milliseconds, at most 24 h.
   * @throws RangeError in strict mode for what is no number or too long.
   * @example
   * ```ts
   * import { registerAgent } from '@agent-vitals/sdk';
   *
   * const agent = registerAgent({ id: 'hourly-report' });
   * agent.leaseFor(65 * 60_000);
   * ```
   */
  leaseFor(durationMs: number): void;

  /**
   * A message that the agent sent or received: counted as `vitals.agent.messages`, told as the log event
   * `vitals.message`. Its payload stays here unless the agent was registered with `payloads: true`.
   *
   * @param message - From whom, to whom, and in which thread.
   * @example
   * ```ts
   * import { registerAgent } from '@agent-vitals/sdk';
   *
   * const agent = registerAgent({ id: 'writer' });
   * agent.message({ id: 'm1', thread: 't1', to: 'editor', payloadType: 'draft' });
   * agent.message({ id: 'm2', thread: 't1', from: 'editor', to: 'writer' });
   * ```
   */
  message(message: Message): void;

  /**
   * A conversation goes on or has ended: the log event `vitals.thread`.
   *
   * @param thread - Its id and status.
   * @example
   * ```ts
   * import { registerAgent } from '@agent-vitals/sdk';
   *
   * const agent = registerAgent({ id: 'writer' });
   * agent.thread({ id: 't1', status: 'completed' });
   * ```
   */
  thread(thread: Thread): void;

  /** {@link stop}, at the end of `using`. */
  [Symbol.dispose](): void;

  /** {@link stop}, at the end of `await using`; with the bootstrap, the goodbye is sent, too. Never rejects. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Registers an agent: it is idle, it beats from now on, and what it says goes to OpenTelemetry's global
 * MeterProvider, also to one that is registered later. Registering an id that runs already gives back the running
 * agent and says so.
 *
 * @param options - Who it is; only `id` is needed, and that may come from the environment.
 * @returns The agent's handle.
 * @throws TypeError without an id, RangeError for one above 256 bytes, Error where the process that forked this one
 *   has registered it: a wrong identity is better seen at the start than in a dashboard. In strict mode also Error for
 *   an id that runs already.
 * @example
 * ```ts
 * import { registerAgent } from '@agent-vitals/sdk';
 *
 * const agent = registerAgent({ id: 'writer', name: 'Writer', session: 'newsroom', type: 'author' });
 * console.log(agent.state); // idle
 * ```
 */
export function registerAgent(options: AgentOptions = {}): Agent {
  const id = agentIdOf(options);
  const running = findAgent(id);
  if (running === undefined) return new AgentHandle(id, options);
  const message = `Cannot register agent "${id}" twice in one process as ids must be unique`;
  if (options.strict === true) throw new Error(message);
  if (isFirstRepetition(running)) {
    diag.warn(`@agent-vitals/sdk: ${message}: both get the handle of the running one (said once)`);
  }
  return running;
}
