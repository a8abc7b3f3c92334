import type { SessionAnswer } from '@agent-vitals/contract';

/** What bounds the cache. */
export interface SessionCacheOptions {
  /** How long an answer is good; 0 is not at all. */
  readonly keptMs: number;
  /** Agents in all answers together: an answer's size is that of its list. */
  readonly mostAgents: number;
  readonly mostEntries: number;
}

interface Entry {
  readonly answer: SessionAnswer;
  /** What the session's members came to when it was made. */
  readonly standing: string;
  readonly madeAtMs: number;
}

/** Answers about sessions, kept for a while; the session that was asked for longest ago leaves first. */
export class SessionCache {
  readonly #options: SessionCacheOptions;
  readonly #bySession = new Map<string, Map<string, Entry>>();
  #entries = 0;
  #agents = 0;

  constructor(options: SessionCacheOptions) {
    this.#options = options;
  }

  /** How many answers it holds. */
  get size(): number {
    return this.#entries;
  }

  /**
   * Finds an answer that still holds.
   *
   * @param variant - What was asked of the session.
   * @param standing - What its members come to now: one who came, went or was taken into maintenance makes no
   *   transition.
   */
  get(session: string, variant: string, standing: string, nowMs: number): SessionAnswer | undefined {
    const variants = this.#bySession.get(session);
    const entry = variants?.get(variant);
    if (variants === undefined || entry === undefined) return undefined;
    if (nowMs - entry.madeAtMs >= this.#options.keptMs || entry.standing !== standing) {
      this.#remove(session, variants, variant, entry);
      return undefined;
    }
    // Kept in the order in which they were last asked for.
    this.#bySession.delete(session);
    this.#bySession.set(session, variants);
    return entry.answer;
  }

  set(session: string, variant: string, standing: string, answer: SessionAnswer, nowMs: number): void {
    if (this.#options.keptMs <= 0) return;
    let variants = this.#bySession.get(session);
    const former = variants?.get(variant);
    if (variants !== undefined && former !== undefined) this.#remove(session, variants, variant, former);
    variants = this.#bySession.get(session) ?? new Map<string, Entry>();
    this.#bySession.delete(session);
    this.#bySession.set(session, variants);
    variants.set(variant, { answer, standing, madeAtMs: nowMs });
    this.#entries++;
    this.#agents += answer.agents.length;
    const { mostAgents, mostEntries } = this.#options;
    while (this.#entries > mostEntries || this.#agents > mostAgents)
      this.drop(this.#bySession.keys().next().value!);
  }

  /** Forgets all answers about a session. */
  drop(session: string): void {
    const variants = this.#bySession.get(session);
    if (variants === undefined) return;
    for (const { answer } of variants.values()) this.#agents -= answer.agents.length;
    this.#entries -= variants.size;
    this.#bySession.delete(session);
  }

  #remove(session: string, variants: Map<string, Entry>, variant: string, entry: Entry): void {
    variants.delete(variant);
    this.#entries--;
    this.#agents -= entry.answer.agents.length;
    if (variants.size === 0) this.#bySession.delete(session);
  }
}
