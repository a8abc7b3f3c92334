import { sessionHealths } from '@agent-vitals/contract';
import { worstAgents, worstAgentsTimeline } from '../panels/worst-agents.ts';
import { gaps, sessionTransitions } from '../parts/annotations.ts';
import { availableNow } from '../parts/available.ts';
import { statusColors } from '../parts/colors.ts';
import { dashboard } from '../parts/dashboard.ts';
import { ofLine, toAgent, toThePage, uids } from '../parts/links.ts';
import { label, metric } from '../parts/names.ts';
import { stat, stateTimeline, timeSeries } from '../parts/panels.ts';
import { greatest, numbered, oneOf, selector, theSession, theSessionsAgents } from '../parts/promql.ts';
import { now, overTime } from '../parts/queries.ts';
import { sessionValues } from '../parts/values.ts';
import { sessionVariable, typesVariable, worstVariable } from '../parts/variables.ts';

const status = numbered(metric.sessionHealthStatus, theSession, label.sessionState, sessionHealths, [
  label.sessionId,
]);

const count = (...states: string[]) =>
  `sum(${selector(metric.sessionAgents, { ...theSession, [label.agentState]: oneOf(states) })})`;

const numbers = [
  stat({
    title: 'Health',
    description: 'The verdict on the session: healthy, degraded, critical, failed or empty.',
    queries: [now(status)],
    unit: 'short',
    mappings: sessionValues,
    thresholds: 'none',
    width: 4,
    noValue: 'No series: beyond exposition.detailed_sessions',
  }),
  stat({
    title: 'Score',
    description:
      'The mean over its agents: active ones count 1, degraded ones 0.5, failed and offline ones 0.',
    queries: [now(`max(${selector(metric.sessionHealthScore, theSession)})`)],
    unit: 'percentunit',
    decimals: 0,
    thresholds: 'score',
    width: 4,
  }),
  stat({
    title: 'Agents',
    description: 'All members of the session, whatever their status.',
    queries: [now(`sum(${selector(metric.sessionAgents, theSession)})`)],
    unit: 'short',
    thresholds: 'none',
    width: 4,
  }),
  stat({
    title: 'Available',
    description: 'Of the members that are meant to work, the share that can.',
    queries: [now(availableNow(metric.sessionAgents, theSession))],
    unit: 'percentunit',
    decimals: 0,
    thresholds: 'availability',
    width: 4,
    noValue: 'Nobody is meant to work',
  }),
  stat({
    title: 'Offline or in error',
    description: 'Members that gave no sign of life until their deadline, or whose last operation failed.',
    queries: [now(count('offline', 'error'))],
    unit: 'short',
    thresholds: 'anyIsBad',
    width: 4,
  }),
  stat({
    title: 'Stalled or exhausted',
    description: "Members that work and don't advance, or are out of quota or credit.",
    queries: [now(count('stalled', 'exhausted'))],
    unit: 'short',
    thresholds: 'anyIsNoted',
    width: 4,
  }),
];

const overview = [
  stateTimeline({
    title: 'Health over time',
    description: 'The verdict that held at each time.',
    queries: [overTime(status, 'health')],
    unit: 'short',
    mappings: sessionValues,
    thresholds: 'none',
    width: 8,
  }),
  timeSeries({
    title: 'Score over time',
    description: 'From 0 to 1; below 0.7 the session carries a warning.',
    queries: [overTime(`max(${selector(metric.sessionHealthScore, theSession)})`, 'score')],
    unit: 'percentunit',
    min: 0,
    max: 1,
    thresholds: 'score',
    width: 8,
  }),
  timeSeries({
    title: 'Agents by status',
    description: 'How many members are in each status.',
    queries: [
      overTime(
        `sum by (${label.agentState}) (${selector(metric.sessionAgents, theSession)})`,
        `{{${label.agentState}}}`,
      ),
    ],
    unit: 'short',
    decimals: 0,
    min: 0,
    thresholds: 'none',
    width: 8,
    stack: true,
    colors: statusColors,
  }),
];

