import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Fleet, Transition } from '../../core/index.ts';
import type { Clock } from '../clock.ts';

const slotsPerTurn = 16_384;

/**
 * Makes every part of a fleet count as changed, for a store that has lost its images: to end a maintenance that isn't
 * changes nothing but that.
 *
 * @returns What had changed before and was not fetched yet.
 */
export async function markAllChanged(fleet: Fleet, clock: Clock): Promise<readonly Transition[]> {
  const transitions: Transition[] = [];
  for (let slot = 0; slot < fleet.slotLimit; slot++) {
    if (slot % slotsPerTurn === slotsPerTurn - 1) await nextTurn();
    if (!fleet.isKnown(slot) || fleet.has(slot, 'maintenance')) continue;
    transitions.push(...fleet.endMaintenance(slot, clock.now()));
  }
  return transitions;
}
