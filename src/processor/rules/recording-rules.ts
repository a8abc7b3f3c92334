import { attributes, type MetricKey, metrics, prometheusLabel, prometheusName } from '@agent-vitals/contract';

// What the dashboards of a large fleet ask again and again: aggregates over every agent that has series of its own.
// Prometheus computes them once per evaluation, so that a picture of 100,000 agents reads a dozen series.
// PromQL of Prometheus 2.42 and newer.

type Names<Key extends string> = Readonly<Record<Key, string>>;
const metric = Object.fromEntries(
  Object.entries(metrics).map(([key, definition]) => [key, prometheusName(definition)]),
) as Names<MetricKey>;
const label = Object.fromEntries(
  Object.entries(attributes).map(([key, attribute]) => [key, prometheusLabel(attribute)]),
) as Names<keyof typeof attributes>;

/** A recording rule, named `level:metric:operation` as Prometheus advises. */
export interface RecordingRule {
  readonly record: string;
  readonly expr: string;
  readonly description: string;
}

/** The label that {@link recorded.scores} puts on its series: the lower end of a tenth, `0` to `0.9`. */
export const scoreLabel = 'score';

/** A rate isn't a total any more. */
const rated = (name: string) => name.replace(/_total$/, '');

/** The names of the recorded series, for those that ask for them. */
export const recorded = {
  scores: `fleet:${metric.healthScore}:count`,
  transitions: `fleet:${rated(metric.transitions)}:increase5m`,
  types: `type:${metric.status}:sum`,
  conditions: `fleet:${metric.condition}:sum`,
  operations: `fleet:${rated(metric.operations)}:rate5m`,
  heartbeats: `fleet:${rated(metric.heartbeats)}:rate5m`,
  restarts: `fleet:${rated(metric.restarts)}:rate5m`,
  availability: `fleet:${rated(metric.availabilityTime)}:rate5m`,
  firstRecovery: `scope:${metric.recoveryTimestamp}:min`,
  lastRecovery: `scope:${metric.recoveryTimestamp}:max`,
} as const;

/** The to and fro of work is most of what happens, and tells nobody anything. */
const entered = `${metric.transitions}{${label.agentState}!~"idle|busy|on_call|waiting"}`;

/** The recording rules that go into `rules/agent-vitals.rules.yml`. */
export const recordingRules: readonly RecordingRule[] = [
  {
    record: recorded.scores,
    // The addend keeps 0.7 × 10 from being a little less than 7.
    expr: `count_values("${scoreLabel}", clamp_max(floor(${metric.healthScore} * 10 + 0.0001), 9) / 10)`,
    description: 'Agents by tenth of their health score; a score of 1 counts into the uppermost tenth.',
  },
  {
    record: recorded.transitions,
    // A counter that appears with 1, as at an agent's first transition into a status, has not increased for Prometheus:
    // what appeared counts whole, if the agent was there before.
    expr: `sum by (${label.agentState}) (\n  ${entered} unless ${entered} offset 5m\n  and on (${label.agentId}) ${metric.heartbeatLastTimestamp} offset 5m\n  or increase(${entered}[5m]) > 0\n)`,
    description: 'How often agents came into each status away from work in the last 5 minutes.',
  },
  {
    record: recorded.types,
    expr: `sum by (${label.agentType}, ${label.agentState}) (${metric.status})`,
    description: 'Agents by type and status.',
  },
  {
    record: recorded.conditions,
    expr: `sum by (${label.agentCondition}) (${metric.condition})`,
    description: 'Agents of which each condition holds.',
  },
  {
    record: recorded.operations,
    expr: `sum by (${label.operationOutcome}) (rate(${metric.operations}[5m]))`,
    description: 'Operations finished per second, by outcome.',
  },
  {
    record: recorded.heartbeats,
    expr: `sum(rate(${metric.heartbeats}[5m]))`,
    description: 'Heartbeats per second.',
  },
  {
    record: recorded.restarts,
    expr: `sum(rate(${metric.restarts}[5m]))`,
    description: 'Restarts of agents per second.',
  },
  {
    record: recorded.availability,
    expr: `sum by (${label.availabilityKind}) (rate(${metric.availabilityTime}[5m]))`,
    description: 'How many agents were up, down and excluded at a time, on average.',
  },
  {
    record: recorded.firstRecovery,
    expr: `min by (${label.exhaustedScope}, ${label.exhaustedReason}) (${metric.recoveryTimestamp})`,
    description: 'When (Unix time) the first of the exhausted agents of a scope is expected back.',
  },
  {
    record: recorded.lastRecovery,
    expr: `max by (${label.exhaustedScope}, ${label.exhaustedReason}) (${metric.recoveryTimestamp})`,
    description: 'When (Unix time) the last of the exhausted agents of a scope is expected back.',
  },
];
