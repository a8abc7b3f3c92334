import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';

/** The data source that the variable of the same name has chosen. */
export const datasource = { type: 'prometheus', uid: '${datasource}' } as const;

/** A query that becomes a line for each series. */
export function overTime(expr: string, legend: string): DataqueryBuilder {
  return new DataqueryBuilder().datasource(datasource).expr(expr).legendFormat(legend).range();
}

/** A query for now, one number for each series. */
export function now(expr: string, legend = '__auto'): DataqueryBuilder {
  return new DataqueryBuilder().datasource(datasource).expr(expr).legendFormat(legend).instant();
}

/** A query for now, one row for each series, a column for each label. */
export function rows(expr: string): DataqueryBuilder {
  return now(expr).format(PromQueryFormat.Table);
}

/** The first query of a panel is A, the second B. */
export const refIdOf = (index: number) => String.fromCharCode(65 + index);
