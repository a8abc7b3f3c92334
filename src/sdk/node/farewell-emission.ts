import type { AgentReadings, AgentRecorder, Emission } from '../emission.ts';
import { Departure } from './departure.ts';
import type { Flusher } from './flusher.ts';
import { atMost, goodbyeMs } from './time-limit.ts';

/**
 * Goes between the agents and an emission that isn't the bootstrap's, so that urgent states are flushed and agents
 * are shown as stopped when the process ends.
 */
export class FarewellEmission implements Emission {
  readonly #inner: Emission;
  readonly #flusher: Flusher;
  readonly #agents = new Map<AgentReadings, Departing>();

  /** Whether something may have happened since the last goodbye. */
  #news = true;

  constructor(inner: Emission, flusher: Flusher) {
    this.#inner = inner;
    this.#flusher = flusher;
  }

  attach(agent: AgentReadings): AgentRecorder {
    this.#news = true;
    const departure = new Departure(agent);
    const readings = departing(agent, departure);
    this.#agents.set(agent, { departure, readings });
    return this.#inner.attach(readings);
  }

  detach(agent: AgentReadings): void {
    const known = this.#agents.get(agent);
    if (known === undefined) return;
    this.#news = true;
    this.#agents.delete(agent);
    this.#inner.detach(known.readings);
  }

  listens(): boolean {
    return this.#inner.listens();
  }

  urgent(): void {
    this.#news = true;
    this.#flusher.request();
  }

  flush(): Promise<void> {
    return atMost(this.#flusher.flush(), goodbyeMs);
  }

  /**
   * The process is about to end: every agent is shown as stopped.
   *
   * @returns Whether there is anything to send.
   */
  depart(): boolean {
    let hasNews = this.#news;
    this.#news = false;
    for (const { departure } of this.#agents.values()) if (departure.begin()) hasNews = true;
    return hasNews;
  }
}

interface Departing {
  readonly departure: Departure;
  readonly readings: AgentReadings;
}

/** The agent's own readings but for the state. A proxy, since getters may read private fields. */
function departing(agent: AgentReadings, departure: Departure): AgentReadings {
  const secondsIn = agent.secondsIn.bind(agent);
  const queueDepth = agent.queueDepth.bind(agent);
  return new Proxy(agent, {
    get(target, property) {
      if (property === 'state') return departure.state;
      if (property === 'secondsIn') return secondsIn;
      if (property === 'queueDepth') return queueDepth;
      return Reflect.get(target, property, target);
    },
  });
}