const members = [
  worstAgentsTimeline(
    'What the 20 members with the lowest scores went through; those of other types are left out.',
  ),
  worstAgents({
    description:
      'The 20 members with the lowest health score, of the types chosen; a click on a name leads to the agent.',
    width: 24,
  }),
];

const agentLink = [toAgent(ofLine(label.agentId))];

const work = [
  timeSeries({
    title: 'Operations',
    description: 'Operations that its agents finish per second, by outcome, of the types chosen.',
    queries: [
      overTime(
        `sum by (${label.operationOutcome}) (rate(${selector(metric.operations, theSessionsAgents)}[$__rate_interval]))`,
        `{{${label.operationOutcome}}}`,
      ),
    ],
    unit: 'ops',
    min: 0,
    thresholds: 'none',
    width: 8,
    stack: true,
    colors: { success: 'green', failure: 'red' },
    noValue: 'No operations',
  }),
  timeSeries({
    title: 'Most failures',
    description: 'The share of failed operations of the ten agents with the most of them.',
    queries: [
      overTime(
        greatest(10, metric.operationErrorRatio, theSessionsAgents, label.agentId),
        `{{${label.agentId}}}`,
      ),
    ],
    unit: 'percentunit',
    min: 0,
    max: 1,
    thresholds: 'errors',
    width: 8,
    noValue: 'No operations',
    valueLinks: agentLink,
  }),
  timeSeries({
    title: 'Slowest agents',
    description: 'The mean duration of operations of the ten agents that take longest.',
    queries: [
      overTime(
        greatest(10, metric.operationMeanDuration, theSessionsAgents, label.agentId),
        `{{${label.agentId}}}`,
      ),
    ],
    unit: 's',
    min: 0,
    thresholds: 'none',
    width: 8,
    noValue: 'No operations',
    valueLinks: agentLink,
  }),
];

const resources = [
  timeSeries({
    title: 'CPU',
    description: 'CPU of the ten agents that use the most, each as a share of all CPUs it has.',
    queries: [
      overTime(
        greatest(10, metric.agentCpuUtilization, theSessionsAgents, label.agentId),
        `{{${label.agentId}}}`,
      ),
    ],
    unit: 'percentunit',
    min: 0,
    thresholds: 'utilization',
    width: 8,
    noValue: 'Nobody reports any',
    valueLinks: agentLink,
  }),
  timeSeries({
    title: 'Memory',
    description: 'Physical memory of the ten agents that use the most.',
    queries: [
      overTime(
        greatest(10, metric.agentMemoryUsage, theSessionsAgents, label.agentId),
        `{{${label.agentId}}}`,
      ),
    ],
    unit: 'bytes',
    min: 0,
    thresholds: 'none',
    width: 8,
    noValue: 'Nobody reports any',
    valueLinks: agentLink,
  }),
  timeSeries({
    title: 'Queues',
    description: 'Items that wait for the ten agents with the longest queues.',
    queries: [
      overTime(greatest(10, metric.queueDepth, theSessionsAgents, label.agentId), `{{${label.agentId}}}`),
    ],
    unit: 'short',
    min: 0,
    thresholds: 'queue',
    width: 8,
    noValue: 'Nobody reports any',
    valueLinks: agentLink,
  }),
];

/** Agents that work together. */
export const session = dashboard({
  uid: uids.session,
  title: 'Agent Vitals / Session',
  description: 'Do the agents of this session work together well, and which of them hold it up?',
  variables: [sessionVariable(), typesVariable('one session'), worstVariable(theSessionsAgents)],
  annotations: [sessionTransitions(theSession), gaps()],
  links: [toThePage()],
  sections: [
    { title: 'Now', panels: numbers },
    { title: 'Over time', panels: overview },
    { title: 'Members', panels: members },
    { title: 'Work', panels: work },
    { title: 'Resources', panels: resources },
  ],
});
