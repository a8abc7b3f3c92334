import { attributes, metrics, sessionHealths, statusPrecedence } from '@agent-vitals/contract';
import type { Family } from './family.ts';
import type { SessionSample } from './select-sessions.ts';
import { labelsByValue } from './text-format.ts';

const healthLabel = labelsByValue(attributes.sessionState, sessionHealths);
const statusLabel = labelsByValue(attributes.agentState, statusPrecedence);

/** The families of which each chosen session has rows; as many of each session, whatever it is. */
export const sessionFamilies: readonly Family<SessionSample>[] = [
  {
    metric: metrics.sessionHealthStatus,
    rows: ({ verdict }, row) => {
      for (const health of sessionHealths) row(healthLabel[health], verdict.health === health ? 1 : 0);
    },
  },
  { metric: metrics.sessionHealthScore, rows: ({ verdict }, row) => row('', verdict.score / 100) },
  {
    metric: metrics.sessionAgents,
    rows: ({ agentsByStatus }, row) => {
      for (const [status, agents] of agentsByStatus) row(statusLabel[status], agents);
    },
  },
];
