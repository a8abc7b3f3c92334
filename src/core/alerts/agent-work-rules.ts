import { type AgentStatus, attributes as a, metrics } from '@agent-vitals/contract';
import { bridgeMs, minuteMs } from './duration.ts';
import type { AgentFacts } from './facts.ts';
import { ofAgents, series } from './promql.ts';
import type { AlertRule, Measured } from './rule.ts';

// What agents measure. The last word of one that isn't there says nothing of now.

const identity = [a.agentId, a.sessionId, a.agentType];
const absent: readonly AgentStatus[] = ['offline', 'stopped', 'paused'];
const exempt: readonly AgentStatus[] = [...absent, 'unknown'];
/** Fewer than this share of failures is no trouble, however many they are. */
const fewFailures = 0.1;

/** What was measured, of those who are there; NaN is not known. */
function ofPresent(agent: AgentFacts, value: number): Measured {
  if (agent.status === 'unknown') return undefined;
  return Number.isNaN(value) || absent.includes(agent.status) ? null : value;
}

export const agentWorkRules: readonly AlertRule<'agent'>[] = [
  {
    name: 'AgentErrorRateHigh',
    scope: 'agent',
    levels: [{ severity: 'warning', threshold: 0.5 }],
    comparison: '>',
    unit: 'ratio',
    forMs: minuteMs,
    keepFiringForMs: bridgeMs,
    subject: a.agentId,
    labels: identity,
    measure: (agent) => ofPresent(agent, 1 - agent.successRatio),
    promql: (threshold) =>
      ofAgents(
        `1 - ${series(metrics.healthFactor, { [a.healthFactor]: ['success'] })} > ${threshold}`,
        identity,
        exempt,
      ),
    words: {
      message: 'High error rate of agent {subject}: {value}',
      summary: 'The error rate of agent {subject} is high',
      description:
        '{value} of the operations of {subject} failed in the last minutes, more than {threshold}.',
    },
    runbook: {
      meaning:
        'Of at least 5 operations in `health.window`, more than the threshold failed. It is the health factor `success`: with `health.weights.success: 0` there is no such alert.',
      impact: 'Most of what the agent does fails.',
      diagnosis: [
        'The `error.type` of its operations.',
        'The integrations that it uses: an `IntegrationDown` explains many agents at once.',
      ],
      mitigation: [
        'Fix what the errors name.',
        'Pause the agent where failing does harm: `POST /api/health/agent/{id}/pause`.',
      ],
    },
  },
  {
    name: 'AgentConfidenceLow',
    scope: 'agent',
    levels: [{ severity: 'warning', threshold: 0.3 }],
    comparison: '<',
    unit: 'ratio',
    forMs: 2 * minuteMs,
    keepFiringForMs: bridgeMs,
    subject: a.agentId,
    labels: identity,
    measure: (agent) => ofPresent(agent, agent.confidence),
    promql: (threshold) => ofAgents(`${series(metrics.confidence)} < ${threshold}`, identity, exempt),
    words: {
      message: 'Low confidence of agent {subject}: {value}',
      summary: 'The confidence of agent {subject} is low',
      description: '{subject} is no surer of its work than {value}, less than {threshold}.',
    },
    runbook: {
      meaning: 'The agent itself reports a confidence below the threshold.',
      impact: 'Its results may be wrong.',
      diagnosis: ['What it works on: inputs of a new kind, a changed prompt or model.'],
      mitigation: ['Have its results looked at; give the work to another agent or a person.'],
    },
  },
  {
    name: 'AgentFailuresRecent',
    scope: 'agent',
    levels: [{ severity: 'warning', threshold: 3 }],
    comparison: '>',
    unit: 'count',
    forMs: 0,
    keepFiringForMs: bridgeMs,
    subject: a.agentId,
    labels: identity,
    measure: (agent) => {
      const { recentFailures, recentExecutions } = agent;
      return ofPresent(agent, recentFailures > fewFailures * recentExecutions ? recentFailures : Number.NaN);
    },
    promql: (threshold) => {
      // Those with few failures, nearly all, are out of it before the rest is looked at.
      const many = `${series(metrics.operationRecentFailures)} > ${threshold}`;
      const share = `${fewFailures} * ${series(metrics.operationRecentExecutions)}`;
      return ofAgents(`${many} > ${share}`, identity, exempt);
    },
    words: {
      message: '{value} failures of agent {subject} in the last hour',
      summary: 'Agent {subject} has failed repeatedly in the last hour',
      description:
        '{value} operations of {subject} failed in the last hour, more than {threshold} and more than 10% of all.',
    },
    runbook: {
      meaning: 'More failures in the last hour than the threshold, and more than a tenth of all operations.',
      impact: 'Part of the work fails; too slowly for `AgentErrorRateHigh`, or in bursts.',
      diagnosis: [
        'The `error.type` of its operations over the last hour.',
        'What else happened at the same times.',
      ],
      mitigation: ['Fix what the errors name; retry what failed.'],
    },
  },
  {
    name: 'AgentUnhealthy',
    scope: 'agent',
    levels: [{ severity: 'warning', threshold: 0.5 }],
    comparison: '<',
    unit: 'ratio',
    forMs: 5 * minuteMs,
    keepFiringForMs: bridgeMs,
    subject: a.agentId,
    labels: identity,
    measure: (agent) => ofPresent(agent, agent.lowScore),
    promql: (threshold) => ofAgents(`${series(metrics.healthScore)} < ${threshold}`, identity, exempt),
    words: {
      message: 'Low health of agent {subject}: {value}',
      summary: 'The health of agent {subject} is critical',
      description: 'The health score of {subject} is {value}, below {threshold}.',
    },
    runbook: {
      meaning: 'The weighted mean of the known factors, or a cap, has been below the threshold for minutes.',
      impact: 'The agent is there and does little good.',
      diagnosis: [
        '`health.factors` and `health.cap` of `GET /api/health/agent/{id}` name what lowers the score.',
      ],
      mitigation: [
        'See the section of the factor: stalled, error rate, confidence, integrations; for resources give it more CPU or memory.',
      ],
    },
  },
  {
    name: 'QueueDeep',
    scope: 'agent',
    levels: [
      { severity: 'warning', threshold: 100 },
      { severity: 'critical', threshold: 200 },
    ],
    comparison: '>',
    unit: 'count',
    forMs: 2 * minuteMs,
    keepFiringForMs: bridgeMs,
    subject: a.agentId,
    labels: identity,
    measure: (agent) => ofPresent(agent, agent.queueDepth),
    promql: (threshold) => ofAgents(`${series(metrics.queueDepth)} > ${threshold}`, identity, exempt),
    words: {
      message: 'Deep queue of agent {subject}: {value} items',
      summary: 'The queue of agent {subject} is deep',
      description: '{value} items wait for {subject}, more than {threshold}.',
    },
    runbook: {
      meaning: 'More items wait for the agent than the threshold, for minutes.',
      impact: 'Work waits long; what feeds the queue may run out of memory.',
      diagnosis: [
        'Is the agent slower than usual (mean duration, stalled, exhausted), or does more come in?',
      ],
      mitigation: ['Add agents of its type, or hold back what feeds it.'],
    },
  },
];
