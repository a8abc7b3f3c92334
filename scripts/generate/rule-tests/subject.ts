import {
  type AgentStatus,
  attributes,
  type Condition,
  type MetricKey,
  metrics,
  prometheusLabel,
  prometheusName,
} from '@agent-vitals/contract';
import type { Sequence, Series } from './timeline.ts';

/** What every series of a scrape has. */
const target = { job: 'agent-vitals', instance: '127.0.0.1:8080' };

/** One of several processors that are scraped. */
export const otherTarget = { job: 'agent-vitals', instance: '127.0.0.1:8081' };

/**
 * Names a series of the contract.
 *
 * @param key - The metric.
 * @param labels - By attribute.
 * @param from - The labels of the scrape.
 */
export function named(
  key: MetricKey,
  labels: Readonly<Record<string, string>> = {},
  from: Readonly<Record<string, string>> = target,
): string {
  const all = [
    ...Object.entries(from),
    ...Object.entries(labels).map(([attribute, value]) => [prometheusLabel(attribute), value] as const),
  ];
  return `${prometheusName(metrics[key])}{${all.map(([label, value]) => `${label}="${value}"`).join(',')}}`;
}

/** The agent that alerts are about. */
export const agent = {
  [attributes.agentId]: 'scraper-2',
  [attributes.sessionId]: 'night shift',
  [attributes.agentType]: 'scraper',
};

/** A series of the agent. */
export function ofAgent(key: MetricKey, labels: Readonly<Record<string, string>> = {}): string {
  return named(key, { ...agent, ...labels });
}

/** The statuses that rules look at, and one in which all is well. */
const statuses = [
  'offline',
  'stopped',
  'unknown',
  'paused',
  'stalled',
  'idle',
] as const satisfies AgentStatus[];

/** The agent is in one status throughout, and comes by a way in. */
export function inStatus(status: AgentStatus, sequence: Sequence): Series {
  return whileIn((other) => (other === status ? sequence(1, 1) : sequence(0, 0)), sequence);
}

/** The agent is in one status while the condition holds, and idle else. */
export function whileOnIn(status: AgentStatus, sequence: Sequence): Series {
  return whileIn((other) => {
    if (other === status) return sequence(1, 0);
    return other === 'idle' ? sequence(0, 1) : sequence(0, 0);
  }, sequence);
}

function whileIn(valuesOf: (status: (typeof statuses)[number]) => string, sequence: Sequence): Series {
  return {
    ...Object.fromEntries(
      statuses.map((status) => [ofAgent('status', { [attributes.agentState]: status }), valuesOf(status)]),
    ),
    [ofAgent('pipeline', { [attributes.pipelineName]: 'otlp/agents' })]: sequence(1, 1),
  };
}

/** A condition of the agent. */
export function condition(name: Condition, values: string): Series {
  return { [ofAgent('condition', { [attributes.agentCondition]: name })]: values };
}
