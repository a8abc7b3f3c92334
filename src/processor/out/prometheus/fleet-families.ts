import { type AgentStatus, attributes, metrics } from '@agent-vitals/contract';
import type { ExhaustedCount } from './exhausted-agents.ts';
import type { Family } from './family.ts';
import { label } from './text-format.ts';

/** All that an exposition says of the fleet as a whole. */
export interface FleetSample {
  /** Every status, in order of precedence. */
  readonly agentsByStatus: ReadonlyMap<AgentStatus, number>;
  readonly exhausted: readonly ExhaustedCount[];
}

/** The families about the fleet; they are written whatever the series budget is. */
export const fleetFamilies: readonly Family<FleetSample>[] = [
  {
    metric: metrics.fleetAgents,
    rows: ({ agentsByStatus }, row) => {
      for (const [status, agents] of agentsByStatus) row(label(attributes.agentState, status), agents);
    },
  },
  {
    metric: metrics.exhaustedAgents,
    rows: ({ exhausted }, row) => {
      for (const { labels, agents } of exhausted) row(labels, agents);
    },
  },
];
