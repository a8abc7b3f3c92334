import {
  attributes,
  availabilityKinds,
  conditions,
  healthFactors,
  metrics,
  operationOutcomes,
  statusPrecedence,
} from '@agent-vitals/contract';
import type { AgentSample } from './agent-sample.ts';
import { exhaustionLabels } from './exhausted-agents.ts';
import { type Family, rowIfKnown } from './family.ts';
import { labelsByValue } from './text-format.ts';

const stateLabel = labelsByValue(attributes.agentState, statusPrecedence);
const conditionLabel = labelsByValue(attributes.agentCondition, conditions);
const factorLabel = labelsByValue(attributes.healthFactor, healthFactors);
const kindLabel = labelsByValue(attributes.availabilityKind, availabilityKinds);
const outcomeLabel = labelsByValue(attributes.operationOutcome, operationOutcomes);

/** The families of which each agent has rows, in the order in which they are written. */
export const agentFamilies: readonly Family<AgentSample>[] = [
  {
    metric: metrics.status,
    rows: ({ view }, row) => {
      for (const status of statusPrecedence) row(stateLabel[status], view.status === status ? 1 : 0);
    },
  },
  {
    metric: metrics.condition,
    rows: (sample, row) => {
      for (const condition of sample.conditions) {
        row(conditionLabel[condition], sample.view.conditions.includes(condition) ? 1 : 0);
      }
    },
  },
  { metric: metrics.healthScore, rows: ({ view }, row) => rowIfKnown(row, view.health?.score ?? null) },
  {
    metric: metrics.healthFactor,
    rows: ({ view: { health } }, row) => {
      for (const { name, value } of health?.factors ?? []) row(factorLabel[name], value);
    },
  },
  { metric: metrics.heartbeats, rows: ({ view }, row) => rowIfKnown(row, view.heartbeats) },
  {
    metric: metrics.heartbeatLastTimestamp,
    rows: ({ view }, row, toEpochSeconds) => {
      if (view.lastSeenMs !== null) row('', toEpochSeconds(view.lastSeenMs));
    },
  },
  { metric: metrics.heartbeatMissed, rows: ({ view }, row) => rowIfKnown(row, view.missedHeartbeats) },
  { metric: metrics.clockSkew, rows: ({ view }, row) => rowIfKnown(row, view.clockSkewMs, 1000) },
  {
    metric: metrics.transitions,
    rows: ({ transitions }, row) => {
      for (const [status, count] of transitions) row(stateLabel[status], count);
    },
  },
  { metric: metrics.restarts, rows: ({ view }, row) => row('', view.restarts) },
  {
    metric: metrics.availabilityTime,
    rows: ({ availability }, row) => {
      row(kindLabel.up, Math.round(availability.upMs) / 1000);
      row(kindLabel.down, Math.round(availability.downMs) / 1000);
      row(kindLabel.excluded, Math.round(availability.excludedMs) / 1000);
    },
  },
  {
    metric: metrics.operations,
    rows: ({ view }, row) => {
      row(outcomeLabel.success, view.operationsCompleted - view.operationsFailed);
      row(outcomeLabel.failure, view.operationsFailed);
    },
  },
  { metric: metrics.operationErrorRatio, rows: ({ view }, row) => rowIfKnown(row, view.work.errorRatio) },
  {
    metric: metrics.operationMeanDuration,
    rows: ({ view }, row) => rowIfKnown(row, view.work.meanDurationMs, 1000),
  },
  { metric: metrics.operationRecentFailures, rows: ({ view }, row) => row('', view.work.recentFailures) },
  { metric: metrics.operationRecentExecutions, rows: ({ view }, row) => row('', view.work.recentExecutions) },
  {
    metric: metrics.exhaustion,
    rows: ({ view: { exhaustion } }, row) => {
      if (exhaustion !== null) row(exhaustionLabels(exhaustion), 1);
    },
  },
  {
    metric: metrics.recoveryTimestamp,
    rows: ({ view: { exhaustion } }, row, toEpochSeconds) => {
      if (exhaustion === null || exhaustion.recoveryAtMs === null) return;
      row(exhaustionLabels(exhaustion), toEpochSeconds(exhaustion.recoveryAtMs));
    },
  },
  { metric: metrics.confidence, rows: ({ view }, row) => rowIfKnown(row, view.confidence) },
  { metric: metrics.queueDepth, rows: ({ view }, row) => rowIfKnown(row, view.queueDepth) },
  { metric: metrics.agentCpuUtilization, rows: ({ view }, row) => rowIfKnown(row, view.cpuUtilization) },
  { metric: metrics.agentMemoryUsage, rows: ({ view }, row) => rowIfKnown(row, view.memoryBytes) },
  // Also where it isn't known: who joins it with something else must not lose the agent.
  { metric: metrics.pipeline, rows: ({ pipelineLabel }, row) => row(pipelineLabel, 1) },
  {
    metric: metrics.info,
    rows: ({ infoLabels }, row) => {
      if (infoLabels !== null) row(infoLabels, 1);
    },
  },
];

/** No agent has fewer series: status, restarts, availability, operations, both of the last hour, its way in. */
export const leastSeriesOfAgent =
  statusPrecedence.length + 1 + availabilityKinds.length + operationOutcomes.length + 2 + 1;
