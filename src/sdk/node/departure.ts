import type { ReportedState } from '@agent-vitals/contract';
import type { AgentReadings } from '../emission.ts';

/** The state an agent is shown in when its process is about to end, without telling the agent. */
export class Departure {
  readonly #agent: AgentReadings;
  #from: ReportedState | undefined;

  constructor(agent: AgentReadings) {
    this.#agent = agent;
  }

  /** The process is about to end. */
  begin(): void {
    this.#from ??= this.#agent.state;
  }

  /**
   * Stopped once the end has begun; what the agent reports if it hasn't, or if it went to work again: then somebody's
   * signal handler has kept the process alive.
   */
  get state(): ReportedState {
    const { state } = this.#agent;
    if (this.#from === undefined) return state;
    if (state === this.#from) return 'stopped';
    const atWork = state === 'busy' || state === 'on_call';
    this.#from = atWork ? undefined : state;
    return atWork ? state : 'stopped';
  }
}
