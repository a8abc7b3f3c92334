import { identityAttributes, prometheusLabel } from '@agent-vitals/contract';
import { defaultSessionSettings, memberCountsOf, sessionVerdict } from '../../../../src/core/index.ts';
import { AvailabilityCounters } from '../../../../src/processor/out/prometheus/availability-counters.ts';
import type { ExposedFleet } from '../../../../src/processor/out/prometheus/exposed-fleet.ts';
import {
  type ExpositionOptions,
  type ExpositionSource,
  writeExposition,
} from '../../../../src/processor/out/prometheus/exposition.ts';
import { type ExposedFamily, parseExposition, type Sample } from '../../../support/exposition.ts';

const identityLabels = identityAttributes.map(prometheusLabel);

export const epochMs = 1_750_000_000_000;

/** Enough for everything. */
export const options: ExpositionOptions = {
  nowMs: 100_000,
  toEpochMs: (atMs) => epochMs + atMs,
  maxSeries: 300_000,
  detailedSessions: 1000,
};

/** What an exposition of this fleet is made from; nothing is known beside it. */
export function sourceOf(fleet: ExposedFleet, more: Partial<ExpositionSource> = {}): ExpositionSource {
  return {
    fleet,
    verdictOf: (session) => sessionVerdict(memberCountsOf(session), null, defaultSessionSettings),
    ownHost: () => ({ cpuUtilization: null, memoryUtilization: null }),
    fleetScore: () => null,
    firingAlerts: () => [],
    availabilityCounters: new AvailabilityCounters(),
    ...more,
  };
}

/** One exposition, held to the rules of the format. */
export interface Exposed {
  readonly chunks: readonly string[];
  readonly summary: Awaited<ReturnType<typeof writeExposition>>;
  readonly families: readonly ExposedFamily[];
  readonly samples: readonly Sample[];
  /** The samples of one metric as `labels beside an agent's identity → value`. */
  valuesOf(name: string): Record<string, number>;
}

/** Writes an exposition and reads it back. */
export async function expose(
  source: ExpositionSource,
  more: Partial<ExpositionOptions> = {},
): Promise<Exposed> {
  const chunks: string[] = [];
  const summary = await writeExposition(
    source,
    { ...options, ...more },
    async (chunk) => void chunks.push(chunk),
  );
  const families = parseExposition(chunks.join(''));
  const samples = families.flatMap((family) => family.samples);
  const valuesOf = (name: string) => {
    const ofMetric = samples.filter((sample) => sample.name === name);
    return Object.fromEntries(ofMetric.map((sample) => [ownLabels(sample), sample.value]));
  };
  return { chunks, summary, families, samples, valuesOf };
}

function ownLabels({ name, labels }: Sample): string {
  const identity = name.startsWith('vitals_agent_') ? identityLabels : [];
  return Object.entries(labels)
    .filter(([label]) => !identity.includes(label))
    .map((pair) => pair.join('='))
    .join(' ');
}
