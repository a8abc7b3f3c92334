import type { Fleet, Transition } from '../../core/index.ts';
import type { Clock } from '../clock.ts';
import type { AuditEntry } from './database/audit-table.ts';

/** What an operator can do to an agent. `mute` has `{ untilEpochMs: number | null }` as its detail; null is for ever. */
export const operatorActions = ['pause', 'resume', 'mute', 'unmute', 'forget'] as const;
export type OperatorAction = (typeof operatorActions)[number];

/**
 * Does again what an operator had done, where the process ended before the fleet's next snapshot. What is in force
 * already stays as it is.
 *
 * @param fleet - Restored and begun.
 * @param entry - From the audit log; one about something else, or of an agent that isn't known, does nothing.
 * @param clock - The fleet's.
 * @returns What changed by it.
 */
export function redoOperatorAction(fleet: Fleet, entry: AuditEntry, clock: Clock): readonly Transition[] {
  const slot = fleet.find(entry.subject);
  if (slot < 0) return [];
  const nowMs = clock.now();
  switch (entry.action as OperatorAction) {
    case 'pause':
      fleet.beginMaintenance(slot, nowMs);
      return [];
    case 'resume':
      return fleet.endMaintenance(slot, nowMs);
    case 'mute': {
      const { untilEpochMs } = entry.detail;
      const untilMs =
        typeof untilEpochMs === 'number'
          ? nowMs + (untilEpochMs - clock.toEpochMs(nowMs))
          : Number.POSITIVE_INFINITY;
      fleet.mute(slot, untilMs);
      return [];
    }
    case 'unmute':
      fleet.unmute(slot);
      return [];
    case 'forget':
      fleet.forget(slot, nowMs);
      return [];
    default:
      return [];
  }
}
