import type { Fleet, Transition } from '../../core/index.ts';
import type { Clock } from '../clock.ts';
import { type OperatorAction, operatorActions, takeOperatorAction } from '../operator-action.ts';
import type { AuditEntry } from './database/audit-table.ts';

/**
 * Does again what an operator had done, where the process ended before the fleet's next snapshot. What is in force
 * already stays as it is.
 *
 * @param fleet - Restored and begun.
 * @param entry - From the audit log, a mute with `{ untilEpochMs: number | null }` as its detail; one about something
 *   else, or of an agent that isn't known, does nothing.
 * @param clock - The fleet's.
 * @returns What changed by it.
 */
export function redoOperatorAction(fleet: Fleet, entry: AuditEntry, clock: Clock): readonly Transition[] {
  const slot = fleet.find(entry.subject);
  if (slot < 0 || !(operatorActions as readonly string[]).includes(entry.action)) return [];
  const nowMs = clock.now();
  const { untilEpochMs } = entry.detail;
  const moment =
    typeof untilEpochMs === 'number'
      ? { nowMs, untilMs: nowMs + untilEpochMs - clock.toEpochMs(nowMs) }
      : { nowMs };
  return takeOperatorAction(fleet, slot, entry.action as OperatorAction, moment);
}
