import {
  type ExhaustedReason,
  exhaustedReasons,
  type RecoverySource,
  type ReportedState,
  reportedStates,
} from '@agent-vitals/contract';
import type { Agent } from './agent.ts';
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
import { identityOf } from './identity.ts';
import { type Integration, Integrations } from './integration.ts';
import type { Outcome } from './measure.ts';
import { type Message, Messages, type Thread } from './messages.ts';
import { Operations } from './operations.ts';
import type { AgentOptions, ExhaustedOptions, OperationOptions, Work } from './options.ts';
import { releaseId } from './processes.ts';
import { enroll, findAgent, withdraw } from './registry.ts';
import { bitsOf, place, StateKeeper, type StatePlace } from './state-keeper.ts';
import { AgentStatusError } from './status-error.ts';

const defaultHeartbeatIntervalMs = 10_000;
const defaultRecoveryMs = 5 * 3_600_000;
const leaseLimitMs = 24 * 3_600_000;

/** Changes into or out of these are told as log events, for their reasons; the rest is in the metrics. */
const notable = bitsOf(['paused', 'error', 'exhausted', 'stopped']);
/** Changes that somebody waits for: worth an export before the next is due. */
const urgent = bitsOf(['error', 'exhausted', 'stopped']);

/**
 * All that {@link Agent} promises, each method a few lines over the part that does it. Longer than its neighbours
 * because an agent has that much to say, and each word of it checks what it is given.
 */
