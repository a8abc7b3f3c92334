import { setImmediate as nextTurn } from 'node:timers/promises';
import type {
  AgentAnswer,
  SessionAnswer,
  SessionStatisticsAnswer,
  SessionStrategy,
  SessionSummaryAnswer,
} from '@agent-vitals/contract';
import {
  type FleetView,
  memberCountsOf,
  type SessionCounts,
  type SessionSettings,
  type Transition,
} from '../../core/index.ts';
import type { Clock } from '../clock.ts';
import { timestampOf } from '../timestamp.ts';
import { failedAnswerOf, type SessionFacts, sessionMetricsOf, sessionWarningsOf } from './session-answer.ts';
import { SessionCache } from './session-cache.ts';
import { isMember, walkMembers } from './session-members.ts';
import { ResourceTotals } from './session-resources.ts';
import { SessionStatistics } from './session-statistics.ts';
import type { SessionVerdicts } from './session-verdicts.ts';

/** Agents that an answer lists at most, unless more are asked for. */
export const agentsListed = 1000;
/** More can't be asked for. */
export const mostAgentsListed = 10_000;
/** Agents described before others get their turn. */
const agentsPerTurn = 256;
/** What the cache holds at most: some tens of megabytes. */
const cacheBounds = { mostAgents: 20_000, mostEntries: 5_000 };

/** What is asked of a session. Flags only take away from what the strategy gives. */
export interface SessionRequest {
  readonly strategy: SessionStrategy;
  /** Health and factors of the agents. */
  readonly includeHealth: boolean;
  /** Resources, and what operations came to. */
  readonly includeMetrics: boolean;
  /** Without it, the session is judged anew and nothing is kept. */
  readonly useCache: boolean;
  /** Agents that are listed at most; all members are judged and counted whatever it is. */
  readonly limit: number;
}

/** What is asked where nothing else is said. */
export const defaultSessionRequest: SessionRequest = {
  strategy: 'detailed',
  includeHealth: true,
  includeMetrics: true,
  useCache: true,
  limit: agentsListed,
};

/** Which parts of an agent's answer are wanted beside identity and states. */
export interface AgentParts {
  readonly resources: boolean;
  readonly health: boolean;
}

export interface SessionServiceOptions {
  readonly fleet: FleetView;
  readonly clock: Clock;
  readonly verdicts: SessionVerdicts;
  readonly settings: SessionSettings;
  /** `sessions.cache`. */
  readonly cacheMs: number;
  /** Puts an agent into the shape that REST answers. */
  readonly describe: (slot: number, nowMs: number, parts: AgentParts) => AgentAnswer;
  readonly onFailure: (where: string, error: unknown) => void;
}

interface Collection {
  readonly answer: Promise<SessionAnswer>;
  /** Something has changed in the session since it began. */
  isStale: boolean;
}

/** Answers how sessions fare, see design §3: judged, added up, listed, cached. */
export class SessionService {
  readonly #options: SessionServiceOptions;
  readonly #cache: SessionCache;
  readonly #statistics = new SessionStatistics();
  /** Collections under way that will be kept, by session and variant: who asks the same meanwhile shares them. */
  readonly #underWay = new Map<string, Map<string, Collection>>();

  constructor(options: SessionServiceOptions) {
    this.#options = options;
    this.#cache = new SessionCache({ keptMs: options.cacheMs, ...cacheBounds });
  }

  /**
   * Answers how a session fares.
   *
   * @param session - Its id.
   * @param request - What is asked.
   * @returns The answer; undefined where there is no such session. Never rejects: where something fails, the answer
   *   says so.
   * @example
   * ```ts
   * const answer = await sessions.collect('night-shift', defaultSessionRequest);
   * answer?.session_health; // 'healthy'
   * ```
   */
  async collect(session: string, request: SessionRequest): Promise<SessionAnswer | undefined> {
    const counts = this.#options.fleet.session(session);
    if (counts === undefined) {
      this.#cache.drop(session);
      return undefined;
    }
    if (!request.useCache || request.strategy === 'comprehensive') return this.#collect(counts, request);
    const variant = `${request.strategy} ${request.includeHealth} ${request.includeMetrics} ${request.limit}`;
    const standing = standingOf(counts);
    const cached = this.#cache.get(session, variant, standing, this.#options.clock.now());
    return cached ?? this.#collectAndKeep(counts, request, variant, standing);
  }

  /** A session in one line, as lists have it. */
  summaryOf(session: SessionCounts): SessionSummaryAnswer {
    const { health, score } = this.#options.verdicts.verdictOf(session);
    return {
      session_id: session.session,
      session_name: session.name,
      session_health: health,
      health_score: score,
      total_agents: session.total,
    };
  }

