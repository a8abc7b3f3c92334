import { AnnotationQueryBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import { label, metric } from './names.ts';
import { type Matchers, oneOf, selector } from './promql.ts';
import { datasource } from './queries.ts';

// What happened, drawn across all panels. A mark stands wherever the query gives a value; neighbours become one span.

function marks(name: string, expr: string, title: string, iconColor: string): AnnotationQueryBuilder {
  return new AnnotationQueryBuilder()
    .name(name)
    .datasource(datasource)
    .enable(true)
    .iconColor(iconColor)
    .target(new DataqueryBuilder().datasource(datasource).expr(expr).refId('Anno').range())
    .titleFormat(title);
}

/** While an agent isn't at work: the beginning and the end of each span are transitions. */
export const agentTransitions = (matchers: Matchers) =>
  marks(
    'Transitions',
    `max by (${label.agentId}, ${label.agentState}) (${selector(metric.status, {
      ...matchers,
      [label.agentState]: oneOf(['offline', 'unknown', 'exhausted', 'paused', 'error', 'stalled', 'stopped']),
    })}) == 1`,
    `{{${label.agentState}}}`,
    'orange',
  );

/** When more agents came into a state that wants a look than left it. */
const growth = (name: string, counts: string) =>
  marks(
    name,
    `sum by (${label.agentState}) (${counts})\n  > sum by (${label.agentState}) (min_over_time(${counts}[$__rate_interval]))`,
    `more agents {{${label.agentState}}}`,
    'orange',
  );

const wanting = { [label.agentState]: oneOf(['offline', 'unknown', 'exhausted', 'error', 'stalled']) };

export const fleetTransitions = () => growth('Transitions', selector(metric.fleetAgents, wanting));

export const sessionTransitions = (matchers: Matchers) =>
  growth('Transitions', selector(metric.sessionAgents, { ...matchers, ...wanting }));

/** While a way in is silent as a whole: what looks like death is blindness. */
export const gaps = () =>
  marks(
    'Telemetry gaps',
    `max by (${label.pipelineName}) (${metric.pipelineGap}) == 1`,
    `no telemetry by {{${label.pipelineName}}}`,
    'purple',
  );

/** While an integration is in error. */
export const integrationErrors = (matchers: Matchers) =>
  marks(
    'Integrations in error',
    `max by (${label.integrationName}) (${selector(metric.integrationStatus, { ...matchers, [label.integrationState]: '="error"' })}) == 1`,
    `{{${label.integrationName}}} in error`,
    'red',
  );

/** While an alert of the severest kind fires. */
export const criticalAlerts = () =>
  marks(
    'Critical alerts',
    `count by (${label.alertName}) (${selector(metric.alertActive, { [label.alertSeverity]: '="critical"' })} == 1)`,
    `{{${label.alertName}}}`,
    'red',
  );

/** When a processor began anew, after which agents are unknown until they are heard. */
export const processorStarts = () =>
  marks(
    'Processor starts',
    // Quickly, so that scrapes saw it before and after; or they missed it for a while.
    `count by (instance) (\n  resets(${metric.processorReceived}[$__rate_interval]) > 0\n  or (${metric.processorAgents} unless ${metric.processorAgents} offset $__rate_interval)\n)`,
    'the processor began anew',
    'blue',
  );
