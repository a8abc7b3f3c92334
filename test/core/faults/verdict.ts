import { Absences } from './absences.ts';
import type { Rig } from './rig.ts';
import { Truth } from './truth.ts';

/** What the processor said against what was true. */
export interface Verdict {
  /** Held offline though it had beaten within its offline limit, and nothing excuses that. */
  readonly falseOffline: readonly string[];
  /** Held offline while it beat, since its way in was silent for longer than the hold: said so, and no more. */
  readonly beyondHold: number;
  readonly missedDeaths: readonly string[];
  readonly misdated: readonly string[];
  readonly deaths: number;
}

/** Judges a run. The rules of the design are applied to the truth here, not to what the fleet thinks. */
export function judge(rig: Rig): Verdict {
  const falseOffline: string[] = [];
  const missedDeaths: string[] = [];
  const misdated: string[] = [];
  let beyondHold = 0;
  let deaths = 0;
  const absences = new Absences(rig);
  const ids = new Set(rig.agents.map(({ id }) => id));
  for (const id of ids) {
    const truth = new Truth(rig, id, absences);
    for (const offline of truth.offlines) {
      if (truth.isDeadFor(offline)) continue;
      if (truth.isBeyondHold(offline)) beyondHold++;
      else falseOffline.push(`${id} @${offline.trueAtMs}`);
    }
    for (const diedMs of truth.deaths()) {
      if (truth.isToldNothingAt(diedMs)) continue;
      const deadlineMs = truth.deadlineOf(diedMs);
      const nextLifeMs = truth.nextLifeAfter(diedMs);
      // A death that another life, or the end of the run, came before could not be told.
      if (nextLifeMs <= deadlineMs || rig.world.nowMs <= deadlineMs + 1_000) continue;
      deaths++;
      const told = truth.offlines.find(({ trueAtMs }) => trueAtMs >= diedMs && trueAtMs < nextLifeMs);
      if (told === undefined) missedDeaths.push(`${id} died @${diedMs}`);
      else if (told.trueAtMs !== deadlineMs) misdated.push(`${id} @${told.trueAtMs} for ${deadlineMs}`);
    }
  }
  return { falseOffline, beyondHold, missedDeaths, misdated, deaths };
}
