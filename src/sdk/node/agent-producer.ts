import { diag } from '@opentelemetry/api';
import type { AgentReadings, AgentRecorder, Emission } from '../emission.ts';
import { AgentEntry } from './agent-entry.ts';
import type { AgentView } from './agent-view.ts';
import type { Flusher } from './flusher.ts';

/**
 * The bootstrap's emission: keeps the agents of this process for any number of readers and reads their plain fields
 * when one of them exports.
 */
export class AgentProducer implements Emission {
  readonly #agents = new Map<AgentReadings, AgentEntry>();
  readonly #views: readonly AgentView[];
  readonly #flusher: Flusher;
  #closed = false;
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
    for (const view of this.#views) view.detach(entry);
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
    return this.#closed ? Promise.resolve() : this.#flusher.flush();
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
    for (const entry of this.#agents.values()) entry.depart();
    const hasNews = this.#news;
    this.#news = false;
    return hasNews;
  }

  /** Takes nothing any more and forgets the agents. */
  close(): void {
    this.#closed = true;
    this.#agents.clear();
    const givenUp = Math.max(0, ...this.#views.map((view) => view.givenUp));
    if (givenUp > 0) {
      diag.warn(`@agent-vitals/sdk: ${givenUp} agents stopped without a receiver that would hear it`);
    }
  }
}
