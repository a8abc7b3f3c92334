import type { AgentStatus } from '@agent-vitals/contract';
import type { FleetView } from '../../../core/index.ts';
import type { AgentsQuery } from './agents-query.ts';

/** Slots looked at before others get their turn: about a millisecond's work. */
const slotsPerTurn = 2048;
/** Reading all that is known of an agent takes as long as looking at so many slots. */
const slotsPerRead = 32;

/** What a listing reads of the fleet. */
export type ListedFleet = Pick<
  FleetView,
  'size' | 'slotLimit' | 'isKnown' | 'statusOf' | 'countIn' | 'idOf' | 'sessionOf' | 'typeOf'
>;

/** One page of the fleet's list. */
export interface AgentsPage<T> {
  readonly agents: readonly T[];
  /** How many match in the whole fleet. */
  readonly total: number;
  /** Where the next page begins; null at the end. */
  readonly nextSlot: number | null;
}

/** What {@link listAgents} needs beside the query. */
export interface ListingOptions<T> {
  /** Called for an agent of the page at the moment it is met, for it may be gone a turn later. */
  read(slot: number): T;
  /** Lets others have their turn. */
  yieldTurn(): Promise<void>;
  /** False once nobody waits for the answer. */
  isWanted(): boolean;
}

/**
 * Walks the fleet by slot. The work between two turns is bounded, whatever the fleet's size; where every filter can
 * be counted without looking at each agent, the walk ends with the page.
 *
 * @param fleet - Read only.
 * @param query - Which agents, from which slot on.
 * @returns The page; undefined where nobody waited for it any more.
 * @example
 * ```ts
 * const page = await listAgents(fleet, query, { read: (slot) => fleet.idOf(slot), yieldTurn, isWanted });
 * ```
 */
export async function listAgents<T>(
  fleet: ListedFleet,
  query: AgentsQuery,
  { read, yieldTurn, isWanted }: ListingOptions<T>,
): Promise<AgentsPage<T> | undefined> {
  const agents: T[] = [];
  let nextSlot: number | null = null;
  const counted = countWithoutWalking(fleet, query);
  const isDone = () => slot >= fleet.slotLimit || (counted !== undefined && nextSlot !== null);
  let met = 0;
  let slot = counted === undefined ? 0 : query.firstSlot;
  while (!isDone()) {
    for (let spent = 0; spent < slotsPerTurn && !isDone(); slot++, spent++) {
      if (!matches(fleet, slot, query)) continue;
      met++;
      if (slot < query.firstSlot || nextSlot !== null) continue;
      if (agents.length === query.limit) {
        nextSlot = slot;
        continue;
      }
      agents.push(read(slot));
      spent += slotsPerRead;
    }
    if (isDone()) break;
    await yieldTurn();
    if (!isWanted()) return undefined;
  }
  return { agents, total: counted ?? met, nextSlot };
}

/** How many match where status alone is asked for; undefined where each agent must be looked at. */
function countWithoutWalking(fleet: ListedFleet, query: AgentsQuery): number | undefined {
  if (query.session !== null || query.type !== null || query.text !== null) return undefined;
  if (query.statuses === null) return fleet.size;
  let total = 0;
  for (const status of query.statuses) total += fleet.countIn(status);
  return total;
}

function matches(fleet: ListedFleet, slot: number, query: AgentsQuery): boolean {
  if (!fleet.isKnown(slot)) return false;
  if (query.statuses !== null && !query.statuses.has(fleet.statusOf(slot) satisfies AgentStatus))
    return false;
  if (query.session !== null && fleet.sessionOf(slot) !== query.session) return false;
  if (query.type !== null && fleet.typeOf(slot) !== query.type) return false;
  return query.text === null || containsText(fleet, slot, query.text);
}

function containsText(fleet: ListedFleet, slot: number, text: string): boolean {
  return (
    fleet.idOf(slot).toLowerCase().includes(text) ||
    fleet.sessionOf(slot).toLowerCase().includes(text) ||
    fleet.typeOf(slot).toLowerCase().includes(text)
  );
}
