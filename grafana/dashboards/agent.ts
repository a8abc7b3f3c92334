import { statusPrecedence } from '@agent-vitals/contract';
import { agentTransitions, gaps } from '../parts/annotations.ts';
import { availableOverRange } from '../parts/available.ts';
import { dashboard } from '../parts/dashboard.ts';
import { toThePage, uids } from '../parts/links.ts';
import { label, metric } from '../parts/names.ts';
import { bars, stat, stateTimeline, table, timeSeries } from '../parts/panels.ts';
import { numbered, selector, theAgent, transitionsWithin } from '../parts/promql.ts';
import { now, overTime, rows } from '../parts/queries.ts';
import { asColumns } from '../parts/tables.ts';
import { noYes, statusValues } from '../parts/values.ts';
import { agentVariable, sessionsVariable, typesVariable } from '../parts/variables.ts';

// Long, as it lists panels.

/** A metric of the agent; several series, as after a restart of the processor under another address, count once. */
const own = (name: string) => `max(${selector(name, theAgent)})`;

const status = numbered(metric.status, theAgent, label.agentState, statusPrecedence, [label.agentId]);

const numbers = [
  stat({
    title: 'Status',
    description: 'What the processor concludes of the agent now.',
    queries: [now(status)],
    unit: 'short',
    mappings: statusValues,
    thresholds: 'none',
    width: 3,
    noValue: 'No series: forgotten, or beyond the series budget',
  }),
  stat({
    title: 'Health',
    description:
      'The health score; none while nothing can be said: unknown, stopped, paused, in maintenance.',
    queries: [now(own(metric.healthScore))],
    unit: 'percentunit',
    decimals: 0,
    thresholds: 'score',
    width: 3,
    noValue: 'Cannot be said',
  }),
  stat({
    title: 'Silent for',
    description: 'Since when there was no sign of life: no heartbeat, no progress, no finished operation.',
    queries: [now(`time() - ${own(metric.heartbeatLastTimestamp)}`)],
    unit: 's',
    decimals: 0,
    thresholds: 'silence',
    width: 3,
    noValue: 'Never seen',
  }),
  stat({
    title: 'Missed heartbeats',
    description: 'Whole expected intervals since the last sign of life; offline is usually after three.',
    queries: [now(own(metric.heartbeatMissed))],
    unit: 'short',
    thresholds: 'missed',
    width: 3,
    noValue: 'Sends none',
  }),
  stat({
    title: 'Back in',
    description: 'While it is exhausted: how long until its quota or credit is expected to be back.',
    queries: [now(`${own(metric.recoveryTimestamp)} - time() > 0`)],
    unit: 'dtdurations',
    thresholds: 'anyIsNoted',
    width: 3,
    noValue: 'No recovery awaited',
  }),
  stat({
    title: 'Queue',
    description: 'Items that wait for the agent.',
    queries: [now(own(metric.queueDepth))],
    unit: 'short',
    thresholds: 'queue',
    width: 3,
    noValue: 'Reports none',
  }),
  stat({
    title: 'Failures, last hour',
    description:
      'Operations that failed in the last hour; more than three of them, and a tenth of all, are an alert.',
    queries: [now(own(metric.operationRecentFailures))],
    unit: 'short',
    thresholds: 'anyIsNoted',
    width: 3,
    noValue: 'No operations',
  }),
  stat({
    title: 'Availability',
    description: 'Over the time shown and of what counts: the share of time in which it was up.',
    queries: [now(availableOverRange(theAgent))],
    unit: 'percentunit',
    decimals: 2,
    thresholds: 'availability',
    width: 3,
    noValue: 'No time counts',
  }),
];

const states = [
  stateTimeline({
    title: 'Status over time',
    description: 'The one status that held at each time.',
    queries: [overTime(status, 'status')],
    unit: 'short',
    mappings: statusValues,
    thresholds: 'none',
    width: 24,
    height: 5,
  }),
  stateTimeline({
    title: 'Conditions',
    description: 'What held beside the status; only conditions that ever held have a line.',
    queries: [
      overTime(
        `max by (${label.agentCondition}) (${selector(metric.condition, theAgent)})`,
        `{{${label.agentCondition}}}`,
      ),
    ],
    unit: 'short',
    mappings: noYes('no', 'transparent', 'holds', 'orange'),
    thresholds: 'anyIsNoted',
    width: 16,
    height: 7,
    noValue: 'None has ever held',
  }),
  bars({
    title: 'Transitions',
    description: 'How often it came into each status within the time shown.',
    queries: [
      now(
        `max by (${label.agentState}) (\n  ${transitionsWithin('$__range', theAgent)}\n) > 0`,
        `{{${label.agentState}}}`,
      ),
    ],
    unit: 'short',
    decimals: 0,
    min: 0,
    thresholds: 'neutral',
    width: 8,
    height: 7,
    noValue: 'None',
  }),
];

