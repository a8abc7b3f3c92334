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
import { BoundedNames } from './error-type.ts';
import { read } from './exhaustion/safe-read.ts';
import {
  defaultMaxRecoveryMs,
  defaultRetryThresholdMs,
  type ExhaustionVerdict,
  exhaustionOfError,
  exhaustionOfResponse,
  type ResponseLike,
} from './exhaustion.ts';
import { ExhaustionKeeper } from './exhaustion-keeper.ts';
import { millisecondsOf, shown } from './given.ts';
import { identityOf } from './identity.ts';
import { type Integration, Integrations } from './integration.ts';
import type { Outcome } from './measure.ts';
import { type Message, Messages, type Thread } from './messages.ts';
import { Operations } from './operations.ts';
import type { AgentOptions, ExhaustedOptions, OperationOptions, Work } from './options.ts';
import { claimId, releaseId } from './processes.ts';
import { enroll, findAgent, withdraw } from './registry.ts';
import { bitsOf, place, StateKeeper, type StatePlace } from './state-keeper.ts';
import { AgentStatusError } from './status-error.ts';

const defaultHeartbeatIntervalMs = 10_000;
const defaultRecoveryMs = 5 * 3_600_000;
const leaseLimitMs = 24 * 3_600_000;

/** Distinct scopes an agent may name: each makes series of its own. */
const scopeLimit = 64;

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
  readonly #scopes = new BoundedNames(scopeLimit, '');
  readonly #heartbeatIntervalMs: number;
  readonly #retryThresholdMs: number;
  readonly #maxRecoveryMs: number;
  readonly #defaultRecoveryMs: Readonly<Record<ExhaustedReason, number>>;
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
    this.#retryThresholdMs = this.#checkedWait('retryThresholdMs', options, defaultRetryThresholdMs);
    this.#maxRecoveryMs = this.#checkedWait('maxRecoveryMs', options, defaultMaxRecoveryMs);
    this.#defaultRecoveryMs = {
      rate_limit: this.#checkedWait('rate_limit', options.defaultRecoveryMs, defaultRecoveryMs),
      billing: this.#checkedWait('billing', options.defaultRecoveryMs, defaultRecoveryMs),
    };
    this.#exhaustion = new ExhaustionKeeper(this.#clock, () => this.#recovered());
    this.#operations = new Operations({
      fields: this.#fields,
      clock: this.#clock,
      record: (kind, name, durationSeconds, errorType) =>
        this.#record(kind, name, durationSeconds, errorType),
      enter: (to, error) => this.#enter(to, error),
      confidence: (value) => this.confidence(value),
      complain: (kind, message) => this.#complain(kind, message),
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
    // Stopping released it; at the first start it is claimed already.
    claimId(this.id);
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

  work(work?: Work): void {
    if (read(work, 'slot') === 'on_call') this.onCall();
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

  exhausted(options?: ExhaustedOptions): void {
    if (!this.#mayReport(place.exhausted)) return;
    const reason = this.#checkedReason(read(options, 'reason') ?? 'rate_limit');
    const recoveryAt = read(options, 'recoveryAt') ?? undefined;
    const recoveryAtMs = recoveryAt === undefined ? undefined : millisecondsOf(recoveryAt);
    this.#exhaust(reason, read(options, 'scope'), this.#checkedRecovery(recoveryAtMs), 'reported');
  }

  observeError(error: unknown, options?: { readonly scope?: string | undefined }): ExhaustionVerdict {
    return this.#apply(exhaustionOfError(error, this.#exhaustionOptions()), read(options, 'scope'));
  }

  observeResponse(
    response: ResponseLike,
    options?: { readonly body?: unknown; readonly scope?: string | undefined },
  ): ExhaustionVerdict {
    const body = read(options, 'body');
    const verdict = exhaustionOfResponse(response, { ...this.#exhaustionOptions(), body });
    return this.#apply(verdict, read(options, 'scope'));
  }

  progress(steps = 1): void {
    if (!this.#isRunning('progress')) return;
    if (typeof steps === 'number' && steps > 0 && steps < Number.POSITIVE_INFINITY) {
      this.#fields.progress += steps;
    } else {
      this.#complain(
        'progress',
        `Cannot add progress as steps must be a number above 0: current value is ${shown(steps)}`,
      );
    }
  }

  operation<Result>(
    name: string,
    fn: () => Result,
    options?: OperationOptions<Awaited<Result>>,
  ): Outcome<Result> {
    if (!this.#isRunning('operation')) return fn() as Outcome<Result>;
    return this.#operations.run(name, fn, options);
  }

  integration(name: string): Integration {
    return this.#integrations.get(name);
  }

  confidence(value: number): void {
    if (!this.#isRunning('confidence')) return;
    if (typeof value === 'number' && value >= 0 && value <= 1) {
      this.#fields.confidence = value;
    } else {
      this.#complain(
        'confidence',
        `Cannot set the confidence as it must be between 0 and 1: current value is ${shown(value)}`,
      );
    }
  }

  queueDepth(depth: number | (() => number | undefined) | undefined): void {
    if (!this.#isRunning('queueDepth')) return;
    if (depth === undefined || typeof depth === 'function' || (typeof depth === 'number' && depth >= 0)) {
      this.#fields.queue = depth;
    } else {
      this.#complain(
        'queueDepth',
        `Cannot set the queue depth as it must be a number of at least 0: current value is ${shown(depth)}`,
      );
    }
  }

  lease(until: Date | number | undefined): void {
    if (!this.#isRunning('lease')) return;
    if (until === undefined) {
      this.#fields.leaseExpirySeconds = undefined;
      return;
    }
    const nowMs = this.#clock.now();
    const untilMs = millisecondsOf(until);
    if (!Number.isFinite(untilMs)) {
      this.#complain('lease', `Cannot lease as until must be a date: current value is ${shown(until)}`);
      return;
    }
    if (untilMs > nowMs + leaseLimitMs) {
      this.#complain(
        'lease',
        `Cannot lease in full as until must be at most 24 h ahead: current value is ${(untilMs - nowMs) / 1_000} s ahead`,
      );
    }
    this.#fields.leaseExpirySeconds = Math.min(untilMs, nowMs + leaseLimitMs) / 1_000;
  }

  leaseFor(durationMs: number): void {
    this.lease(typeof durationMs === 'number' ? this.#clock.now() + durationMs : Number.NaN);
  }

  message(message: Message): void {
    if (!this.#isRunning('message')) return;
    if (typeof message === 'object' && message !== null) {
      this.#messages.message(message);
    } else {
      this.#complain(
        'message',
        `Cannot tell of a message as it must be an object: current value is ${shown(message)}`,
      );
    }
  }

  thread(thread: Thread): void {
    if (!this.#isRunning('thread') || this.#messages.thread(thread)) return;
    this.#complain(
      'thread',
      `Cannot tell of a thread as its id must be text: current value is ${shown(read(thread, 'id'))}`,
    );
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
    scope: unknown,
    recoveryAtMs: number | undefined,
    source: RecoverySource,
  ): void {
    if (recoveryAtMs !== undefined && this.#exhaustion.isOver(recoveryAtMs)) return;
    const waitMs = this.#defaultRecoveryMs[reason];
    const atMs = recoveryAtMs ?? this.#clock.now() + waitMs;
    const begun = recoveryAtMs === undefined ? 'default' : source;
    this.#exhaustion.begin(reason, this.#checkedScope(scope), atMs, begun);
    this.#fields.exhausted = Number.isFinite(atMs) ? this.#exhaustion.reading : undefined;
    if (this.state === 'exhausted') currentEmission().urgent?.(this.#fields);
    else this.#enter(place.exhausted, undefined, reason);
  }

  #apply(verdict: ExhaustionVerdict, scope: unknown): ExhaustionVerdict {
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
    return {
      nowMs: this.#clock.now(),
      retryThresholdMs: this.#retryThresholdMs,
      maxRecoveryMs: this.#maxRecoveryMs,
    };
  }

  #checkedReason(reason: unknown): ExhaustedReason {
    const known = exhaustedReasons.find((each) => each === reason);
    if (known !== undefined) return known;
    this.#complain(
      'reason',
      `Cannot report exhausted as reason must be one of ${exhaustedReasons.join(', ')}: current value is ${shown(reason)}`,
    );
    return 'rate_limit';
  }

  /** Never cut: agents whose scopes become the same would be one incident. */
  #checkedScope(scope: unknown): string | undefined {
    if (scope === undefined || scope === null || scope === '') return undefined;
    const known = this.#scopes.take(scope as string);
    if (known !== '') return known;
    this.#complain(
      'scope',
      `Cannot name the scope as it must be text of at most 128 characters, and at most ${scopeLimit} of an agent: current value is ${shown(scope)}`,
    );
    return undefined;
  }

  #checkedRecovery(recoveryAtMs: number | undefined): number | undefined {
    if (recoveryAtMs === undefined || this.#exhaustion.isOver(recoveryAtMs)) return recoveryAtMs;
    const waitMs = recoveryAtMs - this.#clock.now();
    const limitMs = this.#maxRecoveryMs;
    if (waitMs > 0 && waitMs <= limitMs) return recoveryAtMs;
    const said = Number.isNaN(recoveryAtMs) ? 'not a date' : `${Math.round(waitMs / 1_000)} s from now`;
    this.#complain(
      'recovery',
      `Cannot use a recovery time as it must be in the future, at most ${limitMs / 1_000} s from now: current value is ${said}`,
    );
    return undefined;
  }

  #checkedWait(name: string, options: object | undefined, defaultMs: number): number {
    const value = read(options, name) ?? defaultMs;
    if (typeof value === 'number' && value >= 0) return value;
    this.#complain(
      name,
      `Cannot use ${name} as it must be milliseconds from 0 up: current value is ${shown(value)}`,
    );
    return defaultMs;
  }

  #checkedInterval(intervalMs: number | undefined): number {
    if (intervalMs === undefined) return defaultHeartbeatIntervalMs;
    if (typeof intervalMs === 'number' && intervalMs >= 100 && intervalMs <= 3_600_000) return intervalMs;
    this.#complain(
      'interval',
      `Cannot beat as heartbeatIntervalMs must be between 100 and 3,600,000: current value is ${shown(intervalMs)}`,
    );
    return defaultHeartbeatIntervalMs;
  }
}
