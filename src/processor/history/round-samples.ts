import {
  type FleetView,
  type IntegrationView,
  integrationStatuses,
  type SessionCounts,
  type SessionVerdict,
  sessionHealths,
} from '../../core/index.ts';
import type { HistorySample } from './history-recorder.ts';
import type { RoundSums } from './round-sums.ts';

/** What had been counted of an integration at the end of the last round. */
interface Totals {
  readonly requests: number;
  readonly failures: number;
}

export interface RoundSamplesOptions {
  readonly fleet: Pick<FleetView, 'sessions' | 'integrationNames' | 'integration'>;
  readonly verdictOf: (session: SessionCounts) => SessionVerdict;
  /** Sessions that have a history, at most. */
  readonly maxSessions: number;
}

/** Samples sessions and integrations at the end of a round. */
export class RoundSamples {
  readonly #options: RoundSamplesOptions;
  /** Of those that there were then; who was forgotten since begins anew. */
  #totals: ReadonlyMap<string, Totals> = new Map();

  constructor(options: RoundSamplesOptions) {
    this.#options = options;
  }

  /**
   * What they did since the last round and how they are now, made one by one as it is asked for.
   *
   * @param sums - What the members of each session did.
   * @param nowMs - When.
   */
  *take(sums: ReadonlyMap<string, RoundSums>, nowMs: number): Generator<HistorySample> {
    const { fleet, verdictOf, maxSessions } = this.#options;
    let sessions = 0;
    // Named first: members come and go while the samples are taken.
    for (const session of [...fleet.sessions()]) {
      if (sessions++ >= maxSessions) break;
      const { health, score } = verdictOf(session);
      const did = sums.get(session.session);
      yield {
        kind: 'session',
        name: session.session,
        score: health === 'empty' ? null : score / 100,
        executions: did?.executions ?? 0,
        failed: did?.failed ?? 0,
        state: sessionHealths.indexOf(health),
      };
    }
    const totals = new Map<string, Totals>();
    for (const name of fleet.integrationNames()) {
      const view = fleet.integration(name, nowMs);
      if (view === undefined) continue;
      const last = this.#lastOf(view);
      totals.set(name, { requests: view.requestsTotal, failures: view.failuresTotal });
      yield {
        kind: 'integration',
        name,
        score: view.requests > 0 || view.status === 'error' ? view.score : null,
        executions: view.requestsTotal - last.requests,
        failed: view.failuresTotal - last.failures,
        state: integrationStatuses.indexOf(view.status),
      };
    }
    this.#totals = totals;
  }

  #lastOf({ name, requestsTotal }: IntegrationView): Totals {
    const last = this.#totals.get(name);
    // One that was forgotten and came back since counts from nothing.
    return last === undefined || requestsTotal < last.requests ? { requests: 0, failures: 0 } : last;
  }
}
