import type { AgentStatus } from '@agent-vitals/contract';
import { exhaustedScopes } from '../panels/exhausted-scopes.ts';
import { gapsTimeline } from '../panels/gaps-timeline.ts';
import { worstAgents } from '../panels/worst-agents.ts';
import { worstSessions } from '../panels/worst-sessions.ts';
import { fleetTransitions, gaps, processorStarts } from '../parts/annotations.ts';
import { availableNow } from '../parts/available.ts';
import { scoreColors, statusColors } from '../parts/colors.ts';
import { dashboard } from '../parts/dashboard.ts';
import { toThePage, uids } from '../parts/links.ts';
import { label, metric } from '../parts/names.ts';
import { bars, stat, timeSeries, withoutRules } from '../parts/panels.ts';
import { oneOf, selector } from '../parts/promql.ts';
import { now, overTime } from '../parts/queries.ts';
import { noYes } from '../parts/values.ts';
import { worstVariable } from '../parts/variables.ts';
import { recorded, scoreLabel } from '../recording-rules.ts';

// Sensible for 10 agents and for 100,000: no query here gives a series for each agent. Long, as it lists panels.

/** How many agents are in one of these states. */
const count = (...states: AgentStatus[]) =>
  `sum(${selector(metric.fleetAgents, { [label.agentState]: oneOf(states) })})`;

const numbers = [
  stat({
    title: 'Agents',
    description: 'All agents that the processor knows, whatever their status.',
    queries: [now(`sum(${metric.fleetAgents})`)],
    unit: 'short',
    thresholds: 'none',
    width: 3,
    noValue: 'No data: is the processor scraped?',
  }),
  stat({
    title: 'Available',
    description: 'Of the agents that are meant to work, the share that can: idle, busy, on call or waiting.',
    queries: [now(availableNow(metric.fleetAgents))],
    unit: 'percentunit',
    decimals: 1,
    thresholds: 'availability',
    width: 3,
    noValue: 'Nobody is meant to work',
  }),
  stat({
    title: 'Health',
    description: "The mean of the agents' health scores; agents of which nothing can be said don't count.",
    queries: [now(`avg(${metric.fleetHealthScore})`)],
    unit: 'percentunit',
    decimals: 0,
    thresholds: 'score',
    width: 3,
    noValue: 'Nobody to judge',
  }),
  stat({
    title: 'Offline',
    description: 'Agents that gave no sign of life until their deadline.',
    queries: [now(count('offline'))],
    unit: 'short',
    thresholds: 'anyIsBad',
    width: 3,
  }),
  stat({
    title: 'Stalled or in error',
    description: "Agents that work and don't advance, or whose last operation failed.",
    queries: [now(count('stalled', 'error'))],
    unit: 'short',
    thresholds: 'anyIsBad',
    width: 3,
  }),
  stat({
    title: 'Exhausted',
    description: 'Agents that are out of quota or credit; below is when they are back.',
    queries: [now(count('exhausted'))],
    unit: 'short',
    thresholds: 'anyIsNoted',
    width: 3,
  }),
  stat({
    title: 'Unknown',
    description:
      'Agents of which the processor cannot tell as it was blind itself: it began anew, or a way in fell silent.',
    queries: [now(count('unknown'))],
    unit: 'short',
    thresholds: 'anyIsNoted',
    width: 3,
  }),
  stat({
    title: 'Recording rules',
    description:
      'Whether Prometheus has loaded rules/agent-vitals.rules.yml, without which some panels below have no data.',
    queries: [now(`clamp_max(count(${recorded.types}), 1) or vector(0)`)],
    unit: 'short',
    mappings: noYes('missing', 'orange', 'loaded', 'green'),
    thresholds: 'none',
    width: 3,
  }),
];

const statusAndHealth = [
  timeSeries({
    title: 'Agents by status',
    description: 'How many agents are in each status; what is red, orange or yellow wants a look.',
    queries: [overTime(`sum by (${label.agentState}) (${metric.fleetAgents})`, `{{${label.agentState}}}`)],
    unit: 'short',
    decimals: 0,
    min: 0,
    thresholds: 'none',
    width: 12,
    stack: true,
    colors: statusColors,
  }),
  timeSeries({
    title: 'Score distribution',
    description:
      'Agents by tenth of their health score, from 0 (red) to 0.9 and above (green), as far as they have series of their own.',
    queries: [overTime(`sum by (${scoreLabel}) (${recorded.scores})`, `{{${scoreLabel}}}`)],
    unit: 'short',
    decimals: 0,
    min: 0,
    thresholds: 'none',
    width: 12,
    stack: true,
    colors: scoreColors,
    noValue: withoutRules,
  }),
];

