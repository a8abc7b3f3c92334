import type { AgentStatus, Condition } from '@agent-vitals/contract';
import { agentFamilies, leastSeriesOfAgent } from './agent-families.ts';
import type { AgentSample } from './agent-sample.ts';
import type { ExposedFleet } from './exposed-fleet.ts';
import { countRows } from './family.ts';
import { lookCost, type Pace, sampleCost } from './pace.ts';

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
function severityOf(fleet: ExposedFleet, slot: number): number | undefined {
  let worst = severityOfStatus.get(fleet.statusOf(slot));
  for (const { condition, rank } of judgedConditions) {
    if (fleet.has(slot, condition) && (worst === undefined || rank < worst)) worst = rank;
  }
  return worst;
}

export interface AgentSelection {
  /** Of each chosen agent, the worst first; no two of the same id. */
  readonly samples: readonly AgentSample[];
  /** Whether all agents are among them. */
  readonly isComplete: boolean;
}

/**
 * Chooses the agents that get series of their own: all of them where the budget allows, else those that aren't fine,
 * the worst first and among equals the lowest slot first, as many as fit whole.
 *
 * @param fleet - The fleet; it may change between two slices.
 * @param sample - Takes all that is known of an agent; called at most once for each.
 * @param budget - How many series the agents may have together.
 * @param pace - Gives way between slices.
 * @returns A sample of each chosen agent.
 * @throws The pace's reason when the walk is called off.
 * @example
 * ```ts
 * const { samples } = await selectAgents(fleet, sample, 300_000, new Pace(signal));
 * ```
 */
export async function selectAgents(
  fleet: ExposedFleet,
  sample: (slot: number) => AgentSample,
  budget: number,
  pace: Pace,
): Promise<AgentSelection> {
  const most = Math.max(0, Math.floor(budget / leastSeriesOfAgent)) + 1;
  const { unwell, fine } = await rankAgents(fleet, most, pace);
  const selection = new Selection(budget);
  for (const slot of unwell) {
    if (pace.spend(sampleCost)) await pace.giveWay();
    // Since it was ranked, the agent may have got well or been forgotten, and the slot be another's.
    if (!fleet.isKnown(slot)) continue;
    if (severityOf(fleet, slot) === undefined) fine.push(slot);
    else if (!selection.add(sample(slot))) return { samples: selection.samples, isComplete: false };
  }
  if (fleet.size * leastSeriesOfAgent > budget) return { samples: selection.samples, isComplete: false };
  const unwellAlone = selection.samples.length;
  for (const slot of fine) {
    if (pace.spend(sampleCost)) await pace.giveWay();
    if (!fleet.isKnown(slot) || selection.add(sample(slot))) continue;
    return { samples: selection.samples.slice(0, unwellAlone), isComplete: false };
  }
  return { samples: selection.samples, isComplete: true };
}

interface RankedAgents {
  /** The worst first; of each rank no more than could fit. */
  readonly unwell: readonly number[];
  /** No more than could fit. */
  readonly fine: number[];
}

async function rankAgents(fleet: ExposedFleet, most: number, pace: Pace): Promise<RankedAgents> {
  const slotsByRank: number[][] = severity.map(() => []);
  const fine: number[] = [];
  for (let slot = 0; slot < fleet.slotLimit; slot += 1) {
    if (pace.spend(lookCost)) await pace.giveWay();
    if (!fleet.isKnown(slot)) continue;
    const rank = severityOf(fleet, slot);
    const slots = rank === undefined ? fine : slotsByRank[rank]!;
    if (slots.length < most) slots.push(slot);
  }
  return { unwell: slotsByRank.flat(), fine };
}

class Selection {
  readonly samples: AgentSample[] = [];
  readonly #budget: number;
  readonly #ids = new Set<string>();
  #series = 0;

  constructor(budget: number) {
    this.#budget = budget;
  }

  /** Adds an agent, unless it has been added from another slot; false when it doesn't fit. */
  add(sample: AgentSample): boolean {
    // Forgotten and seen again during the walk, it may be met twice: series of one identity may not be.
    if (this.#ids.has(sample.view.id)) return true;
    const series = countRows(agentFamilies, sample);
    if (this.#series + series > this.#budget) return false;
    this.#series += series;
    this.#ids.add(sample.view.id);
    this.samples.push(sample);
    return true;
  }
}
