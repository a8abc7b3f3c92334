import {
  type AgentStatus,
  attributes,
  type Condition,
  conditions,
  metrics,
  statusPrecedence,
} from '@agent-vitals/contract';
import type { AgentInfo } from '../../../core/index.ts';
import type { AgentSample } from './agent-sample.ts';
import { exhaustionLabels } from './exhausted-agents.ts';
import type { Family, RowSink } from './family.ts';
import { label } from './text-format.ts';

const stateLabel = Object.fromEntries(
  statusPrecedence.map((status) => [status, label(attributes.agentState, status)]),
) as Record<AgentStatus, string>;

const conditionLabel = Object.fromEntries(
  conditions.map((condition) => [condition, label(attributes.agentCondition, condition)]),
) as Record<Condition, string>;

const succeeded = label(attributes.operationOutcome, 'success');
const failed = label(attributes.operationOutcome, 'failure');

function known(row: RowSink, value: number | null, scale = 1): void {
  if (value !== null) row('', value / scale);
}

/** What is known of an agent, and nothing for what isn't. */
function infoLabels(info: AgentInfo): string {
  const facts: [attribute: string, value: string | number | null][] = [
    [attributes.genAiAgentName, info.name],
    [attributes.genAiAgentDescription, info.description],
    [attributes.genAiAgentVersion, info.version],
    [attributes.agentKind, info.kind],
    // As OpenTelemetry writes an array where only text fits.
    [attributes.agentPeers, info.peers.length === 0 ? null : JSON.stringify(info.peers)],
    [attributes.agentPayloadClass, info.payloadClass],
    [attributes.agentLocation, info.location],
    [attributes.sessionName, info.sessionName],
    [attributes.processPid, info.processId],
    [attributes.hostId, info.hostId],
  ];
  return facts
    .filter(([, value]) => value !== null)
    .map(([attribute, value]) => label(attribute, String(value)))
    .join(',');
}

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
  { metric: metrics.heartbeats, rows: ({ view }, row) => known(row, view.heartbeats) },
  {
    metric: metrics.heartbeatLastTimestamp,
    rows: ({ view }, row, toEpochSeconds) => {
      if (view.lastSeenMs !== null) row('', toEpochSeconds(view.lastSeenMs));
    },
  },
  { metric: metrics.heartbeatMissed, rows: ({ view }, row) => known(row, view.missedHeartbeats) },
  { metric: metrics.clockSkew, rows: ({ view }, row) => known(row, view.clockSkewMs, 1000) },
  {
    metric: metrics.transitions,
    rows: ({ transitions }, row) => {
      for (const [status, count] of transitions) row(stateLabel[status], count);
    },
  },
  { metric: metrics.restarts, rows: ({ view }, row) => row('', view.restarts) },
  {
    metric: metrics.operations,
    rows: ({ view }, row) => {
      row(succeeded, view.operationsCompleted - view.operationsFailed);
      row(failed, view.operationsFailed);
    },
  },
  {
    metric: metrics.recoveryTimestamp,
    rows: ({ view: { exhaustion } }, row, toEpochSeconds) => {
      if (exhaustion === null || exhaustion.recoveryAtMs === null) return;
      row(exhaustionLabels(exhaustion), toEpochSeconds(exhaustion.recoveryAtMs));
    },
  },
  { metric: metrics.confidence, rows: ({ view }, row) => known(row, view.confidence) },
  { metric: metrics.queueDepth, rows: ({ view }, row) => known(row, view.queueDepth) },
  { metric: metrics.agentCpuUtilization, rows: ({ view }, row) => known(row, view.cpuUtilization) },
  { metric: metrics.agentMemoryUsage, rows: ({ view }, row) => known(row, view.memoryBytes) },
  {
    metric: metrics.info,
    rows: ({ view }, row) => {
      if (view.info !== null) row(infoLabels(view.info), 1);
    },
  },
];

/** No agent has fewer series than this: it always has its status, restarts and operations. */
export const leastSeriesOfAgent = statusPrecedence.length + 3;
