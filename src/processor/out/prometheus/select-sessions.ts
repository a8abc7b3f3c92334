import { type AgentStatus, attributes, type SessionHealth, statusPrecedence } from '@agent-vitals/contract';
import type { SessionCounts, SessionVerdict } from '../../../core/index.ts';
import type { ExposedFleet } from './exposed-fleet.ts';
import { judgeCost, type Pace } from './pace.ts';
import { label } from './text-format.ts';

/** All that an exposition says of one session, taken at one moment. */
export interface SessionSample {
  /** The session's id, as label. */
  readonly labels: string;
  readonly verdict: SessionVerdict;
  /** Every status, in order of precedence. */
  readonly agentsByStatus: ReadonlyMap<AgentStatus, number>;
}

/** Judges a session as it is now. */
export type SessionJudge = (session: SessionCounts) => SessionVerdict;

/** What keeps its series when there are too many sessions: those that aren't healthy, the worst first. */
const severity: readonly SessionHealth[] = ['critical', 'failed', 'degraded', 'empty', 'healthy'];
const rankOf = new Map(severity.map((health, rank) => [health, rank]));

/**
 * Chooses the sessions that get series of their own: all of them where there are not too many, else those that aren't
 * healthy, the worst first; among equals the one that was known first, for as long as it has members.
 *
 * @param fleet - The fleet; it may change between two slices.
 * @param verdictOf - Judges a session.
 * @param most - How many may have series (`exposition.detailed_sessions`).
 * @param pace - Gives way between slices.
 * @returns A sample of each chosen session, the worst first; no two of the same id.
 * @throws The pace's reason when the walk is called off.
 * @example
 * ```ts
 * const sessions = await selectSessions(fleet, verdictOf, 1000, new Pace(signal));
 * ```
 */
export async function selectSessions(
  fleet: ExposedFleet,
  verdictOf: SessionJudge,
  most: number,
  pace: Pace,
): Promise<readonly SessionSample[]> {
  const byRank: SessionSample[][] = severity.map(() => []);
  const seen = new Set<string>();
  for (let index = 0; index < fleet.sessionLimit; index += 1) {
    if (pace.spend(judgeCost)) await pace.giveWay();
    const session = fleet.sessionAt(index);
    // Without members for a moment, a session may be met again by another index: no series may be written twice.
    if (session === undefined || seen.has(session.session)) continue;
    seen.add(session.session);
    const verdict = verdictOf(session);
    const samples = byRank[rankOf.get(verdict.health)!]!;
    if (samples.length < most) samples.push(sampleSession(session, verdict));
  }
  return byRank.flat().slice(0, most);
}

function sampleSession(session: SessionCounts, verdict: SessionVerdict): SessionSample {
  return {
    labels: label(attributes.sessionId, session.session),
    verdict,
    agentsByStatus: new Map(statusPrecedence.map((status) => [status, session.countIn(status)])),
  };
}
