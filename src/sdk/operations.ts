import type { AgentFields } from './agent-fields.ts';
import { type Clock, nanosecondsOf } from './clock.ts';
import type { AgentRecorder } from './emission.ts';
import { BoundedNames, boundedErrorTypes, errorTypeOf } from './error-type.ts';
import { read } from './exhaustion/safe-read.ts';
import { ignoreRejection, shown } from './given.ts';
import { measure, type Observer, type Outcome } from './measure.ts';
import type { OperationOptions } from './options.ts';
import { bitsOf, place, type StatePlace } from './state-keeper.ts';

/** Distinct operation names an agent may have: each makes series of its own. The rest is `other`. */
export const operationNameLimit = 64;

/** States that an operation turns into busy. Who is paused or out says so himself, and stays so. */
const wakeable = bitsOf(['idle', 'error', 'waiting']);
/** States that outlast the operations under way. */
const lasting = bitsOf(['paused', 'exhausted', 'stopped']);

const noOptions = Object.freeze({});

/** How the operations of an agent reach its state, its confidence and its recorder. */
export interface OperationHost {
  readonly fields: AgentFields;
  readonly clock: Clock;
  record(
    kind: keyof AgentRecorder,
    name: string,
    durationSeconds: number,
    errorType: string | undefined,
  ): void;
  /** Returns whether the state changed. */
  enter(to: StatePlace, error?: unknown): boolean;
  confidence(value: number): void;
  complain(kind: string, message: string): void;
}

/** Operations of one name under way. */
export interface OperationCount {
  readonly name: string;
  active: number;
}

/** The work under way: durations, failures, and the state that follows from them. */
export class Operations {
  readonly host: OperationHost;
  readonly errorTypes = boundedErrorTypes();
  readonly #names = new BoundedNames(operationNameLimit, 'other');
  /** Operations under way that set the state. */
  #working = 0;
  /** The state to go back to when the last of them ends. */
  #rest: StatePlace = place.idle;
  /** One has failed since the last start. */
  #hasFailed = false;
  #failure: unknown;

  constructor(host: OperationHost) {
    this.host = host;
  }

  /** Whether operations hold the agent busy. */
  get working(): boolean {
    return this.#working > 0;
  }

  /** The author said idle himself: it stays so when the operations under way end. */
  restIdle(): void {
    this.#rest = place.idle;
  }

  run<Result>(
    name: string,
    fn: () => Result,
    given: OperationOptions<Awaited<Result>> | undefined,
  ): Outcome<Result> {
    const options = given === undefined ? noOptions : this.#read(given);
    return measure(fn, new Operation(this, this.#count(name), options));
  }

  /** Returns whether the state changed. */
  begin(slot: string | undefined): boolean {
    const state = this.host.fields.states.place;
    this.#hasFailed = false;
    this.#failure = undefined;
    if (this.#working++ === 0 && state !== place.error) {
      this.#rest = state === place.busy || state === place.on_call ? state : place.idle;
    }
    if (((wakeable >> state) & 1) === 0) return false;
    return this.host.enter(slot === 'on_call' ? place.on_call : place.busy);
  }

  /** Returns whether the state changed. */
  end(failed: boolean, error: unknown): boolean {
    if (failed) {
      this.#hasFailed = true;
      this.#failure = error;
    }
    if (--this.#working > 0) return false;
    const state = this.host.fields.states.place;
    if (((lasting >> state) & 1) === 1) return false;
    if (this.#hasFailed) return this.host.enter(place.error, this.#failure);
    // An error that is there without a failed operation is the author's own word, and so is another kind of work.
    const goesToRest = state === place.waiting || (this.#rest === place.idle && state !== place.error);
    return goesToRest && this.host.enter(this.#rest);
  }

  /** What is given may have getters that throw: it is read once, before anything has begun. */
  #read<Value>(given: OperationOptions<Value>): OperationOptions<Value> {
    try {
      const { setsState, slot, signal, confidence } = given;
      return { setsState, slot, signal, confidence };
    } catch (error) {
      this.object(error);
      return noOptions;
    }
  }

  /** The options of an operation cannot be used. */
  object(error: unknown): void {
    this.host.complain(
      'operation options',
      `Cannot use the options of an operation as they must be readable: ${shown(error)}`,
    );
  }

  #count(givenName: string): OperationCount {
    const counts = this.host.fields.operationCounts;
    const known = counts.get(givenName);
    if (known !== undefined) return known;
    const name = this.#names.take(givenName);
    let count = counts.get(name);
    if (count === undefined) {
      count = { name, active: 0 };
      counts.set(name, count);
    }
    return count;
  }
}

/**
 * One operation from its start to its end, or to its abort, whichever is first. Reading the clock is what it costs
 * most, so where the state changes with it, both share one reading.
 */
class Operation<Value> implements Observer<Value> {
  readonly #operations: Operations;
  readonly #count: OperationCount;
  readonly #options: OperationOptions<Value>;
  readonly #setsState: boolean;
  readonly #startedNanoseconds: bigint;
  #onAbort: (() => void) | undefined;
  #ended = false;

  constructor(operations: Operations, count: OperationCount, options: OperationOptions<Value>) {
    this.#operations = operations;
    this.#count = count;
    this.#options = options;
    this.#setsState = options.setsState !== false;
    const { signal } = options;
    const isAborted = signal != null && this.#listen(signal);
    count.active++;
    this.#startedNanoseconds = this.#now(this.#setsState && operations.begin(options.slot));
    if (isAborted) this.failed(read(signal, 'reason'));
  }

  succeeded(value: Value): void {
    if (this.#ended) return;
    this.#close();
    const hasChanged = this.#setsState && this.#operations.end(false, undefined);
    this.#record(this.#now(hasChanged), undefined);
    if (this.#options.confidence !== undefined) this.#confide(value);
  }

  failed(error: unknown): void {
    if (this.#ended) return;
    this.#close();
    // Recorded before the state changes: an error is exported at once, and its duration with it.
    this.#record(this.#now(false), this.#operations.errorTypes.take(errorTypeOf(error)));
    if (this.#setsState) this.#operations.end(true, error);
  }

  /** Returns whether it has aborted already. */
  #listen(signal: AbortSignal): boolean {
    try {
      if (signal.aborted) return true;
      const onAbort = () => this.failed(read(signal, 'reason'));
      signal.addEventListener('abort', onAbort, { once: true });
      this.#onAbort = onAbort;
    } catch (error) {
      this.#operations.object(error);
    }
    return false;
  }

  #now(hasChanged: boolean): bigint {
    const { clock, fields } = this.#operations.host;
    return hasChanged ? fields.states.sinceNanoseconds : nanosecondsOf(clock);
  }

  #close(): void {
    this.#ended = true;
    this.#count.active--;
    if (this.#onAbort !== undefined) this.#options.signal?.removeEventListener('abort', this.#onAbort);
  }

  #record(endedNanoseconds: bigint, errorType: string | undefined): void {
    const durationSeconds = Number(endedNanoseconds - this.#startedNanoseconds) / 1e9;
    this.#operations.host.record('operation', this.#count.name, durationSeconds, errorType);
  }

  #confide(value: Value): void {
    const { confidence } = this.#options;
    let said: number | undefined;
    try {
      said = typeof confidence === 'function' ? confidence(value) : confidence;
    } catch {
      // The author's own function failed: the operation itself did not, and its result is what counts.
    }
    ignoreRejection(said);
    if (said !== undefined) this.#operations.host.confidence(said);
  }
}
