import { attributes as a, metrics } from '@agent-vitals/contract';
import { bridgeMs, minuteMs, secondMs } from './duration.ts';
import { aggregated, series } from './promql.ts';
import type { AlertRule } from './rule.ts';

// What several agents share: accounts, sessions, what they call outside.

const sum = (labels: string, expression: string) => `sum by (job, instance, ${labels}) (${expression})`;

export const accountRules: readonly AlertRule<'account'>[] = [
  {
    name: 'AccountExhausted',
    scope: 'account',
    levels: [{ severity: 'warning', threshold: 2 }],
    comparison: '>=',
    unit: 'count',
    forMs: 0,
    keepFiringForMs: bridgeMs,
    subject: a.exhaustedScope,
    labels: [a.exhaustedScope],
    measure: ({ exhaustedAgents }) => exhaustedAgents,
    promql: (threshold) =>
      aggregated(
        `${sum('vitals_exhausted_scope', `${series(metrics.exhaustedAgents)}{vitals_exhausted_scope!=""}`)} >= ${threshold}`,
        [a.exhaustedScope],
      ),
    words: {
      message: '{value} agents are out of quota on {subject}',
      summary: 'Several agents are out of quota on {subject}',
      description: '{value} agents have run into the limit of {subject}: one cause, one recovery.',
    },
    runbook: {
      meaning:
        'At least as many agents as the threshold are exhausted on one account or provider. It stands for their `AgentExhausted`, which are not sent beside it.',
      impact: 'All agents on that account do nothing until its time of recovery.',
      diagnosis: [
        '`GET /api/health/incidents`: who is in it and the countdown.',
        "The provider's usage page: is one agent eating the quota of all?",
      ],
      mitigation: [
        '`billing`: top up the account.',
        '`rate_limit`: wait, move agents to another account, or slow down the greediest.',
      ],
    },
  },
];

export const sessionRules: readonly AlertRule<'session'>[] = [
  {
    name: 'SessionDegraded',
    scope: 'session',
    levels: [{ severity: 'warning', threshold: null }],
    comparison: '==',
    unit: 'state',
    forMs: 2 * minuteMs,
    keepFiringForMs: bridgeMs,
    subject: a.sessionId,
    labels: [a.sessionId],
    measure: ({ health, isUnknown }) => (isUnknown ? undefined : health === 'degraded' ? 1 : null),
    promql: () =>
      aggregated(`${series(metrics.sessionHealthStatus, { [a.sessionState]: ['degraded'] })} == 1`, [
        a.sessionId,
      ]),
    words: {
      message: 'Session {subject} is degraded',
      summary: 'Session {subject} is degraded',
      description:
        'More than a quarter of the agents of {subject} have issues, or fewer than four fifths are active.',
    },
    runbook: {
      meaning:
        "A part of the session's agents is stalled, exhausted, failed or offline (`sessions.degraded_issues`, `sessions.healthy_active`).",
      impact: 'The session works with less than its strength.',
      diagnosis: [
        '`GET /api/health/sessions/{id}`: which members, since when, and what they have in common.',
      ],
      mitigation: ['See the alerts of its members.'],
    },
  },
  {
    name: 'SessionCritical',
    scope: 'session',
    levels: [{ severity: 'critical', threshold: null }],
    comparison: '==',
    unit: 'state',
    // A single member that restarts makes its session critical for a moment.
    forMs: 30 * secondMs,
    keepFiringForMs: bridgeMs,
    subject: a.sessionId,
    labels: [a.sessionId],
    measure: ({ health, isUnknown }) =>
      isUnknown ? undefined : health === 'critical' || health === 'failed' ? 1 : null,
    promql: () =>
      aggregated(
        `${series(metrics.sessionHealthStatus, { [a.sessionState]: ['critical', 'failed'] })} == 1`,
        [a.sessionId],
      ),
    words: {
      message: 'Session {subject} is critical',
      summary: 'Session {subject} is critical',
      description: 'Most agents of {subject} failed or have issues, or all are offline.',
    },
    runbook: {
      meaning:
        'The session is `critical` (more than half failed, or all offline) or `failed` (more than three quarters have issues).',
      impact: "The session as a whole doesn't do its work.",
      diagnosis: [
        '`GET /api/health/sessions/{id}`: members by state.',
        'What all of them share: host, account, integration, a deployment.',
      ],
      mitigation: ["Fix the common cause first; then restart what doesn't come back by itself."],
    },
  },
];

export const integrationRules: readonly AlertRule<'integration'>[] = [
  {
    name: 'IntegrationDown',
    scope: 'integration',
    levels: [{ severity: 'critical', threshold: null }],
    comparison: '==',
    unit: 'state',
    forMs: minuteMs,
    keepFiringForMs: bridgeMs,
    subject: a.integrationName,
    labels: [a.integrationName],
    measure: ({ status }) => (status === 'error' ? 1 : null),
    promql: () =>
      aggregated(`${series(metrics.integrationStatus, { [a.integrationState]: ['error'] })} == 1`, [
        a.integrationName,
      ]),
    words: {
      message: 'Integration {subject} is down',
      summary: 'Integration {subject} is down',
      description: 'More than half of the requests to {subject} fail, or the last ones all did.',
    },
    runbook: {
      meaning: 'More than half of the requests in `health.window` failed, or three in a row.',
      impact: 'Agents that need it fail or wait.',
      diagnosis: [
        '`error.type` of the requests: refused, timed out, 401, 429, 5xx?',
        "The provider's status page; certificates and tokens that ran out.",
      ],
      mitigation: [
        'Switch to a fallback, or pause the agents that need it.',
        'It is over with requests that succeed: where none are made any more, its status stays.',
      ],
    },
  },
  {
    name: 'IntegrationSlow',
    scope: 'integration',
    levels: [{ severity: 'warning', threshold: 5 }],
    comparison: '>',
    unit: 'seconds',
    forMs: 2 * minuteMs,
    keepFiringForMs: bridgeMs,
    subject: a.integrationName,
    labels: [a.integrationName],
    measure: ({ meanDurationMs, slowAboveMs }) =>
      meanDurationMs !== null && meanDurationMs > slowAboveMs ? meanDurationMs / 1000 : null,
    promql: (threshold) =>
      aggregated(
        `${series(metrics.integrationMeanDuration)} > clamp_min(${series(metrics.integrationDegradedThreshold)}, ${threshold})`,
        [a.integrationName],
      ),
    words: {
      message: 'Integration {subject} is slow: {value}',
      summary: 'Integration {subject} is slow',
      description:
        'Requests to {subject} take {value} on average, more than {threshold} and than what is usual for it.',
    },
    runbook: {
      meaning:
        "The mean duration over `health.window` is above the threshold and above the integration's own (`health.integrations[].slow_above`; model calls 30 s).",
      impact: 'Agents wait; operations take longer and may time out.',
      diagnosis: [
        'Is it slow for all agents or for some hosts?',
        'Larger requests than usual, or the provider under load?',
      ],
      mitigation: [
        'Lower the concurrency, switch to a fallback, or raise its threshold where this is normal.',
      ],
    },
  },
];
