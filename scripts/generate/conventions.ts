import {
  attributes,
  conditions,
  type Emitter,
  exhaustedReasons,
  identityAttributes,
  logEvents,
  type MetricDefinition,
  metrics,
  prometheusLabel,
  prometheusName,
  recoverySources,
  reportedStates,
  shortStatusOf,
  stateTransitions,
  statusPrecedence,
} from '@agent-vitals/contract';
import { agentFamilies } from '../../src/processor/out/prometheus/agent-families.ts';
import { exposedMetrics } from '../../src/processor/out/prometheus/exposition.ts';
import { selfMetricDefinitions } from '../../src/processor/self-metrics/self-metrics.ts';
import { codes, table } from './markdown.ts';
import { attributeMeaning, conditionMeaning, statusMeaning } from './meanings.ts';

const all: readonly MetricDefinition[] = Object.values(metrics);

/** What this version's `/metrics` can have; the rest of the contract is written down and not there yet. */
const exposed: ReadonlySet<MetricDefinition> = new Set([...exposedMetrics, ...selfMetricDefinitions]);

const introduction = `<!-- Generated from src/contract by \`npm run generate\`: edit the tables there, not this page. -->
# Conventions

The names that the SDK, the processor, dashboards and rules share. An agent in any language can emit them with plain
OpenTelemetry; the code of this page is \`@agent-vitals/contract\`. A name has one meaning: agents report, the
processor judges.

- **Identity** is on the data point, else on the resource: \`vitals.agent.id\`, else \`gen_ai.agent.id\`, else
  \`service.namespace/service.name@host.name\`. Session and type are \`vitals.session.id\` and \`vitals.agent.type\`.
- **Prometheus names** follow the Collector's \`UnderscoreEscapingWithSuffixes\`: words joined by underscores, then the
  unit, then \`_total\` on counters and \`_ratio\` on gauges of unit 1. A histogram's samples end in \`_bucket\`, \`_sum\`
  and \`_count\`. Received metrics may be named either way, and translated without suffixes too.
- **Units** are UCUM; what stands in braces is counted, not measured.`;

/**
 * Renders docs/conventions.md from the contract's tables.
 *
 * @returns The whole page as Markdown.
 * @example
 * ```ts
 * writeFileSync('docs/conventions.md', renderConventions());
 * ```
 */
export function renderConventions(): string {
  return `${[
    introduction,
    '## What agents report',
    `Each with the identity. An increase of \`${metrics.heartbeats.name}\` is a sign of life; that an unchanged value arrives again is none.`,
    metricTable('agent'),
    'Log events, each with the identity:',
    table(
      ['event', 'attributes', 'meaning'],
      Object.values(logEvents).map(({ name, attributes: own, description }) => [
        `\`${name}\``,
        codes(own),
        description,
      ]),
    ),
    '## What the processor concludes',
    `Metrics marked *not yet* are part of the contract and not exposed by this version.`,
    '### Of an agent',
    `Each with ${codes(identityAttributes)}. Beyond the series budget (\`exposition.max_series\`) only agents that are not fine have them. Passed on from agents under the same name: ${codes(passedOn())}.`,
    metricTable('processor.agent'),
    '### Of a session',
    metricTable('processor.session'),
    '### Of the fleet',
    metricTable('processor.fleet'),
    '### Of the processor itself',
    `With them, of its own process: ${codes(ownProcess())}.`,
    metricTable('processor.self'),
    '## Attributes',
    attributeTable(),
    '## States',
    `An agent has one status, the first of these that holds. What it may report next is the processor's state table: a change outside of it is applied all the same, and counted by \`${metrics.processorIrregularTransitions.name}\`. The short status is what simple clients of the REST API read.`,
    stateTable(),
    '## Conditions',
    'True beside the status, any number of them at once.',
    table(
      ['condition', 'meaning'],
      conditions.map((condition) => [`\`${condition}\``, conditionMeaning[condition]]),
    ),
    '## Exhaustion',
    `Reasons: ${codes(exhaustedReasons)}. Sources of a time of recovery: ${codes(recoverySources)}; \`default\` is a guess and shown as one.`,
  ].join('\n\n')}\n`;
}

function metricTable(emitter: Emitter): string {
  const isExposed = (metric: MetricDefinition) => emitter === 'agent' || exposed.has(metric);
  return table(
    ['metric', 'instrument, unit', 'Prometheus', 'attributes', 'meaning'],
    all
      .filter((metric) => metric.emitter === emitter)
      .map((metric) => [
        `\`${metric.name}\``,
        metric.unit === '' ? metric.instrument : `${metric.instrument} \`${metric.unit}\``,
        `\`${prometheusName(metric)}\``,
        codes(metric.attributes),
        isExposed(metric) ? metric.description : `*Not yet.* ${metric.description}`,
      ]),
  );
}

function passedOn(): string[] {
  return agentFamilies
    .map(({ metric }) => metric)
    .filter((metric) => metric.emitter === 'agent')
    .map((metric) => metric.name);
}

function ownProcess(): string[] {
  return selfMetricDefinitions.filter((metric) => metric.emitter === 'agent').map((metric) => metric.name);
}

function attributeTable(): string {
  return table(
    ['attribute', 'Prometheus label', 'meaning'],
    Object.values(attributes).map((attribute) => [
      `\`${attribute}\``,
      `\`${prometheusLabel(attribute)}\``,
      attributeMeaning[attribute],
    ]),
  );
}

function stateTable(): string {
  return table(
    ['status', 'meaning', 'said by', 'may report next', 'short status'],
    statusPrecedence.map((status) => {
      const reported = reportedStates.find((state) => state === status);
      return [
        `\`${status}\``,
        statusMeaning[status],
        reported === undefined ? 'the processor' : 'the agent',
        reported === undefined ? '' : codes(stateTransitions[reported]),
        `\`${shortStatusOf[status]}\``,
      ];
    }),
  );
}
