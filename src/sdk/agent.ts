/**
 * The agent's handle: all an agent can say, in one place, each method a few lines over the part that does it. This is
 * the SDK's whole public vocabulary, which is why the file is longer than its neighbours.
 */
import {
  type ExhaustedReason,
  exhaustedReasons,
  type RecoverySource,
  type ReportedState,
} from '@agent-vitals/contract';
import { diag } from '@opentelemetry/api';
import { AgentFields } from './agent-fields.ts';
import { type Clock, systemClock } from './clock.ts';
import { Complaints } from './complaints.ts';
import { type AgentRecorder, currentEmission, EmissionLink } from './emission.ts';
import {
  defaultMaxRecoveryMs,
  type ExhaustionVerdict,
  exhaustionOfError,
  exhaustionOfResponse,
  type ResponseLike,
} from './exhaustion.ts';
import { ExhaustionKeeper } from './exhaustion-keeper.ts';
import { agentIdOf, identityOf } from './identity.ts';
import { type Integration, Integrations } from './integration.ts';
import type { Outcome } from './measure.ts';
import { type Message, Messages, type Thread } from './messages.ts';
import { Operations } from './operations.ts';
import type { AgentOptions, ExhaustedOptions, OperationOptions } from './options.ts';
import { releaseId } from './processes.ts';
import { enroll, findAgent, resourceCarrier, withdraw } from './registry.ts';
import { sampleResources } from './resources.ts';
import { StateKeeper } from './state-keeper.ts';
import { AgentStatusError } from './status-error.ts';

const defaultHeartbeatIntervalMs = 10_000;
const defaultRecoveryMs = 5 * 3_600_000;
const leaseLimitMs = 24 * 3_600_000;

/** Changes that need a reason, into or out of these, are told as log events; the rest is in the metrics. */
const isNotable: Readonly<Record<ReportedState, boolean>> = {
  idle: false,
  busy: false,
  on_call: false,
  waiting: false,
  paused: true,
  error: true,
  exhausted: true,
  stopped: true,
};
/** Changes that somebody waits for: worth an export before the next is due. */
const isUrgent: Readonly<Record<ReportedState, boolean>> = { ...isNotable, paused: false };

/** The handle of a registered agent, see {@link registerAgent}. */
export class Agent {
  readonly #options: AgentOptions;
  readonly #clock: Clock;
  readonly #complaints: Complaints;
  readonly #fields: AgentFields;
  readonly #states: StateKeeper;
  readonly #exhaustion: ExhaustionKeeper;
  readonly #operations: Operations;
  readonly #integrations: Integrations;
  readonly #messages: Messages;
  readonly #heartbeatIntervalMs: number;
  #link: EmissionLink | undefined;
  #heartbeatTimer: ReturnType<typeof setInterval> | undefined;

