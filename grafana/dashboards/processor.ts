import { processorStarts } from '../parts/annotations.ts';
import { dashboard } from '../parts/dashboard.ts';
import { toThePage, uids } from '../parts/links.ts';
import { label, metric } from '../parts/names.ts';
import { stat, stateTimeline, timeSeries } from '../parts/panels.ts';
import { type Matchers, selector } from '../parts/promql.ts';
import { now, overTime } from '../parts/queries.ts';
import { noYes } from '../parts/values.ts';
import { instancesVariable } from '../parts/variables.ts';

// Long, as it lists panels.

const chosen: Matchers = { instance: '=~"$instance"' };

/** Which targets are processors: what Prometheus or OpenTelemetry name alike for everybody is asked of them alone. */
const ofProcessors = (name: string) =>
  `max by (instance) (${selector(name, chosen)} and on (job, instance) ${metric.processorAgents})`;

const byInstance = (name: string) => `max by (instance) (${selector(name, chosen)})`;

const rate = (name: string, by: string) =>
  `sum by (${by}) (rate(${selector(name, chosen)}[$__rate_interval]))`;

const quantile = (share: number, histogram: string) =>
  `histogram_quantile(${share}, sum by (le) (rate(${selector(`${histogram}_bucket`, chosen)}[$__rate_interval])))`;

/** The usual one, and the one in a hundred that hurts. */
const quantiles = (histogram: string) => [
  overTime(quantile(0.5, histogram), 'half of them'),
  overTime(quantile(0.99, histogram), '99 of 100'),
];

const nobodyToNotify = 'None: Prometheus notifies, or nobody is to be notified';

const numbers = [
  stat({
    title: 'Agents',
    description: 'Agents that the processors know together.',
    queries: [now(`sum(${selector(metric.processorAgents, chosen)})`)],
    unit: 'short',
    thresholds: 'none',
    width: 4,
    noValue: 'No data: is the processor scraped?',
  }),
  stat({
    title: 'Room for agents',
    description: 'The share of limits.max_agents that is taken; at the limit, new agents are turned away.',
    queries: [
      now(
        `max(${selector(metric.processorAgents, chosen)}\n  / on (job, instance) ${selector(metric.processorAgentLimit, chosen)})`,
      ),
    ],
    unit: 'percentunit',
    decimals: 1,
    thresholds: 'utilization',
    width: 4,
  }),
  stat({
    title: 'Series budget',
    description:
      'The share of exposition.max_series that is used; beyond it only agents that are not fine have series.',
    queries: [
      now(
        `max(${selector(metric.processorSeries, chosen)}\n  / on (job, instance) ${selector(metric.processorSeriesLimit, chosen)})`,
      ),
    ],
    unit: 'percentunit',
    decimals: 1,
    thresholds: 'utilization',
    width: 4,
  }),
  stat({
    title: 'Agents without series',
    description: 'Agents that the series budget leaves out here; the page and REST have them all.',
    queries: [now(`sum(${selector(metric.processorOmittedAgents, chosen)})`)],
    unit: 'short',
    thresholds: 'anyIsNoted',
    width: 4,
  }),
  stat({
    title: 'Store',
    description: 'Whether the store can be written; while it cannot, facts wait in memory.',
    queries: [now(`max(${selector(metric.processorStoreFailing, chosen)})`)],
    unit: 'short',
    mappings: noYes('written', 'green', 'failing', 'red'),
    thresholds: 'anyIsBad',
    width: 4,
  }),
  stat({
    title: 'Not stored yet',
    description: 'The age of the oldest change that a power failure would lose.',
    queries: [now(`max(${selector(metric.processorStoreLag, chosen)})`)],
    unit: 's',
    decimals: 1,
    thresholds: 'lag',
    width: 4,
  }),
];

