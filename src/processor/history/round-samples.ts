import {
  type FleetView,
  type IntegrationView,
  integrationStatuses,
  isUnheard,
  memberCountsOf,
  type SessionCounts,
  type SessionVerdict,
  sessionHealths,
} from '../../core/index.ts';
import type { ToldOf } from '../store/index.ts';
import type { HistorySample } from './history-recorder.ts';

const hourMs = 3_600_000;

/** What had been counted of an integration when it was last told of. */
interface Totals {
  readonly countedSinceMs: number;
  readonly requests: number;
  readonly failures: number;
}

export interface RoundSamplesOptions {
  readonly fleet: Pick<FleetView, 'sessions' | 'sessionCount' | 'integrationNames' | 'integration'>;
  readonly verdictOf: (session: SessionCounts) => SessionVerdict;
  /** Sessions that have a history, at most. */
  readonly maxSessions: number;
}

/** Samples sessions and integrations at the end of a round. */
export class RoundSamples {
  readonly #options: RoundSamplesOptions;
  /** Of those that there were then; who was forgotten since begins anew. */
  #totals = new Map<string, Totals>();
  /** Those of the last round. */
  #sessions: ReadonlySet<string> = new Set();

  constructor(options: RoundSamplesOptions) {
    this.#options = options;
  }

  /** Whether a session is among those that have a history. */
  readonly hasHistory = (session: string): boolean => {
    const { fleet, maxSessions } = this.#options;
    return fleet.sessionCount <= maxSessions || this.#sessions.has(session);
  };

  /** Begins where a restored fleet stands: see {@link HistoryRecorder.begin}. */
  begin(observedUntilMs: number): void {
    const { fleet } = this.#options;
    for (const name of fleet.integrationNames()) {
      const view = fleet.integration(name, observedUntilMs);
      if (view === undefined) continue;
      const { countedSinceMs, requestsTotal: requests, failuresTotal: failures } = view;
      const isNew = countedSinceMs >= observedUntilMs - hourMs;
      this.#totals.set(name, {
        countedSinceMs,
        ...(isNew ? { requests: 0, failures: 0 } : { requests, failures }),
      });
    }
  }

  /** What an integration was told of last by the process before. */
  resume({ name, sinceMs, executions, failed }: ToldOf): void {
    if (this.#totals.get(name)?.countedSinceMs !== sinceMs) return;
    this.#totals.set(name, { countedSinceMs: sinceMs, requests: executions, failures: failed });
  }

  /**
   * What they did since the last round and how they are now, made one by one as it is asked for.
   *
   * @param nowMs - When.
   */
  *take(nowMs: number): Generator<HistorySample> {
    const { fleet, verdictOf, maxSessions } = this.#options;
    // Named first: members come and go while the samples are taken.
    const sessions = [...fleet.sessions()].slice(0, maxSessions);
    this.#sessions = new Set(sessions.map(({ session }) => session));
    for (const session of sessions) {
      const { health, score } = verdictOf(session);
      // Its last verdict stands, but that is no news of it.
      const isNotKnown = isUnheard(memberCountsOf(session));
      yield {
        kind: 'session',
        name: session.session,
        score: health === 'empty' || isNotKnown ? null : score / 100,
        // What its members did is told of with them.
        executions: 0,
        failed: 0,
        state: isNotKnown ? null : sessionHealths.indexOf(health),
      };
    }
    const totals = new Map<string, Totals>();
    for (const name of fleet.integrationNames()) {
      const view = fleet.integration(name, nowMs);
      if (view === undefined) continue;
      const { countedSinceMs } = view;
      const last = this.#lastOf(view);
      // Never back: of what was told of before a crash a restored integration may not know yet.
      const requests = Math.max(last.requests, view.requestsTotal);
      const failures = Math.max(last.failures, view.failuresTotal);
      totals.set(name, { countedSinceMs, requests, failures });
      yield {
        kind: 'integration',
        name,
        score: view.requests > 0 || view.status === 'error' ? view.score : null,
        executions: requests - last.requests,
        failed: failures - last.failures,
        told: { sinceMs: countedSinceMs, executions: requests, failed: failures },
        state: integrationStatuses.indexOf(view.status),
      };
    }
    this.#totals = totals;
  }

  #lastOf({ name, countedSinceMs }: IntegrationView): Totals {
    const last = this.#totals.get(name);
    // One that was forgotten and came back since counts from nothing.
    return last?.countedSinceMs === countedSinceMs ? last : { countedSinceMs, requests: 0, failures: 0 };
  }
}