  /** @internal Use {@link registerAgent}. */
  constructor(id: string, options: AgentOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#complaints = new Complaints(id, options.strict === true);
    this.#states = new StateKeeper(id, this.#clock, this.#complaints);
    this.#fields = new AgentFields(identityOf(id, options), this.#clock.now(), this.#states);
    this.#heartbeatIntervalMs = this.#checkedInterval(options.heartbeatIntervalMs);
    if (options.heartbeat !== 'manual' || options.heartbeatIntervalMs !== undefined) {
      this.#fields.heartbeatIntervalSeconds = this.#heartbeatIntervalMs / 1_000;
    }
    this.#exhaustion = new ExhaustionKeeper(this.#clock, () => this.#recovered());
    this.#operations = new Operations({
      fields: this.#fields,
      clock: this.#clock,
      record: (kind, name, durationSeconds, errorType) =>
        this.#record(kind, name, durationSeconds, errorType),
      enter: (state, error) => this.#enter(state, error),
      confidence: (value) => this.confidence(value),
    });
    this.#integrations = new Integrations(this.#clock, (name, durationSeconds, errorType) =>
      this.#record('integration', name, durationSeconds, errorType),
    );
    this.#messages = new Messages(this.#fields, this.#clock, options.payloads === true);
    this.start();
  }

  /** `vitals.agent.id`. */
  get id(): string {
    return this.#fields.id;
  }

  /** The state last reported. */
  get state(): ReportedState {
    return this.#fields.state;
  }

  /** Mistakes so far: states that may not follow, values that cannot be, calls after the goodbye. */
  get complaints(): number {
    return this.#complaints.count;
  }

  /** Log events (messages, threads, changes of state) that no LoggerProvider took. */
  get eventsLost(): number {
    return this.#messages.lost;
  }

  /** Begins again after {@link stop}, as idle; nothing while it runs. {@link registerAgent} has called it already. */
  start(): void {
    if (this.#link !== undefined) return;
    const other = findAgent(this.id);
    if (other !== undefined) {
      this.#complain(
        'start',
        'Cannot start again as the id must be free: another agent has been registered under it',
      );
      return;
    }
    enroll(this, this.#options.resources);
    this.#states.enter('idle');
    this.#link = new EmissionLink(this.#fields);
    if (this.#options.heartbeat === 'manual') return;
    this.beat();
    this.#heartbeatTimer = setInterval(() => this.beat(), this.#heartbeatIntervalMs);
    this.#heartbeatTimer.unref?.();
  }

  /**
   * Says goodbye: reports stopped, beats no more, and is gone from the export after the next. Nothing when stopped
   * already; what is said afterwards is ignored and counted.
   */
  stop(): void {
    if (this.#link === undefined) return;
    clearInterval(this.#heartbeatTimer);
    this.#heartbeatTimer = undefined;
    this.#enter('stopped');
    this.#link.release();
    this.#link = undefined;
    withdraw(this);
    releaseId(this.id);
  }

  /** A heartbeat: the agent lives. By hand with `heartbeat: 'manual'`; by itself every interval otherwise. */
  beat(): void {
    if (!this.#isRunning('beat')) return;
    this.#fields.heartbeats++;
    this.#exhaustion.check();
    const listens = currentEmission().listens();
    this.#fields.showsResources = resourceCarrier() === this || this.#options.resources === true;
    if (listens && this.#fields.showsResources) sampleResources(this.#clock.monotonic());
  }

  /** Available. */
  idle(): void {
    if (!this.#mayReport('idle')) return;
    this.#operations.restIdle();
    this.#enter('idle');
  }

  /** Working. */
  busy(): void {
    if (this.#mayReport('busy')) this.#enter('busy');
  }

  /** Serving a live call or an on-call duty. */
  onCall(): void {
    if (this.#mayReport('on_call')) this.#enter('on_call');
  }

  /**
   * Working, in a slot of some kind.
   *
   * @param work - `slot: 'on_call'` reports on call, any other slot busy.
   */
  work(work: { readonly slot?: string | undefined } = {}): void {
    if (work.slot === 'on_call') this.onCall();
    else this.busy();
  }

  /** In the middle of work, for input or another agent. */
  waiting(): void {
    if (this.#mayReport('waiting')) this.#enter('waiting');
  }

  /** Not to be given work until {@link resume}. */
  pause(): void {
    if (this.#mayReport('paused')) this.#enter('paused');
  }

  /** Ends a pause: busy while operations are under way, else idle. Nothing when it isn't paused. */
  resume(): void {
    if (this.#mayReport('idle') && this.state === 'paused') this.#enterAvailable();
  }

  /**
   * Its work failed. A failed {@link operation} reports this by itself.
   *
   * @param error - What happened, for the log event; never an attribute of a metric.
   */
  error(error?: unknown): void {
    if (this.#mayReport('error')) this.#enter('error', error);
  }

  /**
   * Out of quota or money. When the recovery time has come the agent is idle by itself, and the same time reported
   * again is ignored.
   *
   * @param options - Why, until when, and whose quota it is.
   */
  exhausted(options: ExhaustedOptions = {}): void {
    if (!this.#mayReport('exhausted')) return;
    let reason = options.reason ?? 'rate_limit';
    if (!exhaustedReasons.includes(reason)) {
      const given = reason;
      this.#complain(
        'reason',
        `Cannot report exhausted as reason must be one of ${exhaustedReasons.join(', ')}: current value is ${given}`,
      );
      reason = 'rate_limit';
    }
    const recoveryAtMs = options.recoveryAt === undefined ? undefined : Number(options.recoveryAt);
    this.#exhaust(reason, options.scope, this.#checkedRecovery(recoveryAtMs), 'reported');
  }

  /**
   * Looks at an error that a provider's client threw: if it tells of a spent quota or an empty account, the agent is
   * exhausted until the time the error names. A wait of seconds is a retry and changes nothing.
   *
   * @param error - Whatever was thrown.
   * @param options - `scope` names the account or provider where the error doesn't.
   * @returns What the error tells. Never throws.
   */
  observeError(error: unknown, options: { readonly scope?: string | undefined } = {}): ExhaustionVerdict {
    return this.#apply(exhaustionOfError(error, this.#exhaustionOptions()), options.scope);
  }

  /**
   * Looks at a response, as {@link observeError} looks at an error.
   *
   * @param response - Of `fetch`, or anything with its status and headers.
   * @param options - `body`, parsed or as text, if it has been read: without it an empty account may look like a rate
   *   limit. `scope` names the account or provider where the response doesn't.
   * @returns What the response tells. Never throws.
   */
  observeResponse(
    response: ResponseLike,
    options: { readonly body?: unknown; readonly scope?: string | undefined } = {},
  ): ExhaustionVerdict {
    const verdict = exhaustionOfResponse(response, { ...this.#exhaustionOptions(), body: options.body });
    return this.#apply(verdict, options.scope);
  }

  /**
   * Steps inside the work: a busy agent that makes none is stalled.
   *
   * @param steps - How many, more than 0.
   */
  progress(steps = 1): void {
    if (!this.#isRunning('progress')) return;
    if (steps > 0 && Number.isFinite(steps)) this.#fields.progress += steps;
    else
      this.#complain(
        'progress',
        `Cannot add progress as steps must be a number above 0: current value is ${steps}`,
      );
  }

  /**
   * Runs a unit of work and records its duration and failure. The agent is busy meanwhile and idle after; when it
   * failed and no other is under way, the state is error until the next one starts. Operations may nest and overlap.
   * While the agent is paused or exhausted they leave the state alone.
   *
   * @param name - Of a kind of work, not of one piece: each makes series of its own (64 at most, the rest is `other`).
   * @param fn - The work; sync or async.
   * @returns What `fn` gives back.
   * @throws What `fn` throws.
   * @example
   * ```ts
   * import { registerAgent } from '@agent-vitals/sdk';
   *
   * const agent = registerAgent({ id: 'writer', heartbeat: 'manual' });
   * const words = await agent.operation('draft', async () => 420, { confidence: 0.9 });
   * console.log(words, agent.state); // 420 idle
   * agent.stop();
   * ```
   */
  operation<Result>(
    name: string,
    fn: () => Result,
    options: OperationOptions<Awaited<Result>> = {},
  ): Outcome<Result> {
    if (!this.#isRunning('operation')) return fn() as Outcome<Result>;
    return this.#operations.run(name, fn, options);
  }

  /**
   * Something outside that the agent calls.
   *
   * @param name - 64 different ones at most, the rest is `other`.
   */
  integration(name: string): Integration {
    return this.#integrations.get(name);
  }

  /**
   * How sure the agent is of its work.
   *
   * @param value - 0 to 1.
   */
  confidence(value: number): void {
    if (!this.#isRunning('confidence')) return;
    if (value >= 0 && value <= 1) this.#fields.confidence = value;
    else
      this.#complain(
        'confidence',
        `Cannot set the confidence as it must be between 0 and 1: current value is ${value}`,
      );
  }

  /**
   * How many items wait for the agent.
   *
   * @param depth - The number, or a function that is asked at each export; undefined is unknown.
   */
  queueDepth(depth: number | (() => number) | undefined): void {
    if (this.#isRunning('queueDepth')) this.#fields.queue = depth;
  }

  /**
   * Says that the agent will be silent until then, and fine: a cron job between two runs.
   *
   * @param until - A date, or ms since the epoch; at most 24 h ahead, and cut to that. Undefined ends the lease.
   */
  lease(until: Date | number | undefined): void {
    if (!this.#isRunning('lease')) return;
    if (until === undefined) {
      this.#fields.leaseExpirySeconds = undefined;
      return;
    }
    const limitMs = this.#clock.now() + leaseLimitMs;
    const untilMs = Number(until);
    if (!Number.isFinite(untilMs)) {
      this.#complain('lease', `Cannot lease as until must be a date: current value is ${String(until)}`);
      return;
    }
    if (untilMs > limitMs) {
      this.#complain(
        'lease',
        `Cannot lease in full as until must be at most 24 h ahead: current value is ${new Date(untilMs).toISOString()}`,
      );
    }
    this.#fields.leaseExpirySeconds = Math.min(untilMs, limitMs) / 1_000;
  }

  /**
   * As {@link lease}, from now on.
   *
   * @param durationMs - Milliseconds, at most 24 h.
   */
  leaseFor(durationMs: number): void {
    this.lease(this.#clock.now() + durationMs);
  }

  /**
   * A message that the agent sent or received: counted as `vitals.agent.messages`, told as the log event
   * `vitals.message`. Its payload stays here unless the agent was registered with `payloads: true`.
   *
   * @param message - Whose, to whom, and in which thread.
   */
  message(message: Message): void {
    if (this.#isRunning('message')) this.#messages.message(message);
  }

  /**
   * A conversation begins or ends: the log event `vitals.thread`.
   *
   * @param thread - Its id and status.
   */
  thread(thread: Thread): void {
    if (this.#isRunning('thread')) this.#messages.thread(thread);
  }

  /** {@link stop}, at the end of `using`. */
  [Symbol.dispose](): void {
    this.stop();
  }

  /** {@link stop}, and the goodbye is sent, at the end of `await using`. Never rejects. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.stop();
    await currentEmission().flush?.();
  }

  /** A goodbye is final: what comes after it is a mistake. */
  #mayReport(state: ReportedState): boolean {
    if (this.#link !== undefined) return true;
    this.#complaints.raise(`stopped>${state}`, () => new AgentStatusError(this.id, 'stopped', state));
    return false;
  }

  #isRunning(method: string): boolean {
    if (this.#link !== undefined) return true;
    this.#complain(
      `stopped ${method}`,
      `Cannot call ${method} as the agent must not be stopped: current state is stopped`,
    );
    return false;
  }

  #complain(kind: string, message: string): void {
    this.#complaints.raise(kind, () => new RangeError(message));
  }

  #enter(state: ReportedState, error?: unknown, reason?: string): void {
    const from = this.#states.state;
    if (!this.#states.enter(state)) return;
    if (from === 'exhausted') {
      this.#exhaustion.end();
      this.#fields.exhausted = undefined;
    }
    if (isNotable[from] || isNotable[state]) this.#messages.stateChanged(state, reason, error);
    if (isUrgent[state]) currentEmission().urgent?.(this.#fields);
  }

  #enterAvailable(): void {
    this.#enter('idle');
    if (this.#operations.working) this.#enter('busy');
  }

  #record(
    kind: keyof AgentRecorder,
    name: string,
    durationSeconds: number,
    errorType: string | undefined,
  ): void {
    try {
      this.#link?.recorder[kind](name, Math.max(0, durationSeconds), errorType);
    } catch (error) {
      this.#complain(
        'record',
        `Cannot record the duration of ${name} as the MeterProvider threw ${String(error)}`,
      );
    }
  }

  #exhaust(
    reason: ExhaustedReason,
    scope: string | undefined,
    recoveryAtMs: number | undefined,
    source: RecoverySource,
  ): void {
    if (recoveryAtMs !== undefined && this.#exhaustion.isOver(recoveryAtMs)) return;
    const waitMs = this.#options.defaultRecoveryMs?.[reason] ?? defaultRecoveryMs;
    const atMs = recoveryAtMs ?? this.#clock.now() + waitMs;
    this.#exhaustion.begin(reason, scope, atMs, recoveryAtMs === undefined ? 'default' : source);
    this.#fields.exhausted = Number.isFinite(atMs) ? this.#exhaustion.reading : undefined;
    if (this.state === 'exhausted') currentEmission().urgent?.(this.#fields);
    else this.#enter('exhausted', undefined, reason);
  }

  #apply(verdict: ExhaustionVerdict, scope: string | undefined): ExhaustionVerdict {
    if (verdict.kind !== 'exhausted' || !this.#isRunning('observe')) return verdict;
    if (verdict.rejected !== undefined)
      this.#complain('recovery', `Cannot use a recovery time: ${verdict.rejected}`);
    this.#exhaust(
      verdict.reason,
      scope ?? verdict.scope,
      verdict.recoveryAtMs ?? undefined,
      verdict.recoverySource,
    );
    return verdict;
  }

  #recovered(): void {
    this.#fields.exhausted = undefined;
    if (this.state === 'exhausted') this.#enterAvailable();
  }

  #exhaustionOptions() {
    const { retryThresholdMs, maxRecoveryMs } = this.#options;
    return { nowMs: this.#clock.now(), retryThresholdMs, maxRecoveryMs };
  }

  #checkedRecovery(recoveryAtMs: number | undefined): number | undefined {
    if (recoveryAtMs === undefined || this.#exhaustion.isOver(recoveryAtMs)) return recoveryAtMs;
    const waitMs = recoveryAtMs - this.#clock.now();
    const limitMs = this.#options.maxRecoveryMs ?? defaultMaxRecoveryMs;
    if (waitMs > 0 && waitMs <= limitMs) return recoveryAtMs;
    const said = Number.isNaN(recoveryAtMs) ? 'not a date' : `${Math.round(waitMs / 1_000)} s from now`;
    this.#complain(
      'recovery',
      `Cannot use a recovery time as it must be in the future, at most ${limitMs / 1_000} s from now: current value is ${said}`,
    );
    return undefined;
  }

  #checkedInterval(intervalMs: number | undefined): number {
    if (intervalMs === undefined) return defaultHeartbeatIntervalMs;
    if (intervalMs >= 100 && intervalMs <= 3_600_000) return intervalMs;
    this.#complain(
      'interval',
      `Cannot beat as heartbeatIntervalMs must be between 100 and 3,600,000: current value is ${intervalMs}`,
    );
    return defaultHeartbeatIntervalMs;
  }
}

/**
 * Registers an agent: it is idle, it beats from now on, and what it says goes to the global MeterProvider of
 * OpenTelemetry, also to one that is registered later. Registering an id that runs already gives back the running
 * agent.
 *
 * @param options - Who it is; only `id` is needed.
 * @returns The agent's handle.
 * @throws TypeError without an id, RangeError for one above 256 bytes, Error where the parent process has registered
 *   it: a wrong identity is better seen at the start than in a dashboard. Nothing else ever throws outside of strict
 *   mode.
 * @example
 * ```ts
 * import { registerAgent } from '@agent-vitals/sdk';
 *
 * const agent = registerAgent({ id: 'writer', name: 'Writer', session: 'newsroom', type: 'author' });
 * await agent.operation('draft', async () => {
 *   agent.progress();
 * });
 * agent.stop();
 * ```
 */
export function registerAgent(options: AgentOptions = {}): Agent {
  const id = agentIdOf(options);
  const running = findAgent(id);
  if (running === undefined) return new Agent(id, options);
  const message = `Cannot register agent "${id}" twice in one process as ids must be unique`;
  if (options.strict === true) throw new Error(message);
  diag.warn(`@agent-vitals/sdk: ${message}: both get the handle of the running one`);
  return running;
}
