import type { Rig } from './rig.ts';

export const second = 1_000;
export const minute = 60_000;
export const hour = 3_600_000;

/** A fault, what is done, and exactly what the processor is to tell. */
export interface FaultScenario {
  readonly name: string;
  readonly play: () => Rig;
  /** All transitions in the order of time; of a crowd how many of each kind, their dates being the verdict's. */
  readonly expected: readonly string[] | Readonly<Record<string, number>> | 'what the verdict allows';
  /** Agents held offline while they beat, as their way in was silent beyond the hold: exactly when it ended. */
  readonly beyondHold?: number;
}
