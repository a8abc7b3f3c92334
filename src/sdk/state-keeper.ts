import { mayFollow, type ReportedState, reportedStates } from '@agent-vitals/contract';
import { type Clock, nanosecondsOf } from './clock.ts';
import type { Complaints } from './complaints.ts';
import { AgentStatusError } from './status-error.ts';

/** A state by its place in `reportedStates`: the path of every change compares integers. */
export type StatePlace = number;

export const place = Object.fromEntries(reportedStates.map((state, index) => [state, index])) as Readonly<
  Record<ReportedState, StatePlace>
>;

/** Several states as bits. */
export function bitsOf(states: readonly ReportedState[]): number {
  return states.reduce((bits, state) => bits | (1 << place[state]), 0);
}

const following = reportedStates.map((from) => bitsOf(reportedStates.filter((to) => mayFollow(from, to))));

/** The reported state and the time spent in each, by a clock that never jumps. */
export class StateKeeper {
  #place: StatePlace = place.idle;
  /** Time in each state, by its place. */
  readonly #nanoseconds = new BigInt64Array(reportedStates.length);
  /** When the current state began; an array of one keeps the BigInt off the heap. */
  readonly #since = new BigInt64Array(1);
  readonly #clock: Clock;
  readonly #agentId: string;
  readonly #complaints: Complaints;

  constructor(agentId: string, clock: Clock, complaints: Complaints) {
    this.#agentId = agentId;
    this.#clock = clock;
    this.#complaints = complaints;
    this.#since[0] = nanosecondsOf(clock);
  }

  get place(): StatePlace {
    return this.#place;
  }

  /** When the current state began, in the nanoseconds of the clock. */
  get sinceNanoseconds(): bigint {
    return this.#since[0]!;
  }

  get state(): ReportedState {
    return reportedStates[this.#place]!;
  }

  /**
   * Goes to a state. The same again is nothing; one that may not follow is applied and said, or in strict mode thrown.
   *
   * @returns Whether the state changed.
   */
  enter(to: StatePlace): boolean {
    const from = this.#place;
    if (from === to) return false;
    if ((following[from]! & (1 << to)) === 0) this.#object(to);
    const now = nanosecondsOf(this.#clock);
    const spent = BigInt.asIntN(64, now - this.#since[0]!);
    this.#nanoseconds[from] = BigInt.asIntN(64, this.#nanoseconds[from]! + spent);
    this.#since[0] = now;
    this.#place = to;
    return true;
  }

  /** Seconds spent in a state so far; a stopped agent's time has stopped, too. */
  secondsIn(state: ReportedState): number {
    const spent = this.#nanoseconds[place[state]]!;
    const isRunning = place[state] === this.#place && state !== 'stopped';
    const nanoseconds = isRunning ? spent + nanosecondsOf(this.#clock) - this.#since[0]! : spent;
    return Number(nanoseconds) / 1e9;
  }

  #object(to: StatePlace): void {
    const error = () => new AgentStatusError(this.#agentId, this.state, reportedStates[to]!);
    this.#complaints.raise(`${this.state}>${reportedStates[to]}`, error);
  }
}