const health = [
  timeSeries({
    title: 'Health score',
    description: 'From 0 to 1; healthy from 0.8, degraded from 0.5, critical below.',
    queries: [overTime(own(metric.healthScore), 'score')],
    unit: 'percentunit',
    min: 0,
    max: 1,
    thresholds: 'score',
    width: 8,
    noValue: 'Nothing can be said',
  }),
  timeSeries({
    title: 'Factors of the score',
    description: 'What the score is made of, each from 0 to 1; a factor that is not known has no line.',
    queries: [
      overTime(
        `max by (${label.healthFactor}) (${selector(metric.healthFactor, theAgent)})`,
        `{{${label.healthFactor}}}`,
      ),
    ],
    unit: 'percentunit',
    min: 0,
    max: 1,
    thresholds: 'none',
    width: 8,
    noValue: 'Nothing can be said',
  }),
  timeSeries({
    title: 'Confidence',
    description: 'How sure the agent says it is of its work, from 0 to 1; below 0.3 is an alert.',
    queries: [overTime(own(metric.confidence), 'confidence')],
    unit: 'percentunit',
    min: 0,
    max: 1,
    thresholds: 'none',
    width: 8,
    noValue: 'Reports none',
  }),
];

const work = [
  timeSeries({
    title: 'Operations',
    description: 'Operations it finishes per second, by outcome.',
    queries: [
      overTime(
        `sum by (${label.operationOutcome}) (rate(${selector(metric.operations, theAgent)}[$__rate_interval]))`,
        `{{${label.operationOutcome}}}`,
      ),
    ],
    unit: 'ops',
    min: 0,
    thresholds: 'none',
    width: 6,
    stack: true,
    colors: { success: 'green', failure: 'red' },
    noValue: 'No operations',
  }),
  timeSeries({
    title: 'Error ratio',
    description: 'Of its operations in the health window, the share that failed.',
    queries: [overTime(own(metric.operationErrorRatio), 'failed')],
    unit: 'percentunit',
    min: 0,
    max: 1,
    thresholds: 'errors',
    width: 6,
    noValue: 'No operations',
  }),
  timeSeries({
    title: 'Mean duration',
    description: 'How long its operations in the health window took, on average.',
    queries: [overTime(own(metric.operationMeanDuration), 'mean')],
    unit: 's',
    min: 0,
    thresholds: 'none',
    width: 6,
    noValue: 'No operations',
  }),
  timeSeries({
    title: 'The last hour',
    description: 'Operations that finished within the last hour, and those of them that failed.',
    queries: [
      overTime(own(metric.operationRecentExecutions), 'finished'),
      overTime(own(metric.operationRecentFailures), 'failed'),
    ],
    unit: 'short',
    decimals: 0,
    min: 0,
    thresholds: 'none',
    width: 6,
    colors: { finished: 'green', failed: 'red' },
    noValue: 'No operations',
  }),
];

const heartbeats = [
  timeSeries({
    title: 'Heartbeats',
    description: 'Heartbeats per second, as the agent counts them.',
    queries: [
      overTime(`sum(rate(${selector(metric.heartbeats, theAgent)}[$__rate_interval]))`, 'heartbeats'),
    ],
    unit: 'cps',
    min: 0,
    thresholds: 'none',
    width: 6,
    noValue: 'Sends none',
  }),
  timeSeries({
    title: 'Silence',
    description: 'How long the last sign of life was ago; a sawtooth is health, a slope is silence.',
    queries: [overTime(`time() - ${own(metric.heartbeatLastTimestamp)}`, 'silent for')],
    unit: 's',
    min: 0,
    thresholds: 'silence',
    width: 6,
    noValue: 'Never seen',
  }),
  timeSeries({
    title: 'Missed heartbeats over time',
    description: 'Whole expected intervals since the last sign of life.',
    queries: [overTime(own(metric.heartbeatMissed), 'missed')],
    unit: 'short',
    decimals: 0,
    min: 0,
    thresholds: 'missed',
    width: 6,
    noValue: 'Sends none',
  }),
  timeSeries({
    title: 'Clock skew',
    description: "How far the processor's clock is ahead of the agent's; it judges by its own alone.",
    queries: [overTime(own(metric.clockSkew), 'skew')],
    unit: 's',
    thresholds: 'skew',
    width: 6,
    noValue: 'Not known yet',
  }),
];