const ingest = [
  timeSeries({
    title: 'Received',
    description: 'Data points and log records that come in per second.',
    queries: [overTime(rate(metric.processorReceived, 'instance'), '{{instance}}')],
    unit: 'cps',
    min: 0,
    thresholds: 'none',
    width: 8,
  }),
  timeSeries({
    title: 'Rejected',
    description: 'Data points, log records and requests that are turned away per second, by reason.',
    queries: [overTime(rate(metric.processorRejected, label.rejectReason), `{{${label.rejectReason}}}`)],
    unit: 'cps',
    min: 0,
    thresholds: 'none',
    width: 8,
    stack: true,
    noValue: 'Nothing was ever rejected',
  }),
  timeSeries({
    title: 'Requests',
    description: 'Requests per second, and how many of them are in work at a time.',
    queries: [
      overTime(
        `sum(rate(${selector(`${metric.processorRequestDuration}_count`, chosen)}[$__rate_interval]))`,
        'per second',
      ),
      overTime(`sum(${selector(metric.processorRequestActive, chosen)})`, 'in work'),
    ],
    unit: 'short',
    min: 0,
    thresholds: 'none',
    width: 8,
  }),
  timeSeries({
    title: 'Time to decode',
    description: 'How long it takes to decode one request and apply what it says.',
    queries: quantiles(metric.processorRequestDuration),
    unit: 's',
    min: 0,
    thresholds: 'ownWork',
    width: 8,
  }),
  timeSeries({
    title: 'Time to judge',
    description: 'How long a look for deadlines that have passed takes; there are fifty a second.',
    queries: quantiles(metric.processorTickDuration),
    unit: 's',
    min: 0,
    thresholds: 'ownWork',
    width: 8,
  }),
  timeSeries({
    title: 'Irregular transitions',
    description:
      'Transitions per second that agents report outside of the state table; they are applied all the same.',
    queries: [overTime(rate(metric.processorIrregularTransitions, 'instance'), '{{instance}}')],
    unit: 'cps',
    min: 0,
    thresholds: 'none',
    width: 8,
  }),
];

const exposition = [
  timeSeries({
    title: 'Series',
    description: 'Series in the last exposition, and how many it may have.',
    queries: [
      overTime(`sum(${selector(metric.processorSeries, chosen)})`, 'used'),
      overTime(`sum(${selector(metric.processorSeriesLimit, chosen)})`, 'limit'),
    ],
    unit: 'short',
    min: 0,
    thresholds: 'none',
    width: 8,
    colors: { limit: 'red' },
  }),
  timeSeries({
    title: 'Time to expose',
    description: 'How long the processor takes to write one exposition, waiting for the network included.',
    queries: quantiles(metric.processorExpositionDuration),
    unit: 's',
    min: 0,
    thresholds: 'scrape',
    width: 8,
  }),
  timeSeries({
    title: 'Time to scrape',
    description: 'How long Prometheus takes for one scrape; it must stay below scrape_timeout.',
    queries: [overTime(ofProcessors('scrape_duration_seconds'), '{{instance}}')],
    unit: 's',
    min: 0,
    thresholds: 'scrape',
    width: 8,
  }),
];

const store = [
  timeSeries({
    title: 'Not stored yet over time',
    description:
      'The age of the oldest change that is not in the store yet, and how far snapshots are apart.',
    queries: [
      overTime(`max(${selector(metric.processorStoreLag, chosen)})`, 'oldest change'),
      overTime(`max(${selector(metric.processorSnapshotInterval, chosen)})`, 'between snapshots'),
    ],
    unit: 's',
    min: 0,
    thresholds: 'lag',
    width: 8,
  }),
  timeSeries({
    title: 'Failed and dropped',
    description: 'Writes to the store that failed, and records that were dropped because of it, per second.',
    queries: [
      overTime(
        `sum(rate(${selector(metric.processorStoreErrors, chosen)}[$__rate_interval]))`,
        'failed writes',
      ),
      overTime(
        `sum(rate(${selector(metric.processorStoreDropped, chosen)}[$__rate_interval]))`,
        'dropped records',
      ),
    ],
    unit: 'cps',
    min: 0,
    thresholds: 'none',
    width: 8,
    colors: { 'failed writes': 'orange', 'dropped records': 'red' },
  }),
  stateTimeline({
    title: 'Store over time',
    description: 'When the store could not be written.',
    queries: [overTime(byInstance(metric.processorStoreFailing), '{{instance}}')],
    unit: 'short',
    mappings: noYes('written', 'green', 'failing', 'red'),
    thresholds: 'anyIsBad',
    width: 8,
  }),
];

