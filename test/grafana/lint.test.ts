import { metrics, prometheusName } from '@agent-vitals/contract';
import { describe, expect, it } from 'vitest';
import { recordingRules } from '../../grafana/recording-rules.ts';
import {
  type Dashboard,
  type Panel,
  queriesOf,
  readDashboards,
  type Target,
} from '../support/grafana/dashboards.ts';
import { lint, lintRules } from '../support/grafana/lint/index.ts';
import { readPromql } from '../support/grafana/promql.ts';

const files = readDashboards();

/** The committed dashboards, with one mistake in the fleet's. */
function withMistake(make: (fleet: Dashboard) => void) {
  const broken = structuredClone(files);
  make(broken.find(({ name }) => name === 'fleet')!.dashboard);
  return broken;
}

const panel = (dashboard: Dashboard, title: string): Panel =>
  dashboard.panels.find((candidate) => candidate.title === title)!;
const query = (dashboard: Dashboard, title: string): Target => panel(dashboard, title).targets![0]!;
const defaults = (dashboard: Dashboard, title: string) => panel(dashboard, title).fieldConfig!.defaults;

/** A mistake for each rule, and what the rule must say of it. */
const mistakes: readonly (readonly [rule: string, says: RegExp, make: (fleet: Dashboard) => void])[] = [
  ['title-description', /no title/, (fleet) => Object.assign(panel(fleet, 'Agents'), { title: '' })],
  [
    'title-description',
    /Agents: the description is no sentence/,
    (fleet) => delete panel(fleet, 'Agents').description,
  ],
  [
    'title-description',
    /fleet: the description is no sentence/,
    (fleet) => Object.assign(fleet, { description: 'fleet' }),
  ],
  [
    'title-description',
    /long/,
    (fleet) => Object.assign(panel(fleet, 'Agents'), { description: `A${'a'.repeat(200)}.` }),
  ],
  ['title-description', /two panels/, (fleet) => Object.assign(panel(fleet, 'Agents'), { title: 'Health' })],
  ['legend', /no legend/, (fleet) => delete query(fleet, 'Agents by status').legendFormat],
  ['no-value', /rules may be missing/, (fleet) => delete defaults(fleet, 'Transitions').noValue],
  ['units', /unit undefined/, (fleet) => delete defaults(fleet, 'Agents').unit],
  ['units', /unit agents/, (fleet) => Object.assign(defaults(fleet, 'Agents'), { unit: 'agents' })],
  [
    'units',
    /unit second/,
    (fleet) => {
      panel(fleet, 'Worst agents').fieldConfig!.overrides[0]!.properties[0] = { id: 'unit', value: 'second' };
    },
  ],
  ['thresholds', /must rise/, (fleet) => delete defaults(fleet, 'Agents').thresholds],
  ['thresholds', /must rise/, (fleet) => defaults(fleet, 'Available').thresholds!.steps.reverse()],
  [
    'tables',
    /unknown transformation join/,
    (fleet) => Object.assign(panel(fleet, 'Worst agents').transformations![0]!, { id: 'join' }),
  ],
  [
    'tables',
    /looks of the unknown column Agnet/,
    (fleet) =>
      Object.assign(panel(fleet, 'Worst agents').fieldConfig!.overrides[0]!.matcher, { options: 'Agnet' }),
  ],
  [
    'tables',
    /unknown property units/,
    (fleet) =>
      Object.assign(panel(fleet, 'Worst agents').fieldConfig!.overrides[0]!.properties[0]!, { id: 'units' }),
  ],
  ['panel-ids', /ids of their own/, (fleet) => Object.assign(fleet.panels[3]!, { id: fleet.panels[2]!.id })],
  [
    'overlap',
    /Available and Health overlap/,
    (fleet) => Object.assign(panel(fleet, 'Available').gridPos, { w: 4 }),
  ],
  ['grid', /hole/, (fleet) => Object.assign(panel(fleet, 'Recording rules').gridPos, { h: 3 })],
  ['grid', /doesn't fit/, (fleet) => Object.assign(panel(fleet, 'Recording rules').gridPos, { x: 22 })],
  [
    'template-datasource',
    /one variable datasource/,
    (fleet) => Object.assign(fleet.templating.list[0]!, { name: 'prometheus' }),
  ],
  [
    'datasource-variable',
    /Agents \/ A: the data source/,
    (fleet) =>
      Object.assign(query(fleet, 'Agents'), { datasource: { type: 'prometheus', uid: 'prometheus' } }),
  ],
  [
    'datasource-variable',
    /Transitions: the data source/,
    (fleet) => Object.assign(fleet.annotations.list[0]!, { datasource: undefined }),
  ],
  [
    'variables',
    /unknown variable agent/,
    (fleet) => Object.assign(query(fleet, 'Agents'), { legendFormat: '$agent' }),
  ],
  [
    'variables',
    /variable job is never used/,
    (fleet) =>
      fleet.templating.list.push({ type: 'custom', name: 'job', label: 'Job', description: 'A job.' }),
  ],
  ['variables', /a label and a description/, (fleet) => delete fleet.templating.list[0]!.description],
  [
    'variable-order',
    /must come after/,
    (fleet) => {
      const after = { type: 'datasource', name: 'z', label: 'z', description: 'z', query: '$datasource $z' };
      fleet.templating.list.unshift(after);
    },
  ],
  [
    'links',
    /unknown dashboard nowhere/,
    (fleet) => Object.assign(fleet.links[1]!, { url: '/d/nowhere?var-a=b' }),
  ],
  [
    'links',
    /link sets agnet/,
    (fleet) => Object.assign(fleet.links[1]!, { url: '/d/agent-vitals-agent?var-agnet=b' }),
  ],
  ['links', /hidden in a menu/, (fleet) => Object.assign(fleet.links[0]!, { placement: 'inControlsMenu' })],
  ['links', /no links to the other/, (fleet) => fleet.links.shift()],
  ['links', /no link to the processor/, (fleet) => fleet.links.pop()],
  ['uids', /uid must be/, (fleet) => Object.assign(fleet, { uid: 'fleet' })],
  ['uids', /uid is not unique/, (fleet) => Object.assign(fleet, { uid: 'agent-vitals-agent' })],
  ['uids', /title is not unique/, (fleet) => Object.assign(fleet, { title: 'Agent Vitals / Agent' })],
  ['time', /refresh at most/, (fleet) => Object.assign(fleet, { refresh: '5s' })],
  [
    'promql',
    /not PromQL/,
    (fleet) => Object.assign(query(fleet, 'Agents'), { expr: 'sum(vitals_fleet_agents' }),
  ],
  [
    'promql',
    /function mad_over_time/,
    (fleet) =>
      Object.assign(query(fleet, 'Agents'), { expr: 'mad_over_time(vitals_fleet_agents[$__range])' }),
  ],
  [
    'contract',
    /unknown metric vitals_fleet_agent$/,
    (fleet) => Object.assign(query(fleet, 'Agents'), { expr: 'sum(vitals_fleet_agent)' }),
  ],
  [
    'contract',
    /unknown label vitals_state of vitals_fleet_agents/,
    (fleet) =>
      Object.assign(query(fleet, 'Agents'), { expr: 'sum(vitals_fleet_agents{vitals_state="busy"})' }),
  ],
  [
    'contract',
    /unknown label vitals_state of vitals_fleet_agents/,
    (fleet) => Object.assign(query(fleet, 'Agents'), { expr: 'sum by (vitals_state) (vitals_fleet_agents)' }),
  ],
  [
    'rate-interval',
    /must be \$__rate_interval/,
    (fleet) =>
      Object.assign(query(fleet, 'Agents by status'), { expr: 'rate(vitals_processor_received_total[5m])' }),
  ],
  [
    'counters',
    /must be under rate/,
    (fleet) => Object.assign(query(fleet, 'Agents'), { expr: 'sum(vitals_processor_received_total)' }),
  ],
  [
    'job-instance',
    /job must not/,
    (fleet) =>
      Object.assign(query(fleet, 'Agents'), { expr: 'sum(vitals_fleet_agents{job="agent-vitals"})' }),
  ],
  [
    'multi-value',
    /must be matched by =~/,
    (fleet) => {
      fleet.templating.list.push({
        type: 'custom',
        name: 'of',
        label: 'Of',
        description: 'Of.',
        multi: true,
      });
      query(fleet, 'Agents').expr = 'sum(vitals_fleet_agents{vitals_agent_state="$of"})';
    },
  ],
  [
    'fleet-wide',
    /is a series for each agent/,
    (fleet) => Object.assign(query(fleet, 'Agents by status'), { expr: 'sum(vitals_agent_status)' }),
  ],
];

describe('the dashboards', () => {
  it('are seven', () => {
    expect(files.map(({ name }) => name).toSorted()).toEqual([
      'agent',
      'alerts',
      'fleet',
      'integrations',
      'processor',
      'session',
      'system',
    ]);
  });

  it('have nothing that the lint finds', () => {
    expect(lint(files)).toEqual([]);
  });

  it('show everything that the processor concludes, and all of its own', () => {
    const expressions = [
      ...files.flatMap(queriesOf).map(({ expr }) => expr),
      ...recordingRules.map(({ expr }) => expr),
    ];
    const asked = new Set(
      expressions.flatMap((expr) =>
        readPromql(expr.replace(/\$\w+/g, '1s')).selectors.map(({ name }) =>
          name.replace(/_(bucket|count|sum)$/, ''),
        ),
      ),
    );
    const unseen = Object.values(metrics).filter(
      (metric) => metric.emitter !== 'agent' && !asked.has(prometheusName(metric)),
    );
    // An exhausted agent shows by its status, its condition and its time of recovery; this one is for the alert.
    expect(unseen.map(({ name }) => name)).toEqual([metrics.exhaustion.name]);
  });
});

describe('the lint', () => {
  it('has a mistake for each of its rules', () => {
    expect(new Set(mistakes.map(([rule]) => rule))).toEqual(new Set(lintRules.map(({ name }) => name)));
  });

  it.each(mistakes)('%s finds %s', (rule, says, make) => {
    const broken = withMistake(make);
    const { check } = lintRules.find(({ name }) => name === rule)!;
    expect(broken.flatMap((file) => check(file, broken)).join('\n')).toMatch(says);
  });
});