export class AgentHandle implements Agent {
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
      enter: (to, error) => this.#enter(to, error),
      confidence: (value) => this.confidence(value),
    });
    this.#integrations = new Integrations(this.#clock, (name, durationSeconds, errorType) =>
      this.#record('integration', name, durationSeconds, errorType),
    );
    this.#messages = new Messages(this.#fields, this.#clock, options.payloads === true);
    this.start();
  }

  get id(): string {
    return this.#fields.id;
  }

  get state(): ReportedState {
    return this.#fields.state;
  }

  get complaints(): number {
    return this.#complaints.count;
  }

  get eventsLost(): number {
    return this.#messages.lost;
  }

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
    this.#link = new EmissionLink(this.#fields);
    enroll({
      agent: this,
      resources: this.#options.resources,
      show: (shows) => {
        this.#fields.showsResources = shows;
      },
    });
    this.#enter(place.idle);
    if (this.#options.heartbeat === 'manual') return;
    this.beat();
    this.#heartbeatTimer = setInterval(() => this.beat(), this.#heartbeatIntervalMs);
    this.#heartbeatTimer.unref?.();
  }

  stop(): void {
    if (this.#link === undefined) return;
    clearInterval(this.#heartbeatTimer);
    this.#heartbeatTimer = undefined;
    this.#enter(place.stopped);
    this.#link.release();
    this.#link = undefined;
    withdraw(this);
    releaseId(this.id);
  }

  beat(): void {
    if (!this.#isRunning('beat')) return;
    this.#fields.heartbeats++;
    this.#exhaustion.check();
    currentEmission().listens();
  }

  idle(): void {
    if (!this.#mayReport(place.idle)) return;
    this.#operations.restIdle();
    this.#enter(place.idle);
  }

  busy(): void {
    if (this.#mayReport(place.busy)) this.#enter(place.busy);
  }

  onCall(): void {
    if (this.#mayReport(place.on_call)) this.#enter(place.on_call);
  }

  work(work: Work = {}): void {
    if (work.slot === 'on_call') this.onCall();
    else this.busy();
  }

  waiting(): void {
    if (this.#mayReport(place.waiting)) this.#enter(place.waiting);
  }

  pause(): void {
    if (this.#mayReport(place.paused)) this.#enter(place.paused);
  }

  resume(): void {
    if (this.#mayReport(place.idle) && this.state === 'paused') this.#enterAvailable();
  }

  error(error?: unknown): void {
    if (this.#mayReport(place.error)) this.#enter(place.error, error);
  }

  exhausted(options: ExhaustedOptions = {}): void {
    if (!this.#mayReport(place.exhausted)) return;
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

  observeError(error: unknown, options: { readonly scope?: string | undefined } = {}): ExhaustionVerdict {
    return this.#apply(exhaustionOfError(error, this.#exhaustionOptions()), options.scope);
  }

  observeResponse(
    response: ResponseLike,
    options: { readonly body?: unknown; readonly scope?: string | undefined } = {},
  ): ExhaustionVerdict {
    const verdict = exhaustionOfResponse(response, { ...this.#exhaustionOptions(), body: options.body });
    return this.#apply(verdict, options.scope);
  }

  progress(steps = 1): void {
    if (!this.#isRunning('progress')) return;
    if (steps > 0 && Number.isFinite(steps)) this.#fields.progress += steps;
    else
      this.#complain(
        'progress',
        `Cannot add progress as steps must be a number above 0: current value is ${steps}`,
      );
  }

  operation<Result>(
    name: string,
    fn: () => Result,
    options: OperationOptions<Awaited<Result>> = {},
  ): Outcome<Result> {
    if (!this.#isRunning('operation')) return fn() as Outcome<Result>;
    return this.#operations.run(name, fn, options);
  }

  integration(name: string): Integration {
    return this.#integrations.get(name);
  }

  confidence(value: number): void {
    if (!this.#isRunning('confidence')) return;
    if (value >= 0 && value <= 1) this.#fields.confidence = value;
    else
      this.#complain(
        'confidence',
        `Cannot set the confidence as it must be between 0 and 1: current value is ${value}`,
      );
  }

  queueDepth(depth: number | (() => number | undefined) | undefined): void {
    if (!this.#isRunning('queueDepth')) return;
    if (typeof depth !== 'number' || depth >= 0) this.#fields.queue = depth;
    else
      this.#complain(
        'queueDepth',
        `Cannot set the queue depth as it must be a number of at least 0: current value is ${depth}`,
      );
  }

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

  leaseFor(durationMs: number): void {
    this.lease(this.#clock.now() + durationMs);
  }

  message(message: Message): void {
    if (this.#isRunning('message')) this.#messages.message(message);
  }

  thread(thread: Thread): void {
    if (this.#isRunning('thread')) this.#messages.thread(thread);
  }

  [Symbol.dispose](): void {
    this.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stop();
    await currentEmission().flush?.();
  }

  /** A goodbye is final: what comes after it is a mistake. */
  #mayReport(to: StatePlace): boolean {
    if (this.#link !== undefined) return true;
    const state = reportedStates[to]!;
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

  #enter(to: StatePlace, error?: unknown, reason?: string): boolean {
    const from = this.#states.place;
    if (!this.#states.enter(to)) return false;
    if ((((notable >> from) | (notable >> to)) & 1) === 1) this.#tell(from, to, error, reason);
    return true;
  }

  /** The rare changes, kept out of the path of the frequent ones. */
  #tell(from: StatePlace, to: StatePlace, error: unknown, reason: string | undefined): void {
    if (from === place.exhausted) {
      this.#exhaustion.end();
      this.#fields.exhausted = undefined;
    }
    this.#messages.stateChanged(this.state, reason, error);
    if (((urgent >> to) & 1) === 1) currentEmission().urgent?.(this.#fields);
  }

  #enterAvailable(): void {
    this.#enter(place.idle);
    if (this.#operations.working) this.#enter(place.busy);
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
      this.#complaints.note('record', `the registered MeterProvider threw ${String(error)}`);
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
    else this.#enter(place.exhausted, undefined, reason);
  }

  #apply(verdict: ExhaustionVerdict, scope: string | undefined): ExhaustionVerdict {
    if (verdict.kind !== 'exhausted' || this.#link === undefined) return verdict;
    if (verdict.rejected !== undefined) this.#complaints.note('rejected recovery', verdict.rejected);
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
