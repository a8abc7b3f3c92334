import { alertSeverities } from '@agent-vitals/contract';
import type { DashboardLinkBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { alertRules } from '../../src/core/index.ts';
import { exhaustedScopes } from '../panels/exhausted-scopes.ts';
import { gapsTimeline } from '../panels/gaps-timeline.ts';
import { criticalAlerts, gaps } from '../parts/annotations.ts';
import { severityColors } from '../parts/colors.ts';
import { dashboard } from '../parts/dashboard.ts';
import { cell, toAgent, toIntegration, toSession, toThePage, uids } from '../parts/links.ts';
import { label, metric } from '../parts/names.ts';
import { stat, stateTimeline, table, timeSeries } from '../parts/panels.ts';
import { numbered, oneOf, selector } from '../parts/promql.ts';
import { now, overTime, rows } from '../parts/queries.ts';
import { asColumns } from '../parts/tables.ts';
import { noYes, severityValues } from '../parts/values.ts';

const firing = (severity: string) =>
  `sum(${selector(metric.alertActive, { [label.alertSeverity]: `="${severity}"` })}) or vector(0)`;

const numbers = [
  stat({
    title: 'Critical',
    description: 'Alerts that somebody should see to now.',
    queries: [now(firing('critical'))],
    unit: 'short',
    thresholds: 'anyIsBad',
    width: 4,
  }),
  stat({
    title: 'Warning',
    description: 'Alerts that somebody should see to today.',
    queries: [now(firing('warning'))],
    unit: 'short',
    thresholds: 'anyIsNoted',
    width: 4,
  }),
  stat({
    title: 'Info',
    description: 'Alerts that explain others, and wake nobody.',
    queries: [now(firing('info'))],
    unit: 'short',
    thresholds: 'none',
    width: 4,
  }),
  stat({
    title: 'Gaps',
    description: 'Ways in that are silent as a whole now.',
    queries: [now(`sum(${metric.pipelineGap}) or vector(0)`)],
    unit: 'short',
    thresholds: 'anyIsBad',
    width: 4,
  }),
  stat({
    title: 'Exhausted scopes',
    description: 'Accounts and providers that are out of quota or credit now.',
    queries: [now(`count(${metric.exhaustedAgents} > 0) or vector(0)`)],
    unit: 'short',
    thresholds: 'anyIsNoted',
    width: 4,
  }),
  stat({
    title: 'Integrations in error',
    description: 'What agents call outside and does not answer well now.',
    queries: [
      now(
        `sum(${selector(metric.integrationStatus, { [label.integrationState]: '="error"' })}) or vector(0)`,
      ),
    ],
    unit: 'short',
    thresholds: 'anyIsBad',
    width: 4,
  }),
];

const toSubject = (to: (value: string) => DashboardLinkBuilder) => to(cell('Subject'));

const identity = [label.alertName, label.alertSubject];
const severity = numbered(metric.alertActive, {}, label.alertSeverity, alertSeverities, identity);

const alertsFiring = [
  asColumns(
    table({
      title: 'Firing alerts',
      description:
        'What fires now and for whom, the severest first, at most 50; a click on a subject offers its dashboards.',
      // A smaller number is severer.
      queries: [rows(`bottomk(50, ${severity})`)],
      unit: 'short',
      thresholds: 'none',
      width: 12,
      height: 10,
      noValue: 'No alert fires',
    }),
    [
      { of: 'A', title: 'Severity', unit: 'short', mappings: severityValues },
      { of: label.alertName, title: 'Alert' },
      // It is an agent's, a session's or an integration's name, as the alert's name tells.
      { of: label.alertSubject, title: 'Subject', links: [toAgent, toSession, toIntegration].map(toSubject) },
    ],
    { by: 'Severity', greatestFirst: false },
  ),
  timeSeries({
    title: 'Alerts by name',
    description: 'How many alerts of each name fire.',
    queries: [overTime(`sum by (${label.alertName}) (${metric.alertActive})`, `{{${label.alertName}}}`)],
    unit: 'short',
    decimals: 0,
    min: 0,
    thresholds: 'none',
    width: 12,
    height: 10,
    noValue: 'No alert fires',
  }),
];

const overTimes = [
  timeSeries({
    title: 'Alerts by severity',
    description: 'How many alerts fire, by severity.',
    queries: [
      overTime(`sum by (${label.alertSeverity}) (${metric.alertActive})`, `{{${label.alertSeverity}}}`),
    ],
    unit: 'short',
    decimals: 0,
    min: 0,
    thresholds: 'none',
    width: 8,
    height: 10,
    stack: true,
    colors: severityColors,
    noValue: 'No alert fires',
  }),
  stateTimeline({
    title: 'When which alert fired',
    description: 'The severest that fired under each name at each time.',
    queries: [
      overTime(
        numbered(metric.alertActive, {}, label.alertSeverity, alertSeverities, [label.alertName]),
        `{{${label.alertName}}}`,
      ),
    ],
    unit: 'short',
    mappings: severityValues,
    thresholds: 'none',
    width: 16,
    height: 10,
    noValue: 'No alert fired',
  }),
];

/** The watchdog always fires: that is what it is for. */
const names = [...new Set(alertRules.map(({ name }) => name))].filter((name) => name !== 'Watchdog');

const byPrometheus = [
  stateTimeline({
    title: 'What Prometheus fires',
    description:
      'Alerts of rules/agent-vitals.rules.yml as Prometheus evaluates them: also that the processor is down, of which it cannot tell itself.',
    queries: [
      overTime(
        `max by (alertname) (${selector('ALERTS', { alertstate: '="firing"', alertname: oneOf(names) })})`,
        '{{alertname}}',
      ),
    ],
    unit: 'short',
    mappings: noYes('no', 'transparent', 'firing', 'red'),
    thresholds: 'anyIsBad',
    width: 24,
    height: 10,
    noValue: 'None fired. If the rules are missing: load rules/agent-vitals.rules.yml into Prometheus',
  }),
];

const incidents = [
  exhaustedScopes(12),
  gapsTimeline(12, 9),
  timeSeries({
    title: 'Agents behind incidents',
    description:
      'Agents that are unknown in a gap, or exhausted by scope: many of them at once are one incident each.',
    queries: [
      overTime(`sum(${selector(metric.fleetAgents, { [label.agentState]: oneOf(['unknown']) })})`, 'unknown'),
      overTime(
        `topk(10, sum by (${label.exhaustedScope}) (${metric.exhaustedAgents}))`,
        `exhausted: {{${label.exhaustedScope}}}`,
      ),
    ],
    unit: 'short',
    decimals: 0,
    min: 0,
    thresholds: 'none',
    width: 24,
    height: 7,
  }),
];

/** What fires, and the few causes behind the many. */
export const alerts = dashboard({
  uid: uids.alerts,
  title: 'Agent Vitals / Alerts and incidents',
  description: 'What fires, since when, and which one cause stands behind many of them?',
  variables: [],
  annotations: [criticalAlerts(), gaps()],
  links: [toThePage()],
  sections: [
    { title: 'Now', panels: numbers },
    { title: 'Alerts', panels: alertsFiring },
    { title: 'Over time', panels: overTimes },
    { title: 'By the rules of Prometheus', panels: byPrometheus },
    { title: 'Incidents', panels: incidents },
  ],
  span: '6h',
});
