import { agentMetricKeys, type MetricKey, metrics, receivedNamesOf } from '@agent-vitals/contract';
import { type Signal, signalOf } from '../../core/index.ts';

/** What the reader must know of a metric that agents send. */
export interface KnownMetric {
  readonly key: MetricKey;
  readonly signal: Signal;
  readonly isHistogram: boolean;
  /** Whether its points are handed over before those of other metrics. */
  readonly leads: boolean;
  /** Whether it tells of an agent by its name alone; `process.cpu.utilization` doesn't. */
  readonly isVitals: boolean;
  /** Whether it tells of a host, with or without an agent on it. */
  readonly isHosts: boolean;
  /** The value of the one dimension that stands for the whole; empty where no dimension does. */
  readonly wholeState: string;
  /** Whether that value is what is left: 1 less the point's. */
  readonly isRest: boolean;
}

/**
 * What an agent says of itself is known before its signs of life are judged: an agent that returns goes straight to
 * the state it reports, not through `idle`.
 */
const leading: ReadonlySet<MetricKey> = new Set<MetricKey>([
  'reportedStatus',
  'exhaustedRecoveryTime',
  'info',
  'leaseExpiry',
  'heartbeatInterval',
]);

/**
 * Host metrics come split by state. Of memory the state `used` is the utilization; of the CPU it is what `idle`
 * leaves, over all CPUs where it is split by CPU too.
 */
const wholeStates: Partial<Record<MetricKey, { state: string; isRest: boolean }>> = {
  systemMemoryUtilization: { state: 'used', isRest: false },
  systemCpuUtilization: { state: 'idle', isRest: true },
};

/** The metrics that agents send; a code of {@link metricNames} is a place in it. */
export const knownMetrics: readonly KnownMetric[] = agentMetricKeys.map((key) => ({
  key,
  signal: signalOf(key),
  isHistogram: metrics[key].instrument === 'Histogram',
  leads: leading.has(key),
  isVitals: metrics[key].name.startsWith('vitals.'),
  isHosts: metrics[key].name.startsWith('system.'),
  wholeState: wholeStates[key]?.state ?? '',
  isRest: wholeStates[key]?.isRest ?? false,
}));

/** Every name under which they may arrive: dotted, or translated with or without suffixes. */
export const metricNames: readonly (readonly [name: string, code: number])[] = agentMetricKeys.flatMap(
  (key, code) => receivedNamesOf(key).map((name) => [name, code] as const),
);
