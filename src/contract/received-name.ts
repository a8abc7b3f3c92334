import { attributes } from './attributes.ts';
import { type MetricDefinition, type MetricKey, metrics } from './metrics.ts';
import { prometheusLabel, prometheusName, prometheusNameWithoutSuffixes } from './prometheus-name.ts';

/** The metrics that agents emit, in the table's order. */
export const agentMetricKeys = (Object.keys(metrics) as MetricKey[]).filter(
  (key) => metrics[key].emitter === 'agent',
);

/**
 * All the names that an agent metric may arrive under: dotted as the contract writes it, or translated with suffixes,
 * without, or with half of them.
 *
 * @param key - The metric in {@link metrics}.
 * @returns Each name once, the dotted one first.
 * @example
 * ```ts
 * import { receivedNamesOf } from '@agent-vitals/contract';
 *
 * receivedNamesOf('heartbeats'); // ['vitals.agent.heartbeats', 'vitals_agent_heartbeats_total', …]
 * ```
 */
export function receivedNamesOf(key: MetricKey): string[] {
  const metric: MetricDefinition = metrics[key];
  const bare = prometheusNameWithoutSuffixes(metric.name);
  const names = new Set([metric.name, prometheusName(metric), bare]);
  // By halves: exporters that add `_total` and no unit (JavaScript's), receivers that trim `_total` and know no unit.
  if (metric.instrument === 'Counter') {
    names.add(`${bare}_total`).add(prometheusName({ ...metric, instrument: 'UpDownCounter' }));
  }
  return [...names];
}

const keyByReceivedName = new Map(
  agentMetricKeys.flatMap((key) => receivedNamesOf(key).map((name) => [name, key] as const)),
);

const attributeByReceivedName = new Map<string, string>();
for (const attribute of Object.values(attributes)) {
  attributeByReceivedName.set(attribute, attribute);
  attributeByReceivedName.set(prometheusLabel(attribute), attribute);
}

/**
 * Finds the agent metric behind a received name: dotted as the contract writes it, or translated by a Prometheus
 * receiver with or without unit and type suffixes.
 *
 * @param name - The metric name as it arrived.
 * @returns The key in {@link metrics}, or undefined where the contract has no such agent metric.
 * @example
 * ```ts
 * import { agentMetricOfName } from '@agent-vitals/contract';
 *
 * agentMetricOfName('vitals_agent_heartbeats_total'); // 'heartbeats'
 * ```
 */
export function agentMetricOfName(name: string): MetricKey | undefined {
  return keyByReceivedName.get(name);
}

/**
 * Finds the attribute behind a received attribute or label name.
 *
 * @param name - Dotted, or translated to a Prometheus label.
 * @returns The dotted name, or undefined where the contract doesn't know it.
 * @example
 * ```ts
 * import { attributeOfName } from '@agent-vitals/contract';
 *
 * attributeOfName('vitals_agent_id'); // 'vitals.agent.id'
 * ```
 */
export function attributeOfName(name: string): string | undefined {
  return attributeByReceivedName.get(name);
}
