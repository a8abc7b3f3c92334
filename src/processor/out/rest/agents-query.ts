import { type AgentStatus, type ShortStatus, shortStatusOf, statusPrecedence } from '@agent-vitals/contract';
import { BadRequest } from './bad-request.ts';
import type { CursorCodec } from './cursor.ts';
import { refuseUnknown, single, wholeNumber } from './query.ts';

/** What `GET /api/health/agents` is asked for; null does not filter. */
export interface AgentsQuery {
  readonly statuses: ReadonlySet<AgentStatus> | null;
  readonly session: string | null;
  readonly type: string | null;
  /** Lower case; to be found anywhere in the id, the session or the type. */
  readonly text: string | null;
  readonly limit: number;
  /** Where the page begins. */
  readonly firstSlot: number;
}

const parameters = ['status', 'state', 'session', 'type', 'q', 'limit', 'cursor'] as const;
const shortStatuses = [...new Set(Object.values(shortStatusOf))];
/** What `status` takes: the short ones first, for they are what the answer's `status` says. */
export const statusNames: readonly string[] = [...new Set<string>([...shortStatuses, ...statusPrecedence])];

export const defaultLimit = 100;
export const maxLimit = 1000;

/**
 * Reads the parameters of the fleet's list.
 *
 * @param search - The query string's parameters. `status` (short or full) and `state` (full alone) may be repeated
 *   and then mean any of them; a short status stands for every state that it sums up, so `error` finds stalled and
 *   exhausted agents too, as their `status` says `error`.
 * @param cursors - Reads the cursor.
 * @throws BadRequest where a parameter is unknown, repeated or out of range; the detail names what is allowed.
 * @example
 * ```ts
 * parseAgentsQuery(new URLSearchParams('status=offline&limit=10'), cursors).statuses; // Set { 'offline' }
 * ```
 */
export function parseAgentsQuery(search: URLSearchParams, cursors: CursorCodec): AgentsQuery {
  refuseUnknown(search, parameters);
  const cursor = single(search, 'cursor');
  return {
    statuses: parseStatuses(search.getAll('status'), search.getAll('state')),
    session: single(search, 'session'),
    type: single(search, 'type'),
    text: single(search, 'q')?.toLowerCase() || null,
    limit: wholeNumber(single(search, 'limit'), 'limit', {
      least: 1,
      most: maxLimit,
      otherwise: defaultLimit,
    }),
    firstSlot: cursor === null ? 0 : cursors.decode(cursor),
  };
}

function parseStatuses(status: readonly string[], state: readonly string[]): ReadonlySet<AgentStatus> | null {
  const byStatus = status.length === 0 ? null : new Set(status.flatMap(statusesNamed));
  const byState = state.length === 0 ? null : new Set(state.map(stateNamed));
  if (byStatus === null || byState === null) return byStatus ?? byState;
  return new Set([...byStatus].filter((name) => byState.has(name)));
}

function statusesNamed(name: string): AgentStatus[] {
  if (shortStatuses.includes(name as ShortStatus)) {
    return statusPrecedence.filter((full) => shortStatusOf[full] === name);
  }
  return [fullStatus('status', name, statusNames)];
}

function stateNamed(name: string): AgentStatus {
  return fullStatus('state', name, statusPrecedence);
}

function fullStatus(parameter: string, name: string, allowed: readonly string[]): AgentStatus {
  if ((statusPrecedence as readonly string[]).includes(name)) return name as AgentStatus;
  throw new BadRequest(
    `Cannot filter by ${parameter} as it must be one of ${allowed.join(', ')}: current value is ${name}`,
  );
}