const resources = [
  timeSeries({
    title: 'CPU',
    description: "CPU that the agent's process uses, as a share of all CPUs it has.",
    queries: [overTime(own(metric.agentCpuUtilization), 'cpu')],
    unit: 'percentunit',
    min: 0,
    thresholds: 'utilization',
    width: 6,
    noValue: 'Reports none',
  }),
  timeSeries({
    title: 'Memory',
    description: "Physical memory that the agent's process uses.",
    queries: [overTime(own(metric.agentMemoryUsage), 'memory')],
    unit: 'bytes',
    min: 0,
    thresholds: 'none',
    width: 6,
    noValue: 'Reports none',
  }),
  timeSeries({
    title: 'Queue over time',
    description: 'Items that wait for the agent.',
    queries: [overTime(own(metric.queueDepth), 'waiting')],
    unit: 'short',
    min: 0,
    thresholds: 'queue',
    width: 6,
    noValue: 'Reports none',
  }),
  timeSeries({
    title: 'Availability over time',
    description: 'The share of each moment in which it was up, down, or excluded from the account.',
    queries: [
      overTime(
        `sum by (${label.availabilityKind}) (rate(${selector(metric.availabilityTime, theAgent)}[$__rate_interval]))`,
        `{{${label.availabilityKind}}}`,
      ),
    ],
    unit: 'percentunit',
    min: 0,
    max: 1,
    thresholds: 'none',
    width: 6,
    stack: true,
    colors: { up: 'green', down: 'red', excluded: '#8e8e8e' },
  }),
];

const who = [
  asColumns(
    table({
      title: 'Who it is',
      description:
        'What the agent tells of itself, by which way it comes, and how often it began anew within the time shown.',
      queries: [
        rows(
          `max by (${[
            label.agentId,
            label.sessionId,
            label.agentType,
            label.genAiAgentName,
            label.genAiAgentVersion,
            label.agentKind,
            label.agentLocation,
            label.hostId,
            label.processPid,
          ].join(', ')}) (${selector(metric.info, theAgent)})`,
        ),
        rows(`max by (${label.agentId}, ${label.pipelineName}) (${selector(metric.pipeline, theAgent)})`),
        rows(`max by (${label.agentId}) (increase(${selector(metric.restarts, theAgent)}[$__range]))`),
      ],
      unit: 'string',
      thresholds: 'none',
      width: 24,
      height: 4,
      noValue: 'Tells nothing',
    }),
    [
      { of: label.genAiAgentName, title: 'Name' },
      { of: label.agentId, title: 'Id' },
      { of: label.sessionId, title: 'Session' },
      { of: label.agentType, title: 'Type' },
      { of: label.genAiAgentVersion, title: 'Version' },
      { of: label.agentKind, title: 'Kind' },
      { of: label.agentLocation, title: 'Where' },
      { of: label.hostId, title: 'Host' },
      { of: label.processPid, title: 'Process' },
      { of: label.pipelineName, title: 'Way in' },
      { of: 'C', title: 'Restarts', unit: 'short', thresholds: 'anyIsNoted' },
    ],
    { by: 'Id', greatestFirst: false },
  ),
];

/** One agent in all that is known of it. */
export const agent = dashboard({
  uid: uids.agent,
  title: 'Agent Vitals / Agent',
  description: 'Is this agent alive, is it getting on, is it well, and since when not?',
  variables: [sessionsVariable(), typesVariable('sessions'), agentVariable()],
  annotations: [agentTransitions(theAgent), gaps()],
  links: [
    toThePage(),
    toThePage(
      '/api/health/agent/${agent:percentencode}',
      'REST',
      'All that the processor knows of this agent, as JSON',
    ),
  ],
  sections: [
    { title: 'Now', panels: numbers },
    { title: 'States', panels: states },
    { title: 'Health', panels: health },
    { title: 'Work', panels: work },
    { title: 'Signs of life', panels: heartbeats },
    { title: 'Resources and availability', panels: resources },
    { title: 'Identity', panels: who },
  ],
});
