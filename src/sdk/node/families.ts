import {
  attributes as a,
  type MetricDefinition,
  metrics,
  type ReportedState,
  reportedStates,
} from '@agent-vitals/contract';
import type { ResourceReadings } from '../emission.ts';
import type { AgentEntry, DurationSeries } from './agent-entry.ts';
import { AttributeSet, noAttributes } from './attribute-set.ts';

/** Takes the points of one metric, agent after agent. */
export interface NumberSink {
  /**
   * @param identity - What every point of the agent carries; the same object each time.
   * @param suffix - The attributes beside it; the same object each time.
   */
  number(entry: AgentEntry, identity: AttributeSet, suffix: AttributeSet, value: number): void;
}

/** A metric of the contract and how its points are read from an agent. */
export type Family = NumberFamily | DurationFamily;

export interface NumberFamily {
  readonly definition: MetricDefinition;
  read(entry: AgentEntry, sink: NumberSink): void;
}

export interface DurationFamily {
  readonly definition: MetricDefinition;
  series(entry: AgentEntry): readonly DurationSeries[];
}

const states = reportedStates.map(
  (state) => [state, new AttributeSet({ [a.agentState]: state })] as [ReportedState, AttributeSet],
);
const sent = new AttributeSet({ [a.messageDirection]: 'sent' });
const received = new AttributeSet({ [a.messageDirection]: 'received' });

/**
 * Every metric that an agent emits, in the order of the request: a reader learns status and recovery before the
 * heartbeat that renews the agent.
 */
export const families: readonly Family[] = [
  {
    definition: metrics.reportedStatus,
    read(entry, sink) {
      const { state } = entry;
      for (const [each, attributes] of states) {
        sink.number(entry, entry.identity, attributes, each === state ? 1 : 0);
      }
    },
  },
  {
    definition: metrics.exhaustedRecoveryTime,
    read(entry, sink) {
      const { exhausted } = entry.agent;
      if (exhausted === undefined) return;
      sink.number(entry, entry.identity, entry.recoveryAttributes(exhausted), exhausted.recoveryAtSeconds);
    },
  },
  single(metrics.heartbeats, (entry) => entry.agent.heartbeats),
  single(metrics.heartbeatInterval, (entry) => entry.agent.heartbeatIntervalSeconds),
  single(metrics.leaseExpiry, (entry) => entry.agent.leaseExpirySeconds),
  {
    definition: metrics.stateTime,
    read(entry, sink) {
      for (const [state, attributes] of states) {
        sink.number(entry, entry.identity, attributes, entry.agent.secondsIn(state));
      }
    },
  },
  single(metrics.progress, (entry) => ifUsed(entry.agent.progress)),
  {
    definition: metrics.operationActive,
    read(entry, sink) {
      for (const [name, count] of entry.agent.activeOperations) {
        sink.number(entry, entry.identity, entry.activeAttributes(name), count);
      }
    },
  },
  single(metrics.confidence, (entry) => entry.agent.confidence),
  single(metrics.queueDepth, (entry) => entry.agent.queueDepth()),
  {
    definition: metrics.messages,
    read(entry, sink) {
      const { messagesSent, messagesReceived } = entry.agent;
      if (messagesSent > 0) sink.number(entry, entry.identity, sent, messagesSent);
      if (messagesReceived > 0) sink.number(entry, entry.identity, received, messagesReceived);
    },
  },
  {
    definition: metrics.info,
    read: (entry, sink) => sink.number(entry, entry.info, noAttributes, 1),
  },
  resource(metrics.processCpuUtilization, (from) => from.processCpuUtilization),
  resource(metrics.processMemoryUsage, (from) => from.processMemoryUsageBytes),
  resource(metrics.processThreadCount, (from) => from.processThreadCount),
  resource(metrics.processFileDescriptorCount, (from) => from.processFileDescriptorCount),
  resource(metrics.eventLoopUtilization, (from) => from.eventLoopUtilization),
  resource(metrics.systemCpuUtilization, (from) => from.systemCpuUtilization),
  resource(metrics.systemCpuLogicalCount, (from) => from.systemCpuLogicalCount),
  resource(metrics.systemMemoryUtilization, (from) => from.systemMemoryUtilization),
  resource(metrics.systemMemoryLimit, (from) => from.systemMemoryLimitBytes),
  { definition: metrics.operationDuration, series: (entry) => entry.operations },
  { definition: metrics.integrationRequestDuration, series: (entry) => entry.integrations },
];

/** A metric with one point an agent, or none while its value is unknown. */
function single(definition: MetricDefinition, read: (entry: AgentEntry) => number | undefined): Family {
  return {
    definition,
    read(entry, sink) {
      const value = read(entry);
      if (value !== undefined) sink.number(entry, entry.identity, noAttributes, value);
    },
  };
}

function resource(
  definition: MetricDefinition,
  read: (from: ResourceReadings) => number | undefined,
): Family {
  return single(definition, ({ agent }) =>
    agent.resources === undefined ? undefined : read(agent.resources),
  );
}

function ifUsed(count: number): number | undefined {
  return count > 0 ? count : undefined;
}