const alerts = [
  timeSeries({
    title: 'Alerts',
    description:
      'Alerts that are pending or fire, and those per second that were not opened as too many were.',
    queries: [
      overTime(`sum(${selector(metric.processorAlerts, chosen)})`, 'open'),
      overTime(
        `sum(rate(${selector(metric.processorAlertsDropped, chosen)}[$__rate_interval]))`,
        'dropped per second',
      ),
    ],
    unit: 'short',
    min: 0,
    thresholds: 'none',
    width: 6,
    colors: { open: 'orange', 'dropped per second': 'red' },
  }),
  timeSeries({
    title: 'Notifications',
    description: 'Notifications per minute by receiver: sent, failed and tried again, refused, dropped.',
    queries: [
      overTime(
        `60 * ${rate(metric.processorNotifications, `${label.notificationReceiver}, ${label.notificationOutcome}`)}`,
        `{{${label.notificationReceiver}}} {{${label.notificationOutcome}}}`,
      ),
    ],
    unit: 'cpm',
    min: 0,
    thresholds: 'none',
    width: 6,
    noValue: nobodyToNotify,
  }),
  timeSeries({
    title: 'Waiting notifications',
    description: 'Notifications that wait to be delivered, by receiver.',
    queries: [
      overTime(
        `sum by (${label.notificationReceiver}) (${selector(metric.processorNotificationWaiting, chosen)})`,
        `{{${label.notificationReceiver}}}`,
      ),
    ],
    unit: 'short',
    decimals: 0,
    min: 0,
    thresholds: 'none',
    width: 6,
    noValue: nobodyToNotify,
  }),
  stateTimeline({
    title: 'Receivers',
    description: 'When which receiver could not be reached, or refused the last notification.',
    queries: [
      overTime(
        `max by (${label.notificationReceiver}) (${selector(metric.processorNotificationFailing, chosen)})`,
        `{{${label.notificationReceiver}}}`,
      ),
    ],
    unit: 'short',
    mappings: noYes('takes them', 'green', 'failing', 'red'),
    thresholds: 'anyIsBad',
    width: 6,
    noValue: nobodyToNotify,
  }),
];

const own = [
  timeSeries({
    title: 'CPU',
    description: "CPU that the processor uses, as a share of all the machine's.",
    queries: [overTime(ofProcessors(metric.processCpuUtilization), '{{instance}}')],
    unit: 'percentunit',
    min: 0,
    thresholds: 'utilization',
    width: 8,
  }),
  timeSeries({
    title: 'Memory',
    description: 'Physical memory that the processor uses.',
    queries: [overTime(ofProcessors(metric.processMemoryUsage), '{{instance}}')],
    unit: 'bytes',
    min: 0,
    thresholds: 'none',
    width: 8,
  }),
  timeSeries({
    title: 'Event loop',
    description:
      'The share of time in which its one thread was busy: towards 100 % judgements and answers come late.',
    queries: [overTime(ofProcessors(metric.eventLoopUtilization), '{{instance}}')],
    unit: 'percentunit',
    min: 0,
    max: 1,
    thresholds: 'utilization',
    width: 8,
  }),
];

/** Who watches the watcher. */
export const processor = dashboard({
  uid: uids.processor,
  title: 'Agent Vitals / Processor',
  description: 'Does the processor itself keep up, and what does it turn away or leave out?',
  variables: [instancesVariable()],
  annotations: [processorStarts()],
  links: [toThePage()],
  sections: [
    { title: 'Now', panels: numbers },
    { title: 'What comes in', panels: ingest },
    { title: 'What goes out', panels: exposition },
    { title: 'Store', panels: store },
    { title: 'Alerts and notifications', panels: alerts },
    { title: 'Own resources', panels: own },
  ],
});
