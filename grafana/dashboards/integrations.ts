import { integrationStatuses } from '@agent-vitals/contract';
import { integrationErrors } from '../parts/annotations.ts';
import { dashboard } from '../parts/dashboard.ts';
import { cell, ofLine, toIntegration, toThePage, uids } from '../parts/links.ts';
import { label, metric } from '../parts/names.ts';
import { stat, stateTimeline, table, timeSeries } from '../parts/panels.ts';
import { greatest, type Matchers, numbered, selector } from '../parts/promql.ts';
import { now, overTime, rows } from '../parts/queries.ts';
import { asColumns } from '../parts/tables.ts';
import { integrationValues } from '../parts/values.ts';
import { integrationsVariable } from '../parts/variables.ts';

const chosen: Matchers = { [label.integrationName]: '=~"$integration"' };
const name = label.integrationName;

const status = numbered(metric.integrationStatus, chosen, label.integrationState, integrationStatuses, [
  name,
]);
/** The number of the status is greater, the worse it is. */
const worst = `topk(50, ${status})`;

const count = (state: string) =>
  `sum(${selector(metric.integrationStatus, { ...chosen, [label.integrationState]: `="${state}"` })})`;

const numbers = [
  stat({
    title: 'Healthy',
    description: 'Integrations that answer well.',
    queries: [now(count('healthy'))],
    unit: 'short',
    thresholds: 'none',
    width: 8,
    noValue: 'No agent calls any',
  }),
  stat({
    title: 'Degraded',
    description: 'Integrations with more than 5 % errors, or a mean duration above their threshold.',
    queries: [now(count('degraded'))],
    unit: 'short',
    thresholds: 'anyIsNoted',
    width: 8,
    noValue: 'No agent calls any',
  }),
  stat({
    title: 'In error',
    description: 'Integrations with more than half errors, or three failures running.',
    queries: [now(count('error'))],
    unit: 'short',
    thresholds: 'anyIsBad',
    width: 8,
    noValue: 'No agent calls any',
  }),
];

const states = [
  stateTimeline({
    title: 'Status over time',
    description: 'The 20 integrations that fare worst at the end of the time shown.',
    queries: [
      overTime(
        `${status}\n  and on (${name}) topk(20, max by (${name}) (${selector(metric.integrationErrorRatio, chosen)} @ end()))`,
        `{{${name}}}`,
      ),
    ],
    unit: 'short',
    mappings: integrationValues,
    thresholds: 'none',
    width: 12,
    height: 10,
    noValue: 'No agent calls any',
  }),
  asColumns(
    table({
      title: 'All integrations',
      description:
        'Those that fare worst first, at most 50 of those chosen; a click on a name shows it alone.',
      queries: [
        rows(worst),
        rows(
          `max by (${name}) (${selector(metric.integrationErrorRatio, chosen)})\n  and on (${name}) ${worst}`,
        ),
        rows(
          `max by (${name}) (${selector(metric.integrationMeanDuration, chosen)})\n  and on (${name}) ${worst}`,
        ),
        rows(
          `max by (${name}) (${selector(metric.integrationDegradedThreshold, chosen)})\n  and on (${name}) ${worst}`,
        ),
      ],
      unit: 'short',
      thresholds: 'none',
      width: 12,
      height: 10,
      noValue: 'No agent calls any',
    }),
    [
      { of: name, title: 'Integration', links: [toIntegration(cell('Integration'))] },
      { of: 'A', title: 'Status', unit: 'short', mappings: integrationValues },
      { of: 'B', title: 'Failed', unit: 'percentunit', thresholds: 'errors' },
      { of: 'C', title: 'Mean duration', unit: 's' },
      { of: 'D', title: 'Degraded above', unit: 's' },
    ],
    { by: 'Status', greatestFirst: true },
  ),
];

const quality = [
  timeSeries({
    title: 'Errors',
    description: 'The share of failed requests, of the ten integrations with the most of them.',
    queries: [overTime(greatest(10, metric.integrationErrorRatio, chosen, name), `{{${name}}}`)],
    unit: 'percentunit',
    min: 0,
    max: 1,
    thresholds: 'errors',
    width: 12,
    noValue: 'No requests',
    valueLinks: [toIntegration(ofLine(name))],
  }),
  timeSeries({
    title: 'Mean duration',
    description:
      'How long requests take on average, of the ten slowest integrations; calls to models may take longer than the lines allow.',
    queries: [overTime(greatest(10, metric.integrationMeanDuration, chosen, name), `{{${name}}}`)],
    unit: 's',
    min: 0,
    thresholds: 'latency',
    width: 12,
    noValue: 'No requests',
    valueLinks: [toIntegration(ofLine(name))],
  }),
];

/** What agents call outside. */
export const integrations = dashboard({
  uid: uids.integrations,
  title: 'Agent Vitals / Integrations',
  description: 'Do the services that agents call answer, and how fast?',
  variables: [integrationsVariable()],
  annotations: [integrationErrors(chosen)],
  links: [toThePage()],
  sections: [
    { title: 'Now', panels: numbers },
    { title: 'Which', panels: states },
    { title: 'Over time', panels: quality },
  ],
});
