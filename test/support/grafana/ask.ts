import type { DashboardQuery } from './dashboards.ts';
import type { TimeShown } from './interpolate.ts';

/** What Prometheus answers to a query as Grafana asks it. */
export interface Answer {
  /** Series, or values of a label. */
  readonly count: number;
  /** Whether there is a number to draw, or a value to choose. */
  readonly hasData: boolean;
  /** Labels' values, or series as texts: what a variable makes its choices of. */
  readonly values: readonly string[];
}

type Series = {
  readonly metric: Readonly<Record<string, string>>;
  readonly value?: [number, string];
  readonly values?: [number, string][];
};

/**
 * Asks a Prometheus as Grafana would: stats and tables for now, lines and annotations over time, variables for the
 * values of a label.
 *
 * @param expr the query's, interpolated
 * @throws Error with Prometheus' own words when it doesn't take it
 */
export async function askAsGrafana(
  url: string,
  query: DashboardQuery,
  expr: string,
  time: TimeShown,
): Promise<Answer> {
  const end = Math.floor(Date.now() / 1000);
  const start = end - time.rangeSeconds;
  if (query.kind === 'label values') {
    const range = { 'match[]': expr, start: `${start}`, end: `${end}` };
    const values = await get<string[]>(url, `label/${query.label}/values`, range);
    return { count: values.length, hasData: values.length > 0, values };
  }
  const { result } =
    query.kind !== 'range'
      ? await get<{ result: Series[] }>(url, 'query', { query: expr, time: `${end}` })
      : await get<{ result: Series[] }>(url, 'query_range', {
          query: expr,
          start: `${start}`,
          end: `${end}`,
          step: `${time.stepSeconds}`,
        });
  const numbers = result.flatMap(({ value, values = [] }) => [...values, ...(value ? [value] : [])]);
  const hasData = numbers.some(([, text]) => Number.isFinite(Number(text)));
  // As Grafana writes them, for the regular expression of a variable.
  const values = result.map(({ metric, value = [] }) => {
    const labels = Object.entries(metric).map(([name, text]) => `${name}="${text}"`);
    return `{${labels.join(',')}} ${value[1]} ${Number(value[0]) * 1000}`;
  });
  return { count: result.length, hasData, values };
}

async function get<Data>(url: string, path: string, parameters: Record<string, string>): Promise<Data> {
  const response = await fetch(`${url}/api/v1/${path}?${new URLSearchParams(parameters)}`);
  const answer = (await response.json()) as { status: string; error?: string; data: Data };
  if (answer.status !== 'success') throw new Error(`${answer.error}: ${parameters.query ?? path}`);
  return answer.data;
}
