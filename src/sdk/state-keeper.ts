import { mayFollow, type ReportedState, reportedStates } from '@agent-vitals/contract';
import type { Clock } from './clock.ts';
import type { Complaints } from './complaints.ts';
import { AgentStatusError } from './status-error.ts';

/** The reported state and the time spent in each, by a clock that never jumps. */
export class StateKeeper {
  state: ReportedState = 'idle';
  readonly #milliseconds: Record<ReportedState, number>;
  #since: number;
  readonly #clock: Clock;
  readonly #agentId: string;
  readonly #complaints: Complaints;

  constructor(agentId: string, clock: Clock, complaints: Complaints) {
    this.#agentId = agentId;
    this.#clock = clock;
    this.#complaints = complaints;
    this.#since = clock.monotonic();
    this.#milliseconds = Object.fromEntries(reportedStates.map((state) => [state, 0])) as Record<
      ReportedState,
      number
    >;
  }

  /**
   * Goes to a state. The same again is nothing; one that may not follow is applied and said, or in strict mode thrown.
   *
   * @returns Whether the state changed.
   */
  enter(to: ReportedState): boolean {
    const from = this.state;
    if (from === to) return false;
    if (!mayFollow(from, to)) {
      this.#complaints.raise(`${from}>${to}`, () => new AgentStatusError(this.#agentId, from, to));
    }
    const now = this.#clock.monotonic();
    this.#milliseconds[from] += now - this.#since;
    this.#since = now;
    this.state = to;
    return true;
  }

  /** Seconds spent in a state so far; a stopped agent's time has stopped, too. */
  secondsIn(state: ReportedState): number {
    const running = state === this.state && state !== 'stopped' ? this.#clock.monotonic() - this.#since : 0;
    return (this.#milliseconds[state] + running) / 1_000;
  }
}
