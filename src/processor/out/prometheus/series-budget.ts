import type { AgentStatus, Condition } from '@agent-vitals/contract';
import type { FleetView } from '../../../core/index.ts';
import { agentFamilies, leastSeriesOfAgent } from './agent-families.ts';
import { type AgentSample, sampleAgent } from './agent-sample.ts';
import { countRows } from './family.ts';
import { lookCost, type Pace, sampleCost } from './pace.ts';

/** Which agents get series of their own. */
export interface Selection {
  readonly samples: readonly AgentSample[];
  /** How many series they have together. */
  readonly series: number;
}

/**
 * What keeps its series when there is not room for all, the worst first. What isn't listed is fine: idle, busy, on
 * call or waiting, in time, and also muted ones and those of whom no heartbeat is expected.
 */
const severity: readonly (AgentStatus | Condition)[] = [
  'offline',
  'error',
  'stalled',
  'exhausted',
  'unknown',
  'conflict',
  'flapping',
  'late',
  'paused',
  'maintenance',
  'stopped',
];

const severityOfStatus = new Map<string, number>(severity.map((name, rank) => [name, rank]));
const judgedConditions = (['exhausted', 'conflict', 'flapping', 'late', 'maintenance'] as const).map(
  (condition) => ({ condition, rank: severity.indexOf(condition) }),
);

/** The rank of the worst that is true of an agent, or undefined for one that is fine. */
function severityOf(fleet: FleetView, slot: number): number | undefined {
  let worst = severityOfStatus.get(fleet.statusOf(slot));
  for (const { condition, rank } of judgedConditions) {
    if (fleet.has(slot, condition) && (worst === undefined || rank < worst)) worst = rank;
  }
  return worst;
}

/**
 * Chooses the agents that get series of their own: all of them where the budget allows, else those that aren't fine,
 * the worst first and among equals the lowest slot first, as many as fit whole.
 *
 * @param fleet - The fleet; it may change between two slices.
 * @param nowMs - Now, on the fleet's time line.
 * @param budget - How many series the agents may have together.
 * @param pace - Gives way between slices.
 * @returns A sample of each chosen agent; no two of the same id.
 * @throws The pace's reason when the walk is called off.
 * @example
 * ```ts
 * const { samples, series } = await selectAgents(fleet, clock.now(), 300_000, new Pace(signal));
 * ```
 */
export async function selectAgents(
  fleet: FleetView,
  nowMs: number,
  budget: number,
  pace: Pace,
): Promise<Selection> {
  if (fleet.size * leastSeriesOfAgent <= budget) {
    const all = new SelectionBuilder(fleet, nowMs, budget);
    let slot = 0;
    for (; slot < fleet.slotLimit; slot += 1) {
      if (pace.spend(lookCost)) await pace.giveWay();
      if (!fleet.isKnown(slot)) continue;
      pace.spend(sampleCost);
      if (!all.add(slot)) break;
    }
    if (slot >= fleet.slotLimit) return all.selection;
  }

  const unwell = new SelectionBuilder(fleet, nowMs, budget);
  for (const slots of await slotsBySeverity(fleet, Math.floor(budget / leastSeriesOfAgent) + 1, pace)) {
    for (const slot of slots) {
      if (pace.spend(sampleCost)) await pace.giveWay();
      // Since it was ranked, the agent may have got well or been forgotten, and the slot be another's.
      if (!fleet.isKnown(slot) || severityOf(fleet, slot) === undefined) continue;
      if (!unwell.add(slot)) return unwell.selection;
    }
  }
  return unwell.selection;
}

/** The slots of agents that aren't fine, by rank; at most so many of each, as more cannot fit. */
async function slotsBySeverity(fleet: FleetView, most: number, pace: Pace): Promise<number[][]> {
  const slots: number[][] = severity.map(() => []);
  for (let slot = 0; slot < fleet.slotLimit; slot += 1) {
    if (pace.spend(lookCost)) await pace.giveWay();
    if (!fleet.isKnown(slot)) continue;
    const rank = severityOf(fleet, slot);
    if (rank !== undefined && slots[rank]!.length < most) slots[rank]!.push(slot);
  }
  return slots;
}

class SelectionBuilder {
  readonly #fleet: FleetView;
  readonly #nowMs: number;
  readonly #budget: number;
  readonly #samples: AgentSample[] = [];
  readonly #ids = new Set<string>();
  #series = 0;

  constructor(fleet: FleetView, nowMs: number, budget: number) {
    this.#fleet = fleet;
    this.#nowMs = nowMs;
    this.#budget = budget;
  }

  get selection(): Selection {
    return { samples: this.#samples, series: this.#series };
  }

  /** Adds an agent, unless it has been added from another slot; false when it doesn't fit. */
  add(slot: number): boolean {
    const sample = sampleAgent(this.#fleet, slot, this.#nowMs);
    // Forgotten and seen again during the walk, it may be met twice: series of one identity may not be.
    if (this.#ids.has(sample.view.id)) return true;
    const series = countRows(agentFamilies, sample);
    if (this.#series + series > this.#budget) return false;
    this.#series += series;
    this.#ids.add(sample.view.id);
    this.#samples.push(sample);
    return true;
  }
}
