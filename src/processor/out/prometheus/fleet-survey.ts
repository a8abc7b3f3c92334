import { type ExhaustedCount, ExhaustedTally } from './exhausted-agents.ts';
import type { ExposedFleet } from './exposed-fleet.ts';
import { lookCost, type Pace } from './pace.ts';

/** What agents come to together, whether they have series of their own or not. */
export interface FleetSums {
  /** Exhausted agents, offline ones too: the condition counts. */
  readonly exhausted: readonly ExhaustedCount[];
  /** Items that wait for all agents that are there; null where none of them told. */
  readonly queueDepth: number | null;
  /** Operations that those have under way; null where none of them told. */
  readonly activeOperations: number | null;
}

/**
 * Goes round the whole fleet and adds up.
 *
 * @param fleet - The fleet; it may change between two slices.
 * @param pace - Gives way between slices.
 * @returns The sums.
 * @throws The pace's reason when the walk is called off.
 * @example
 * ```ts
 * const { queueDepth } = await surveyFleet(fleet, new Pace(signal));
 * ```
 */
export async function surveyFleet(fleet: ExposedFleet, pace: Pace): Promise<FleetSums> {
  const exhausted = new ExhaustedTally();
  let queueDepth: number | null = null;
  let activeOperations: number | null = null;
  for (let slot = 0; slot < fleet.slotLimit; slot += 1) {
    if (pace.spend(lookCost)) await pace.giveWay();
    if (!fleet.isKnown(slot)) continue;
    pace.spend(lookCost);
    const status = fleet.statusOf(slot);
    // What an agent had in hand when it went is under way no more.
    if (status !== 'offline' && status !== 'stopped') {
      queueDepth = plus(queueDepth, fleet.queueDepthOf(slot));
      activeOperations = plus(activeOperations, fleet.activeOperationsOf(slot));
    }
    const exhaustion = fleet.has(slot, 'exhausted') ? fleet.exhaustionOf(slot) : null;
    if (exhaustion !== null) exhausted.add(exhaustion);
  }
  return { exhausted: exhausted.counts, queueDepth, activeOperations };
}

/** NaN is not known, and adds nothing. */
function plus(sum: number | null, value: number): number | null {
  return Number.isNaN(value) ? sum : (sum ?? 0) + value;
}
