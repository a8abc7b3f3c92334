import type { Fleet, Transition } from '../core/index.ts';

/** What an operator may do to an agent. */
export const operatorActions = ['pause', 'resume', 'mute', 'forget'] as const;
export type OperatorAction = (typeof operatorActions)[number];

/** One action at one moment, both on the fleet's time line. */
export interface OperatorMoment {
  readonly nowMs: number;
  /** Of a mute; `Infinity` is until it is lifted. */
  readonly untilMs?: number;
}

/**
 * Does what an operator asked for, also when the audit log is done again after a crash; once more does no harm.
 *
 * @param fleet - The one the agent is in.
 * @param slot - The agent.
 * @param action - `resume` lifts a mute, too.
 * @param moment - Now, and until when.
 * @returns What changed by it.
 * @example
 * ```ts
 * takeOperatorAction(fleet, fleet.find('crawler-7'), 'mute', { nowMs, untilMs: nowMs + 3_600_000 });
 * ```
 */
export function takeOperatorAction(
  fleet: Fleet,
  slot: number,
  action: OperatorAction,
  { nowMs, untilMs = Number.POSITIVE_INFINITY }: OperatorMoment,
): readonly Transition[] {
  switch (action) {
    case 'pause':
      fleet.beginMaintenance(slot, nowMs);
      return [];
    case 'resume':
      fleet.unmute(slot);
      return fleet.endMaintenance(slot, nowMs);
    case 'mute':
      fleet.mute(slot, untilMs);
      return [];
    case 'forget':
      fleet.forget(slot, nowMs);
      return [];
  }
}
