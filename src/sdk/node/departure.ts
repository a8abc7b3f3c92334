import type { ReportedState } from '@agent-vitals/contract';
import type { AgentReadings } from '../emission.ts';

/** The state an agent is shown in when its process is about to end, without telling the agent. */
export class Departure {
  readonly #agent: AgentReadings;
  #from: ReportedState | undefined;

  constructor(agent: AgentReadings) {
    this.#agent = agent;
  }

  /**
   * The process is about to end.
   *
   * @returns Whether that is news: not if it was about to end before and nothing has begun since.
   */
  begin(): boolean {
    // What the agent did since the end began may have called it off.
    const { isDeparting } = this;
    this.#from ??= this.#agent.state;
    return !isDeparting;
  }

  /**
   * Stopped once the end has begun; what the agent reports if it hasn't, or if it went to work again: then somebody's
   * signal handler has kept the process alive.
   */
  get state(): ReportedState {
    return this.isDeparting ? 'stopped' : this.#agent.state;
  }

  get isDeparting(): boolean {
    const { state } = this.#agent;
    if (this.#from !== undefined && state !== this.#from) {
      this.#from = state === 'busy' || state === 'on_call' ? undefined : state;
    }
    return this.#from !== undefined;
  }
}
