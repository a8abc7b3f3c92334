import { diag } from '@opentelemetry/api';
import type { AgentReadings, AgentRecorder, Emission } from '../emission.ts';
import { AgentEntry } from './agent-entry.ts';
import { type AgentView, leavingLimit } from './agent-view.ts';
import type { Flusher } from './flusher.ts';
import { atMost, goodbyeMs } from './time-limit.ts';

/**
 * The bootstrap's emission: keeps the agents of this process for any number of readers and reads their plain fields
 * when one of them exports.
 */
export class AgentProducer implements Emission {
  readonly #agents = new Map<AgentReadings, AgentEntry>();
  readonly #views: readonly AgentView[];
  readonly #flusher: Flusher;
  #closed = false;
  #saidGivenUp = false;
  /** Whether something may have happened since the last goodbye. */
  #news = true;

  constructor(views: readonly AgentView[], flusher: Flusher) {
    this.#views = views;
    this.#flusher = flusher;
  }

  attach(agent: AgentReadings): AgentRecorder {
    const known = this.#agents.get(agent);
    if (known !== undefined) return known;
    const entry = new AgentEntry(agent, Date.now(), this.#predecessorOf(agent.id));
    if (this.#closed) return entry;
    this.#news = true;
    this.#agents.set(agent, entry);
    for (const view of this.#views) view.attach(entry);
    return entry;
  }

  detach(agent: AgentReadings): void {
    const entry = this.#agents.get(agent);
    if (entry === undefined) return;
    this.#news = true;
    entry.detached = true;
    this.#agents.delete(agent);
    for (const view of this.#views) {
      view.detach(entry);
      if (view.givenUp > 0) this.#sayGivenUp();
    }
  }

  listens(): boolean {
    return !this.#closed && this.#views.length > 0;
  }

  urgent(): void {
    if (this.#closed) return;
    this.#news = true;
    this.#flusher.request();
  }

  flush(): Promise<void> {
    return this.#closed ? Promise.resolve() : atMost(this.#flusher.flush(), goodbyeMs);
  }

  /** One of the same id that said goodbye and has not been shown since: its durations go on counting. */
  #predecessorOf(id: string): AgentEntry | undefined {
    for (const view of this.#views) {
      const entry = view.leaving.get(id);
      if (entry !== undefined) return entry;
    }
    return undefined;
  }

  /**
   * The process is about to end: every agent is shown as stopped.
   *
   * @returns Whether there is anything to send.
   */
  depart(): boolean {
    let hasNews = this.#news;
    this.#news = false;
    for (const entry of this.#agents.values()) if (entry.depart()) hasNews = true;
    return hasNews;
  }

  /** Takes nothing any more and forgets the agents. */
  close(): void {
    this.#closed = true;
    this.#agents.clear();
  }

  /** Goodbyes that no receiver has heard and that were dropped because too many waited. */
  get givenUp(): number {
    return Math.max(0, ...this.#views.map((view) => view.givenUp));
  }

  #sayGivenUp(): void {
    if (this.#saidGivenUp) return;
    this.#saidGivenUp = true;
    diag.warn(
      `@agent-vitals/sdk: more than ${leavingLimit} agents have stopped and no receiver hears it; the oldest goodbyes are given up`,
    );
  }
}
