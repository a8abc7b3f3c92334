import {
  type AgentStatus,
  attributes,
  type MetricDefinition,
  metrics,
  prometheusLabel,
  prometheusName,
} from '@agent-vitals/contract';

// PromQL of Prometheus 2.42 and newer. Several processors may be scraped, or one under a new address: subjects are
// told apart by their own labels alone, so that an alert stays the same one.

const byTarget = ['job', 'instance'];

/**
 * Selects the series of a metric.
 *
 * @param metric - As the contract has it.
 * @param values - By attribute, the values of which one must hold.
 * @example
 * ```ts
 * series(metrics.status, { [attributes.agentState]: ['offline'] }); // 'vitals_agent_status{vitals_agent_state="offline"}'
 * ```
 */
export function series(
  metric: MetricDefinition,
  values: Readonly<Record<string, readonly string[]>> = {},
): string {
  const matchers = Object.entries(values).map(
    ([attribute, known]) =>
      `${prometheusLabel(attribute)}${known.length > 1 ? '=~' : '='}"${known.join('|')}"`,
  );
  return `${prometheusName(metric)}${matchers.length === 0 ? '' : `{${matchers.join(',')}}`}`;
}

/** `on (…)` the agent alone, or its series of one scrape. */
function onAgent(labels: readonly string[] = []): string {
  return `on (${[...labels, prometheusLabel(attributes.agentId)].join(', ')})`;
}

/** Joins what one agent's series of the same scrape have, with labels that the other side alone has. */
export function joinAgent(metric: string, other: string, taken: readonly string[]): string {
  return `${metric} * ${onAgent(byTarget)} group_left (${taken.map(prometheusLabel).join(', ')}) ${other}`;
}

/**
 * A condition of agents, of those alone that may raise it: neither muted nor in maintenance.
 *
 * @param condition - PromQL.
 * @param labels - The attributes that the alert has as labels.
 * @param exempt - Statuses in which the condition says nothing of now.
 */
export function ofAgents(
  condition: string,
  labels: readonly string[],
  exempt: readonly AgentStatus[] = [],
): string {
  const quiet = series(metrics.condition, { [attributes.agentCondition]: ['maintenance', 'muted'] });
  const lines = [condition, `unless ${onAgent()} ${quiet} == 1`];
  if (exempt.length > 0) {
    lines.push(`unless ${onAgent()} ${series(metrics.status, { [attributes.agentState]: exempt })} == 1`);
  }
  return aggregated(lines.join('\n  '), labels);
}

/** One series for each subject, whichever processors tell of it. */
export function aggregated(condition: string, labels: readonly string[]): string {
  const by = labels.length === 0 ? '' : ` by (${labels.map(prometheusLabel).join(', ')})`;
  return `max${by} (\n  ${condition}\n)`;
}
