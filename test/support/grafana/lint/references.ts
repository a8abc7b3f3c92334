import type { Dashboard, DashboardFile } from '../dashboards.ts';
import { dataPanels, type LintRule } from './rule.ts';

// What refers to something else: data sources, variables, links, uids.

/** Grafana's own variables that ours use. */
const builtIn = [
  '__rate_interval',
  '__range',
  '__interval',
  '__all',
  '__url_time_range',
  '__data.fields',
  '__field.labels',
];

/** Every string of a dashboard, with the path to it. */
function strings(value: unknown, path = ''): { path: string; text: string }[] {
  if (typeof value === 'string') return [{ path, text: value }];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => strings(item, `${path}.${key}`));
}

/** The names of the variables in a text, `datasource` of `${datasource:queryparam}`. */
function variablesIn(text: string): string[] {
  return [...text.matchAll(/\$(?:\{([^}]+)\}|(\w+))/g)].map(([, braced, bare]) =>
    (braced ?? bare ?? '').replace(/:\w+$/, '').replace(/(\[.*\]|(?<=labels)\..*)$/, ''),
  );
}

/** The links of a dashboard: at its head, and on values. */
function linksOf(dashboard: Dashboard): string[] {
  return strings(dashboard)
    .filter(({ path }) => /\.url$/.test(path))
    .map(({ text }) => text);
}

const isOurs = (reference: { type: string; uid: string } | undefined) =>
  reference?.type === 'prometheus' && reference.uid === '${datasource}';

export const referenceRules: readonly LintRule[] = [
  {
    name: 'template-datasource',
    check({ name, dashboard }) {
      const found = dashboard.templating.list.filter(({ type }) => type === 'datasource');
      return found.length === 1 && found[0]!.name === 'datasource' && found[0]!.query === 'prometheus'
        ? []
        : [`${name}: must have one variable datasource of the type prometheus`];
    },
  },
  {
    name: 'datasource-variable',
    check(file) {
      const { dashboard, name } = file;
      const all = [
        ...dataPanels(file).flatMap(({ where, panel }) => [
          { where, reference: panel.datasource },
          ...panel.targets!.map(({ refId, datasource }) => ({
            where: `${where} / ${refId}`,
            reference: datasource,
          })),
        ]),
        ...dashboard.templating.list
          .filter(({ type }) => type === 'query')
          .map((variable) => ({ where: `${name} / ${variable.name}`, reference: variable.datasource })),
        ...dashboard.annotations.list.flatMap((annotation) => [
          { where: `${name} / ${annotation.name}`, reference: annotation.datasource },
          { where: `${name} / ${annotation.name}`, reference: annotation.target.datasource },
        ]),
      ];
      return all
        .filter(({ reference }) => !isOurs(reference))
        .map(({ where }) => `${where}: the data source must be the variable`);
    },
  },
  {
    name: 'variables',
    check({ name, dashboard }) {
      const defined = dashboard.templating.list.map((variable) => variable.name);
      const used = strings(dashboard).flatMap(({ path, text }) =>
        variablesIn(text).map((variable) => ({ path, variable })),
      );
      const mistakes = used
        .filter(({ variable }) => !defined.includes(variable) && !builtIn.includes(variable))
        .map(({ path, variable }) => `${name}${path}: unknown variable ${variable}`);
      for (const variable of dashboard.templating.list) {
        if (!used.some((use) => use.variable === variable.name)) {
          mistakes.push(`${name}: variable ${variable.name} is never used`);
        }
        if (!variable.label || !variable.description) {
          mistakes.push(`${name}: variable ${variable.name} must have a label and a description`);
        }
      }
      return mistakes;
    },
  },
  {
    name: 'variable-order',
    // A list of values can only depend on what was chosen before it.
    check({ name, dashboard }) {
      return dashboard.templating.list.flatMap((variable, index) => {
        const before = dashboard.templating.list.slice(0, index).map((earlier) => earlier.name);
        return strings([variable.query, variable.datasource])
          .flatMap(({ text }) => variablesIn(text))
          .filter((used) => !before.includes(used))
          .map((used) => `${name}: variable ${variable.name} must come after ${used}`);
      });
    },
  },
  {
    name: 'links',
    check({ name, dashboard }, all) {
      const mistakes = linksOf(dashboard).flatMap((url) => {
        const [, uid] = /^\/d\/([^?]+)/.exec(url) ?? [];
        if (uid === undefined) return url.startsWith('${processor}/') ? [] : [`${name}: link to ${url}`];
        const target = all.find((other) => other.dashboard.uid === uid)?.dashboard;
        if (target === undefined) return [`${name}: link to the unknown dashboard ${uid}`];
        return [...url.matchAll(/[?&]var-(\w+)=/g)]
          .filter(([, variable]) => !target.templating.list.some((known) => known.name === variable))
          .map(([, variable]) => `${name}: link sets ${variable}, which ${uid} doesn't have`);
      });
      const toOthers = dashboard.links.some(
        ({ type, tags }) => type === 'dashboards' && tags?.some((tag) => dashboard.tags.includes(tag)),
      );
      const toPage = dashboard.links.some(({ url }) => url === '${processor}/');
      if (!toOthers) mistakes.push(`${name}: no links to the other dashboards`);
      if (!toPage) mistakes.push(`${name}: no link to the processor's page`);
      if (dashboard.links.some(({ placement }) => placement !== undefined)) {
        mistakes.push(`${name}: a link is hidden in a menu`);
      }
      return mistakes;
    },
  },
  {
    name: 'uids',
    check({ name, dashboard }, all) {
      const mistakes: string[] = [];
      if (dashboard.uid !== `agent-vitals-${name}`)
        mistakes.push(`${name}: uid must be agent-vitals-${name}`);
      if (dashboard.uid.length > 40) mistakes.push(`${name}: uid must have at most 40 characters`);
      const same = (of: (file: DashboardFile) => string, mine: string) =>
        all.filter((file) => of(file) === mine).length > 1;
      if (same((file) => file.dashboard.uid, dashboard.uid)) mistakes.push(`${name}: uid is not unique`);
      if (same((file) => file.dashboard.title, dashboard.title))
        mistakes.push(`${name}: title is not unique`);
      return mistakes;
    },
  },
  {
    name: 'time',
    check: ({ name, dashboard }) =>
      /^now-\d+[hd]$/.test(dashboard.time.from) &&
      dashboard.time.to === 'now' &&
      /^(30s|[1-9]\d*m)$/.test(dashboard.refresh) &&
      dashboard.editable
        ? []
        : [`${name}: must end now, refresh at most every 30 s, and be editable`],
  },
];