const wanting: readonly AgentStatus[] = ['offline', 'stalled', 'error', 'exhausted'];

const whoWantsALook = [
  worstAgents({
    description: 'The 20 agents with the lowest health score; a click on a name leads to the agent.',
    width: 14,
  }),
  exhaustedScopes(10),
  worstSessions(10),
  bars({
    title: 'Types with agents in trouble',
    description: 'The ten types with the most agents that are offline, stalled, in error or exhausted.',
    queries: [
      now(
        `topk(10, sum by (${label.agentType}) (${selector(recorded.types, { [label.agentState]: oneOf(wanting) })}) > 0)`,
        `{{${label.agentType}}}`,
      ),
    ],
    unit: 'short',
    decimals: 0,
    min: 0,
    thresholds: 'anyIsBad',
    width: 7,
    height: 9,
    noValue: 'None. If the rules are missing: load rules/agent-vitals.rules.yml into Prometheus',
  }),
  bars({
    title: 'Conditions',
    description:
      'Agents of which something holds beside their status: late, flapping, exhausted, in maintenance, muted, two with one id.',
    queries: [
      now(`sum by (${label.agentCondition}) (${recorded.conditions}) > 0`, `{{${label.agentCondition}}}`),
    ],
    unit: 'short',
    decimals: 0,
    min: 0,
    thresholds: 'anyIsNoted',
    width: 7,
    height: 9,
    noValue: 'None. If the rules are missing: load rules/agent-vitals.rules.yml into Prometheus',
  }),
];

const whatChanges = [
  timeSeries({
    title: 'Transitions',
    description:
      'How often agents came into each status in the last 5 minutes, without the everyday to and fro of work.',
    queries: [overTime(`sum by (${label.agentState}) (${recorded.transitions})`, `{{${label.agentState}}}`)],
    unit: 'short',
    min: 0,
    thresholds: 'none',
    width: 12,
    bars: true,
    stack: true,
    colors: statusColors,
    noValue: withoutRules,
  }),
  gapsTimeline(12),
];

const ofTime = (kinds: readonly string[]) =>
  `sum(${selector(recorded.availability, { [label.availabilityKind]: oneOf(kinds) })})`;

const work = [
  timeSeries({
    title: 'Operations',
    description: 'Operations that the fleet finishes per second, by their outcome.',
    queries: [
      overTime(
        `sum by (${label.operationOutcome}) (${recorded.operations})`,
        `{{${label.operationOutcome}}}`,
      ),
    ],
    unit: 'ops',
    min: 0,
    thresholds: 'none',
    width: 8,
    stack: true,
    colors: { success: 'green', failure: 'red' },
    noValue: withoutRules,
  }),
  timeSeries({
    title: 'Availability',
    description:
      'Of the time that counts, the share in which agents were up; paused, stopped and unobserved time counts for nothing.',
    queries: [overTime(`${ofTime(['up'])}\n  / ${ofTime(['up', 'down'])}`, 'available')],
    unit: 'percentunit',
    min: 0,
    max: 1,
    thresholds: 'availability',
    width: 8,
    noValue: withoutRules,
  }),
  timeSeries({
    title: 'Heartbeats and restarts',
    description:
      'Heartbeats and restarts of all agents per second; a fall of the first that nobody ordered is trouble on its way.',
    queries: [
      overTime(`sum(${recorded.heartbeats})`, 'heartbeats'),
      overTime(`sum(${recorded.restarts})`, 'restarts'),
    ],
    unit: 'cps',
    min: 0,
    thresholds: 'none',
    width: 8,
    colors: { heartbeats: 'green', restarts: 'orange' },
    noValue: withoutRules,
  }),
];

/** The whole fleet at once. */
export const fleet = dashboard({
  uid: uids.fleet,
  title: 'Agent Vitals / Fleet',
  description: 'Is the fleet alive, is it well, who wants a look, and when is who back?',
  variables: [worstVariable({})],
  annotations: [fleetTransitions(), gaps(), processorStarts()],
  links: [toThePage()],
  sections: [
    { title: 'Now', panels: numbers },
    { title: 'Status and health', panels: statusAndHealth },
    { title: 'Who wants a look', panels: whoWantsALook },
    { title: 'What changes', panels: whatChanges },
    { title: 'Work', panels: work },
  ],
});
