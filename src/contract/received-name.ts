import { attributes } from './attributes.ts';
import { type MetricDefinition, type MetricKey, metrics } from './metrics.ts';
import { prometheusLabel, prometheusName, prometheusNameWithoutSuffixes } from './prometheus-name.ts';

/** The metrics that agents emit, in the table's order. */
export const agentMetricKeys = (Object.keys(metrics) as MetricKey[]).filter(
  (key) => metrics[key].emitter === 'agent',
);

const keyByReceivedName = new Map<string, MetricKey>();
for (const key of agentMetricKeys) {
  const metric: MetricDefinition = metrics[key];
  keyByReceivedName.set(metric.name, key);
  keyByReceivedName.set(prometheusName(metric), key);
  keyByReceivedName.set(prometheusNameWithoutSuffixes(metric.name), key);
}

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
