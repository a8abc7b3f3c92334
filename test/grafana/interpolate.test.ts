import { describe, expect, it } from 'vitest';
import type { Variable } from '../support/grafana/dashboards.ts';
import { type Choices, interpolate } from '../support/grafana/interpolate.ts';

// What the other tests ask must be what Grafana's data source would ask.

const variables: readonly Variable[] = [
  { type: 'query', name: 'agent' },
  { type: 'query', name: 'type', multi: true, includeAll: true, allValue: '.*' },
  { type: 'query', name: 'worst', multi: true, includeAll: true },
];
const time = { rangeSeconds: 3600, stepSeconds: 20, scrapeSeconds: 15 };
const put = (expr: string, choices: Choices = {}) => interpolate(expr, variables, choices, time);

describe('interpolate', () => {
  it.each([
    ['one value, as it is', '{a="$agent"}', { agent: 'a.b (c)' }, '{a="a.b (c)"}'],
    ['a backslash, for the string', '{a="${agent}"}', { agent: 'a\\b' }, '{a="a\\\\b"}'],
    ['one of several, as a regular expression', '{a=~"$type"}', { type: ['a.b'] }, '{a=~"a\\\\.b"}'],
    ['several', '{a=~"$type"}', { type: ['a|b', 'c'] }, '{a=~"(a\\\\|b|c)"}'],
    ['all of them', '{a=~"$type"}', { type: ['$__all'] }, '{a=~".*"}'],
    ['the range', 'increase(a[$__range])', {}, 'increase(a[3600s])'],
    ['the step', 'a[$__interval]', {}, 'a[20s]'],
    ['four scrapes, where the step is shorter', 'rate(a[$__rate_interval])', {}, 'rate(a[60s])'],
  ] as const)('puts %s', (_, expr, choices, expected) => {
    expect(put(expr, choices)).toBe(expected);
  });

  it('looks back a step and a scrape, where that is longer than four scrapes', () => {
    expect(interpolate('$__rate_interval', [], {}, { ...time, stepSeconds: 120 })).toBe('135s');
  });

  it('leaves no variable without a value', () => {
    expect(() => put('{a="$agent"}')).toThrow('Cannot interpolate $agent as it must have a value');
    expect(() => put('{a="$agnet"}', { agnet: 'a' })).toThrow('Cannot interpolate $agnet');
    expect(() => put('{a=~"$worst"}', { worst: ['$__all'] })).toThrow('must have an allValue');
  });
});
