import { alertSeverities, attributes, metrics } from '@agent-vitals/contract';
import type { Alert } from '../../../core/index.ts';
import type { Family } from './family.ts';
import { lookCost, type Pace } from './pace.ts';
import { label } from './text-format.ts';

/** An alert that fires. */
export interface AlertSample {
  /** Name, severity and subject, as labels. */
  readonly labels: string;
}

/** The family that tells of alerts; one that is over has no row. */
export const alertFamilies: readonly Family<AlertSample>[] = [
  { metric: metrics.alertActive, rows: (_alert, row) => row('', 1) },
];

/** Of the series budget, alerts have so much at most: agents tell of themselves too. */
const share = 0.1;

/**
 * Takes the alerts that fire, as many as have room: the critical ones first, then warnings, then the rest.
 *
 * @param firing - They may change between two slices.
 * @param maxSeries - The whole series budget.
 * @param pace - Gives way between slices.
 * @returns A sample of each.
 * @throws The pace's reason when the walk is called off.
 * @example
 * ```ts
 * const alerts = await sampleAlerts(engine.firing(), 300_000, new Pace(signal));
 * ```
 */
export async function sampleAlerts(
  firing: Iterable<Alert>,
  maxSeries: number,
  pace: Pace,
): Promise<readonly AlertSample[]> {
  const most = Math.floor(maxSeries * share);
  const bySeverity = new Map(alertSeverities.map((severity) => [severity, new Map<string, Alert>()]));
  for (const alert of firing) {
    if (pace.spend(lookCost)) await pace.giveWay();
    const known = bySeverity.get(alert.severity);
    // By its id: one that is over and fires again during the walk is met twice.
    if (known !== undefined && known.size < most) known.set(alert.id, alert);
  }
  const samples: AlertSample[] = [];
  for (const known of bySeverity.values()) {
    for (const alert of known.values()) {
      if (samples.length >= most) return samples;
      if (pace.spend(lookCost)) await pace.giveWay();
      samples.push({ labels: labelsOf(alert) });
    }
  }
  return samples;
}

function labelsOf({ name, severity, subject }: Alert): string {
  const { alertName, alertSeverity, alertSubject } = attributes;
  return `${label(alertName, name)},${label(alertSeverity, severity)},${label(alertSubject, subject)}`;
}
