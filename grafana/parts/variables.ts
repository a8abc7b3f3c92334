import {
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  TextBoxVariableBuilder,
  VariableHide,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { label, metric } from './names.ts';
import { type Matchers, selector } from './promql.ts';
import { datasource } from './queries.ts';

// What a person chooses at the head of a dashboard. Each list of values depends on what was chosen before it.

/** Which Prometheus; Grafana chooses its default one at first. */
export const datasourceVariable = () =>
  new DatasourceVariableBuilder('datasource')
    .label('Data source')
    .description('The Prometheus that scrapes the processor.')
    .type('prometheus');

/** Where the processor's own page is, for links. */
export const processorVariable = () =>
  new TextBoxVariableBuilder('processor')
    .label("Processor's page")
    .description('Where your browser finds the page of the processor, for the links to it.')
    .defaultValue('http://localhost:8080');

/** The values that a label has on a metric. */
function labelValues(name: string, series: string, valueLabel: string): QueryVariableBuilder {
  const query = `label_values(${series}, ${valueLabel})`;
  return new QueryVariableBuilder(name)
    .datasource(datasource)
    .definition(query)
    .query({ qryType: 1, query, refId: 'PrometheusVariableQueryEditor-VariableQuery' })
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.NaturalAsc);
}

/** Any number of values, all of them at first; agents without the label are part of all. */
function several(variable: QueryVariableBuilder): QueryVariableBuilder {
  return variable
    .multi(true)
    .includeAll(true)
    .allValue('.*')
    .current({ text: ['All'], value: ['$__all'] });
}

/** Every agent has each status, as 0 or 1: one of them is a series for each agent. */
function agents(matchers: Matchers): string {
  return selector(metric.status, { ...matchers, [label.agentState]: '="offline"' });
}

/** Which sessions' agents to offer. */
export const sessionsVariable = () =>
  several(labelValues('session', agents({}), label.sessionId))
    .label('Session')
    .description('The sessions whose agents are offered.');

/** The one session that the dashboard shows. */
export const sessionVariable = () =>
  labelValues('session', metric.sessionHealthScore, label.sessionId)
    .label('Session')
    .description('The session to look at; at most exposition.detailed_sessions of them are known here.');

/** Which types of agents to offer, of the sessions chosen; `one` where only one session can be. */
export const typesVariable = (of: 'sessions' | 'one session') =>
  several(
    labelValues(
      'type',
      agents({ [label.sessionId]: of === 'sessions' ? '=~"$session"' : '="$session"' }),
      label.agentType,
    ),
  )
    .label('Type')
    .description('The types of agents, among the sessions chosen.');

/** The one agent that the dashboard shows. */
export const agentVariable = () =>
  labelValues(
    'agent',
    agents({ [label.sessionId]: '=~"$session"', [label.agentType]: '=~"$type"' }),
    label.agentId,
  )
    .label('Agent')
    .description('The agent to look at, among the sessions and types chosen.');

/**
 * The agents with the lowest scores, chosen by Prometheus and hidden: panels then ask for these alone, where they would
 * otherwise read every agent to show twenty.
 */
export const worstVariable = (matchers: Matchers) => {
  const query = `query_result(bottomk(20, max by (${label.agentId}) (${selector(metric.healthScore, matchers)})))`;
  return new QueryVariableBuilder('worst')
    .label('Worst agents')
    .description('The 20 agents with the lowest scores; chosen anew with the time shown.')
    .datasource(datasource)
    .definition(query)
    .query({ qryType: 3, query, refId: 'PrometheusVariableQueryEditor-VariableQuery' })
    .regex(`/^\\{${label.agentId}="(.*)"\\} /`)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .hide(VariableHide.HideVariable)
    .multi(true)
    .includeAll(true)
    .current({ text: ['All'], value: ['$__all'] });
};

/** Which integrations. */
export const integrationsVariable = () =>
  several(labelValues('integration', metric.integrationStatus, label.integrationName))
    .label('Integration')
    .description('What agents call outside.');

/** Which processors, where the fleet is divided among several. */
export const instancesVariable = () =>
  several(labelValues('instance', metric.processorAgents, 'instance'))
    .label('Processor')
    .description('The processors, as Prometheus names their addresses.');
