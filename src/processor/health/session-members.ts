import type { AgentStatus } from '@agent-vitals/contract';
import { type FleetView, type MemberClass, memberClass } from '../../core/index.ts';

/** Members looked at before others get their turn: about a millisecond's work. */
const membersPerTurn = 2048;

/** What a walk through a session's members yields. */
export interface MemberWalk {
  readonly late: number;
  /** Those to be listed: those with issues first. */
  readonly listed: readonly number[];
}

/** What the walk needs. */
export interface MemberWalkOptions {
  readonly fleet: FleetView;
  readonly session: string;
  /** The most that are listed. */
  readonly limit: number;
  /** Called with members that can be reached, some at a time. */
  readonly reach?: (slots: readonly number[]) => void;
  /** Lets others have their turn. */
  readonly yieldTurn: () => Promise<void>;
}

/**
 * Looks at every member of a session; a large one is read over several turns, and who has left by then is left out.
 *
 * @returns Who is late, and whom to list.
 */
export async function walkMembers(options: MemberWalkOptions): Promise<MemberWalk> {
  const { fleet, session, limit } = options;
  const members = fleet.membersOf(session);
  const withIssues: number[] = [];
  const others: number[] = [];
  let late = 0;
  for (let first = 0; first < members.length; first += membersPerTurn) {
    if (first > 0) await options.yieldTurn();
    const end = Math.min(members.length, first + membersPerTurn);
    const reached: number[] = [];
    for (let at = first; at < end; at++) {
      const slot = members[at]!;
      if (first > 0 && !isMember(fleet, slot, session)) continue;
      const status = fleet.statusOf(slot);
      const isInMaintenance = fleet.has(slot, 'maintenance');
      const memberIs = memberClass(status, isInMaintenance);
      if (memberIs === 'active' && fleet.has(slot, 'late')) late++;
      const list = hasIssue(memberIs) || status === 'unknown' ? withIssues : others;
      if (list.length < limit) list.push(slot);
      if (isReachable(status)) reached.push(slot);
    }
    options.reach?.(reached);
  }
  return { late, listed: withIssues.concat(others).slice(0, limit) };
}

/** Whether an agent still is in a session, after others had their turn. */
export function isMember(fleet: FleetView, slot: number, session: string): boolean {
  return fleet.isKnown(slot) && fleet.sessionOf(slot) === session;
}

function hasIssue(memberIs: MemberClass): boolean {
  return memberIs === 'degraded' || memberIs === 'failed' || memberIs === 'offline';
}

/** What an agent that can't be reached has said last says nothing of now. */
function isReachable(status: AgentStatus): boolean {
  return status !== 'offline' && status !== 'unknown' && status !== 'stopped';
}
