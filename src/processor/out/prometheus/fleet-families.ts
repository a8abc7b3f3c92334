import { type AgentStatus, attributes, metrics, statusPrecedence } from '@agent-vitals/contract';
import type { SystemUsage } from '../../health/system-usage.ts';
import { type Family, rowIfKnown } from './family.ts';
import type { FleetSums } from './fleet-survey.ts';
import { labelsByValue } from './text-format.ts';

/** All that an exposition says of the fleet as a whole. */
export interface FleetSample {
  /** It needs none to be told apart. */
  readonly labels: '';
  /** Every status, in order of precedence. */
  readonly agentsByStatus: ReadonlyMap<AgentStatus, number>;
  /** Mean of the agents' scores, 0 to 1; null where it is not known. */
  readonly healthScore: number | null;
  readonly sums: FleetSums;
  readonly system: SystemUsage;
  /** Agents without series of their own. */
  readonly omittedAgents: number;
}

const statusLabel = labelsByValue(attributes.agentState, statusPrecedence);

/** The families about the fleet; they are written whatever the series budget is. */
export const fleetFamilies: readonly Family<FleetSample>[] = [
  {
    metric: metrics.fleetAgents,
    rows: ({ agentsByStatus }, row) => {
      for (const [status, agents] of agentsByStatus) row(statusLabel[status], agents);
    },
  },
  { metric: metrics.fleetHealthScore, rows: ({ healthScore }, row) => rowIfKnown(row, healthScore) },
  {
    metric: metrics.exhaustedAgents,
    rows: ({ sums }, row) => {
      for (const { labels, agents } of sums.exhausted) row(labels, agents);
    },
  },
  { metric: metrics.systemCpu, rows: ({ system }, row) => rowIfKnown(row, system.cpuUtilization) },
  { metric: metrics.systemMemory, rows: ({ system }, row) => rowIfKnown(row, system.memoryUtilization) },
  { metric: metrics.systemQueueDepth, rows: ({ sums }, row) => rowIfKnown(row, sums.queueDepth) },
  { metric: metrics.systemActiveOperations, rows: ({ sums }, row) => rowIfKnown(row, sums.activeOperations) },
  { metric: metrics.processorOmittedAgents, rows: ({ omittedAgents }, row) => row('', omittedAgents) },
];