  statistics(): SessionStatisticsAnswer {
    return this.#statistics.answer(this.#cache.size);
  }

  /** Drops what is kept of the sessions in which something has changed. */
  onTransitions(transitions: readonly Transition[]): void {
    if (this.#cache.size === 0 && this.#underWay.size === 0) return;
    const { fleet } = this.#options;
    for (const { slot } of transitions) {
      if (fleet.isKnown(slot)) this.drop(fleet.sessionOf(slot));
    }
  }

  /** Drops what is kept of a session. */
  drop(session: string): void {
    this.#cache.drop(session);
    for (const collection of this.#underWay.get(session)?.values() ?? []) collection.isStale = true;
  }

  async #collectAndKeep(
    counts: SessionCounts,
    request: SessionRequest,
    variant: string,
    standing: string,
  ): Promise<SessionAnswer> {
    const { session } = counts;
    const underWay = this.#underWay.get(session) ?? new Map<string, Collection>();
    this.#underWay.set(session, underWay);
    const other = underWay.get(variant);
    if (other !== undefined && !other.isStale) return other.answer;
    const collection: Collection = { answer: this.#collect(counts, request), isStale: false };
    underWay.set(variant, collection);
    const answer = await collection.answer;
    if (underWay.get(variant) === collection) underWay.delete(variant);
    if (underWay.size === 0) this.#underWay.delete(session);
    if (!collection.isStale && answer.errors.length === 0) {
      this.#cache.set(session, variant, standing, answer, this.#options.clock.now());
    }
    return answer;
  }

  async #collect(session: SessionCounts, request: SessionRequest): Promise<SessionAnswer> {
    const { clock, onFailure } = this.#options;
    const startedAtMs = clock.now();
    const taken = () => ({
      collection_timestamp: timestampOf(clock.toEpochMs(startedAtMs)),
      collection_duration_ms: Math.round((clock.now() - startedAtMs) * 1000) / 1000,
    });
    try {
      const answer = { ...(await this.#evaluate(session, request, startedAtMs)), ...taken() };
      this.#statistics.note(answer.partial_results ? 'partial' : 'successful', answer.collection_duration_ms);
      return answer;
    } catch (error) {
      onFailure('a session', error);
      const answer = failedAnswerOf(session, error, taken());
      this.#statistics.note('failed', answer.collection_duration_ms);
      return answer;
    }
  }

  async #evaluate(session: SessionCounts, request: SessionRequest, nowMs: number) {
    const { fleet, verdicts, settings } = this.#options;
    const parts = partsOf(request);
    // Taken at one moment; the members are looked at over as many turns as they need.
    const counts = memberCountsOf(session);
    const verdict = verdicts.verdictOf(session);
    const { total } = session;
    const totals = parts.resources ? new ResourceTotals(fleet, nowMs) : null;
    const { late, listed } = await walkMembers({
      fleet,
      session: session.session,
      limit: Math.min(request.limit, mostAgentsListed),
      ...(totals === null ? {} : { reach: (slots: readonly number[]) => totals.add(slots) }),
      yieldTurn: () => nextTurn(),
    });
    const facts: SessionFacts = { total, counts, late, verdict, resources: totals?.figures ?? null };
    return {
      session_id: session.session,
      session_name: session.name,
      session_health: verdict.health,
      metrics: sessionMetricsOf(facts),
      agents: await this.#describe(listed, session.session, parts, nowMs),
      agents_omitted: Math.max(0, total - listed.length),
      partial_results: counts.offline + counts.unknown > 0,
      errors: [],
      warnings: sessionWarningsOf(facts, settings),
    };
  }

  async #describe(
    listed: readonly number[],
    session: string,
    parts: AgentParts,
    nowMs: number,
  ): Promise<AgentAnswer[]> {
    const { fleet, describe } = this.#options;
    const agents: AgentAnswer[] = [];
    for (const [index, slot] of listed.entries()) {
      if (index > 0 && index % agentsPerTurn === 0) await nextTurn();
      if (isMember(fleet, slot, session)) agents.push(describe(slot, nowMs, parts));
    }
    return agents;
  }
}

function partsOf({ strategy, includeHealth, includeMetrics }: SessionRequest): AgentParts {
  return {
    resources: strategy !== 'fast' && includeMetrics,
    health: strategy === 'comprehensive' && includeHealth,
  };
}

/** What a session's members come to, to be compared. */
function standingOf(session: SessionCounts): string {
  const { active, degraded, failed, offline, unknown } = memberCountsOf(session);
  return [session.total, active, degraded, failed, offline, unknown].join();
}
