import { setImmediate as nextTurn } from 'node:timers/promises';
import { type AlertSeverity, alertSeverities } from '@agent-vitals/contract';
import type { Alert, AlertState } from '../../../core/index.ts';

/** What comes first: what fires, then what may soon, then what is over; of each the most severe. */
export const alertStates: readonly AlertState[] = ['firing', 'pending', 'resolved'];

/** A place in the list: behind the alert of this rank, moment and id. */
export interface AlertPlace {
  readonly rank: number;
  readonly activeAtMs: number;
  readonly id: string;
}

/** Alerts looked at before others get their turn. */
const looksPerTurn = 8_192;

/**
 * Picks one page of alerts, the most urgent first and among equals the newest first.
 *
 * @param alerts - All there are; it may change between two turns.
 * @param matches - Which of them are wanted.
 * @param after - Where the page before ended; null for the first.
 * @param limit - At most so many.
 * @returns The page, and where the next one begins; null where there is none.
 * @example
 * ```ts
 * const { page, next } = await pickAlerts(engine.entries(), ({ state }) => state === 'firing', null, 100);
 * ```
 */
export async function pickAlerts(
  alerts: Iterable<Alert>,
  matches: (alert: Alert) => boolean,
  after: AlertPlace | null,
  limit: number,
): Promise<{ page: readonly Alert[]; next: AlertPlace | null }> {
  // The best seen so far, sorted and cut whenever there are twice as many as are wanted.
  const most = limit + 1;
  let best: Alert[] = [];
  let worst: AlertPlace | null = null;
  const cut = () => {
    best = best.sort((one, other) => compare(placeOf(one), placeOf(other))).slice(0, most);
    if (best.length === most) worst = placeOf(best[most - 1]!);
  };
  let looks = 0;
  for (const alert of alerts) {
    if (++looks % looksPerTurn === 0) await nextTurn();
    if (!matches(alert)) continue;
    const place = placeOf(alert);
    if (after !== null && compare(place, after) <= 0) continue;
    if (worst !== null && compare(place, worst) >= 0) continue;
    best.push(alert);
    if (best.length >= 2 * most) cut();
  }
  cut();
  const page = best.slice(0, limit);
  return { page, next: best.length > limit ? placeOf(page[limit - 1]!) : null };
}

/** Where an alert stands in the list. */
export function placeOf({ state, severity, activeAtMs, id }: Alert): AlertPlace {
  return { rank: rankOf(state, severity), activeAtMs, id };
}

function rankOf(state: AlertState, severity: AlertSeverity): number {
  return alertStates.indexOf(state) * alertSeverities.length + alertSeverities.indexOf(severity);
}

function compare(one: AlertPlace, other: AlertPlace): number {
  return (
    one.rank - other.rank ||
    other.activeAtMs - one.activeAtMs ||
    (one.id < other.id ? -1 : one.id > other.id ? 1 : 0)
  );
}
