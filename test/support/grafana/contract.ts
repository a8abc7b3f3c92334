import {
  attributes,
  identityAttributes,
  type MetricDefinition,
  metrics,
  prometheusLabel,
  prometheusName,
} from '@agent-vitals/contract';
import { recordingRules, scoreLabel } from '../../../grafana/recording-rules.ts';
import { readPromql } from './promql.ts';

/** A series that a query may ask for. */
export interface KnownSeries {
  readonly labels: ReadonlySet<string>;
  readonly isCounter: boolean;
  /** Whether there is one for each agent. */
  readonly isPerAgent: boolean;
}

/** What Prometheus itself adds to every series, and the series that it makes of every scrape. */
const ofEverySeries = ['job', 'instance'];
const ofPrometheus = ['up', 'scrape_duration_seconds', 'scrape_samples_scraped'];

/** What a query may ask for: the contract's metrics by their Prometheus names, what rules record, what Prometheus has. */
export function knownSeries(
  definitions: readonly MetricDefinition[] = Object.values(metrics),
): ReadonlyMap<string, KnownSeries> {
  const known = new Map<string, KnownSeries>();
  for (const definition of definitions) {
    const name = prometheusName(definition);
    const isPerAgent = definition.emitter === 'agent' || definition.emitter === 'processor.agent';
    const labels = [
      ...ofEverySeries,
      ...definition.attributes.map(prometheusLabel),
      ...(isPerAgent ? identityAttributes.map(prometheusLabel) : []),
    ];
    if (definition.instrument === 'Histogram') {
      known.set(`${name}_bucket`, { labels: new Set([...labels, 'le']), isCounter: true, isPerAgent });
      known.set(`${name}_sum`, { labels: new Set(labels), isCounter: true, isPerAgent });
      known.set(`${name}_count`, { labels: new Set(labels), isCounter: true, isPerAgent });
    } else {
      known.set(name, {
        labels: new Set(labels),
        isCounter: definition.instrument === 'Counter',
        isPerAgent,
      });
    }
  }
  for (const name of ofPrometheus) {
    known.set(name, { labels: new Set(ofEverySeries), isCounter: false, isPerAgent: false });
  }
  known.set('ALERTS', {
    labels: new Set(['alertname', 'alertstate', 'severity']),
    isCounter: false,
    isPerAgent: false,
  });
  for (const { record, expr } of recordingRules) {
    const labels = readPromql(expr).groupings.flatMap((grouping) => grouping.labels);
    if (expr.startsWith('count_values')) labels.push(scoreLabel);
    known.set(record, { labels: new Set(labels), isCounter: false, isPerAgent: false });
  }
  return known;
}

/** The processor's own of these aren't agents': it exposes them without an identity. */
export const ownByName = new Set(
  [metrics.processCpuUtilization, metrics.processMemoryUsage, metrics.eventLoopUtilization].map(
    prometheusName,
  ),
);

/** The label that tells agents apart. */
export const agentLabel = prometheusLabel(attributes.agentId);

/**
 * What a query asks for that isn't there: metrics, and labels that its metrics don't have.
 *
 * @param expr PromQL without Grafana's variables
 */
export function unknownIn(expr: string, known: ReadonlyMap<string, KnownSeries>): string[] {
  const { selectors, groupings } = readPromql(expr);
  const unknown: string[] = [];
  for (const { name, matchers } of selectors) {
    const series = known.get(name);
    if (series === undefined) unknown.push(`metric ${name}`);
    for (const { label } of matchers) {
      if (series?.labels.has(label) === false) unknown.push(`label ${label} of ${name}`);
    }
  }
  for (const { labels, metrics: names } of groupings) {
    for (const label of labels) {
      if (!names.some((name) => known.get(name)?.labels.has(label) !== false)) {
        unknown.push(`label ${label} of ${names.join(', ')}`);
      }
    }
  }
  return unknown;
}
