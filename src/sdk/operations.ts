import type { ReportedState } from '@agent-vitals/contract';
import type { AgentFields } from './agent-fields.ts';
import type { Clock } from './clock.ts';
import type { AgentRecorder } from './emission.ts';
import { BoundedNames, boundedErrorTypes, errorTypeOf } from './error-type.ts';
import { measure, type Outcome } from './measure.ts';
import type { OperationOptions } from './options.ts';

/** Distinct operation names an agent may have: each makes series of its own. The rest is `other`. */
export const operationNameLimit = 64;

/** How the operations of an agent reach its state, confidence and events. */
export interface OperationHost {
  readonly fields: AgentFields;
  readonly clock: Clock;
  record(
    kind: keyof AgentRecorder,
    name: string,
    durationSeconds: number,
    errorType: string | undefined,
  ): void;
  enter(state: ReportedState, error?: unknown): void;
  confidence(value: number): void;
}

/** The work under way: durations, failures, and the state that follows from them. */
export class Operations {
  readonly #host: OperationHost;
  readonly #names = new BoundedNames(operationNameLimit, 'other');
  readonly #errorTypes = boundedErrorTypes();
  /** Operations under way that set the state. */
  #working = 0;
  /** The state to go back to when the last of them ends. */
  #rest: ReportedState = 'idle';
  /** One has failed since the last start. */
  #failure: { readonly error: unknown } | undefined;

  constructor(host: OperationHost) {
    this.#host = host;
  }

  /** Whether operations hold the agent busy. */
  get working(): boolean {
    return this.#working > 0;
  }

  /** The author said idle himself: it stays so when the operations under way end. */
  restIdle(): void {
    this.#rest = 'idle';
  }

  run<Result>(name: string, fn: () => Result, options: OperationOptions<Awaited<Result>>): Outcome<Result> {
    const end = this.#start(name, options);
    return measure(fn, {
      succeeded: (value) => {
        this.#confide(options, value);
        end(false);
      },
      failed: (error) => end(true, error),
    });
  }

  #start(givenName: string, options: OperationOptions<never>): (failed: boolean, error?: unknown) => void {
    const { fields, clock } = this.#host;
    const name = this.#names.take(givenName);
    const setsState = options.setsState !== false;
    fields.activeOperations.set(name, (fields.activeOperations.get(name) ?? 0) + 1);
    if (setsState) this.#work(options.slot);
    const startedMs = clock.monotonic();
    let ended = false;
    const end = (failed: boolean, error?: unknown) => {
      if (ended) return;
      ended = true;
      signal?.removeEventListener('abort', onAbort);
      const durationSeconds = (clock.monotonic() - startedMs) / 1_000;
      fields.activeOperations.set(name, (fields.activeOperations.get(name) ?? 1) - 1);
      const errorType = failed ? this.#errorTypes.take(errorTypeOf(error)) : undefined;
      this.#host.record('operation', name, durationSeconds, errorType);
      if (setsState) this.#finish(failed, error);
    };
    const signal = options.signal;
    const onAbort = () => end(true, signal?.reason);
    if (signal?.aborted === false) signal.addEventListener('abort', onAbort, { once: true });
    return end;
  }

  #work(slot: string | undefined): void {
    const state = this.#host.fields.state;
    this.#failure = undefined;
    if (this.#working++ === 0 && state !== 'error') {
      this.#rest = state === 'busy' || state === 'on_call' ? state : 'idle';
    }
    // Who is paused or out says so himself: an operation beside it doesn't make him available.
    if (state === 'idle' || state === 'error' || state === 'waiting') {
      this.#host.enter(slot === 'on_call' ? 'on_call' : 'busy');
    }
  }

  #finish(failed: boolean, error: unknown): void {
    if (failed) this.#failure = { error };
    if (--this.#working > 0) return;
    const state = this.#host.fields.state;
    if (state === 'paused' || state === 'exhausted' || state === 'stopped') return;
    if (this.#failure !== undefined) this.#host.enter('error', this.#failure.error);
    // An error that is there without a failed operation is the author's own word, and so is another kind of work.
    else if (state === 'waiting' || (this.#rest === 'idle' && state !== 'error'))
      this.#host.enter(this.#rest);
  }

  #confide<Result>(options: OperationOptions<Result>, result: Result): void {
    if (options.confidence === undefined) return;
    try {
      const value =
        typeof options.confidence === 'function' ? options.confidence(result) : options.confidence;
      if (value !== undefined) this.#host.confidence(value);
    } catch {
      // The author's own function failed: the operation itself did not, and its result is what counts.
    }
  }
}
