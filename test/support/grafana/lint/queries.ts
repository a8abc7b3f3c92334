import { knownSeries, ownByName, unknownIn } from '../contract.ts';
import { type DashboardFile, queriesOf } from '../dashboards.ts';
import { readPromql } from '../promql.ts';
import type { LintRule } from './rule.ts';

// What is asked of Prometheus.

/** Durations that nobody writes, so that they are known again behind the variable. */
const durations: Readonly<Record<string, string>> = {
  __rate_interval: '4321s',
  __range: '8765s',
};

/** A query that the grammar can read. */
function readable(expr: string): string {
  return expr.replace(/\$\{?(\w+)\}?/g, (_, name: string) => durations[name] ?? 'chosen');
}

function parts(file: DashboardFile) {
  return queriesOf(file).map((query) => ({ ...query, ...readPromql(readable(query.expr)) }));
}

/** Functions that make something of a counter that means something. */
const ofCounters = ['rate', 'increase', 'irate', 'resets'];
/** What Prometheus 2.42 has, of what newer ones have too. */
const functions = [
  'rate',
  'increase',
  'resets',
  'changes',
  'min_over_time',
  'histogram_quantile',
  'clamp_max',
  'time',
  'vector',
];

const known = knownSeries();

export const queryRules: readonly LintRule[] = [
  {
    name: 'promql',
    check: (file) =>
      parts(file).flatMap(({ where, errors, functions: used }) => [
        ...errors.map((error) => `${where}: not PromQL ${error}`),
        ...used
          .filter((name) => !functions.includes(name))
          .map((name) => `${where}: function ${name} is not on the list of those that Prometheus 2.42 has`),
      ]),
  },
  {
    name: 'contract',
    check: (file) =>
      parts(file).flatMap(({ where, expr, label, selectors }) => {
        const mistakes = unknownIn(readable(expr), known).map((unknown) => `${where}: unknown ${unknown}`);
        if (label !== undefined && known.get(selectors[0]!.name)?.labels.has(label) === false) {
          mistakes.push(`${where}: unknown label ${label} of ${selectors[0]!.name}`);
        }
        return mistakes;
      }),
  },
  {
    name: 'rate-interval',
    check: (file) =>
      parts(file).flatMap(({ where, kind, selectors }) =>
        selectors
          .filter(({ range }) => range !== undefined)
          .filter(({ range }) =>
            kind === 'instant'
              ? range !== durations.__range && range !== durations.__rate_interval
              : range !== durations.__rate_interval,
          )
          .map(({ name }) => `${where}: the range of ${name} must be $__rate_interval`),
      ),
  },
  {
    name: 'counters',
    check: (file) =>
      parts(file)
        .filter(({ of }) => of !== 'variable')
        .flatMap(({ where, selectors }) =>
          selectors
            .filter(({ name }) => known.get(name)?.isCounter)
            .filter(({ around }) => !ofCounters.includes(around[0] ?? ''))
            .map(({ name }) => `${where}: counter ${name} must be under rate`),
        ),
  },
  {
    name: 'job-instance',
    check: (file) =>
      queriesOf(file).flatMap(({ where, expr }) =>
        [...expr.matchAll(/\b(job|instance)\s*(=~|!~|!=|=)\s*"([^"]*)"/g)]
          .filter(([, , , value]) => !value!.startsWith('$'))
          .map(([, label]) => `${where}: ${label} must not be written down`),
      ),
  },
  {
    name: 'multi-value',
    // A variable of several values is a regular expression, and takes the matcher of one.
    check: (file) =>
      queriesOf(file).flatMap(({ where, expr }) =>
        file.dashboard.templating.list
          .filter(({ multi, name }) => multi && new RegExp(`[^~]"\\$\\{?${name}\\b`).test(expr))
          .map(({ name }) => `${where}: $${name} must be matched by =~`),
      ),
  },
  {
    name: 'fleet-wide',
    // What looks at the whole fleet over time reads aggregates only: 100,000 agents are too many series.
    check: (file) =>
      ['agent', 'session'].includes(file.name)
        ? []
        : parts(file)
            .filter(({ kind }) => kind === 'range')
            .flatMap(({ where, selectors }) =>
              selectors
                .filter(({ name }) => known.get(name)?.isPerAgent && !ownByName.has(name))
                .map(({ name }) => `${where}: ${name} over time is a series for each agent`),
            ),
  },
];
