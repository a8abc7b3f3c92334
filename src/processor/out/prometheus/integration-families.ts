import { attributes, integrationStatuses, metrics } from '@agent-vitals/contract';
import type { IntegrationView } from '../../../core/index.ts';
import type { ExposedFleet } from './exposed-fleet.ts';
import { type Family, rowIfKnown } from './family.ts';
import { judgeCost, type Pace } from './pace.ts';
import { label, labelsByValue } from './text-format.ts';

/** All that an exposition says of something that agents call, taken at one moment. */
export interface IntegrationSample {
  /** Its name, as label. */
  readonly labels: string;
  readonly view: IntegrationView;
}

const statusLabel = labelsByValue(attributes.integrationState, integrationStatuses);

/** The families of which each integration has rows; rates and durations while it was used lately. */
export const integrationFamilies: readonly Family<IntegrationSample>[] = [
  {
    metric: metrics.integrationStatus,
    rows: ({ view }, row) => {
      for (const status of integrationStatuses) row(statusLabel[status], view.status === status ? 1 : 0);
    },
  },
  {
    metric: metrics.integrationErrorRatio,
    rows: ({ view }, row) => rowIfKnown(row, view.errorRatio),
  },
  {
    metric: metrics.integrationMeanDuration,
    rows: ({ view }, row) => rowIfKnown(row, view.meanDurationMs, 1000),
  },
  {
    metric: metrics.integrationDegradedThreshold,
    rows: ({ view }, row) => row('', view.slowAboveMs / 1000),
  },
];

/**
 * Takes a sample of each integration.
 *
 * @param fleet - The fleet; it may change between two slices.
 * @param nowMs - Now, on the fleet's time line.
 * @param pace - Gives way between slices.
 * @returns The samples, by name.
 * @throws The pace's reason when the walk is called off.
 * @example
 * ```ts
 * const integrations = await sampleIntegrations(fleet, clock.now(), new Pace(signal));
 * ```
 */
export async function sampleIntegrations(
  fleet: ExposedFleet,
  nowMs: number,
  pace: Pace,
): Promise<readonly IntegrationSample[]> {
  const samples: IntegrationSample[] = [];
  for (const name of fleet.integrationNames()) {
    if (pace.spend(judgeCost)) await pace.giveWay();
    const view = fleet.integration(name, nowMs);
    if (view !== undefined) samples.push({ labels: label(attributes.integrationName, name), view });
  }
  return samples;
}
