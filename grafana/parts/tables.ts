import type { DashboardLinkBuilder, ValueMapping } from '@grafana/grafana-foundation-sdk/dashboard';
import { FieldColorModeId, ThresholdsMode } from '@grafana/grafana-foundation-sdk/dashboard';
import type { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';
import { refIdOf } from './queries.ts';
import { type ThresholdsName, thresholds } from './values.ts';

/** One column of a table. */
export interface Column {
  /** A label, or which query's value it shows: `A` is the first query. */
  readonly of: string;
  readonly title: string;
  /** Of a value; labels are text. */
  readonly unit?: string;
  readonly thresholds?: ThresholdsName;
  readonly mappings?: ValueMapping[];
  /** Where a click leads. */
  readonly links?: DashboardLinkBuilder[];
}

/**
 * Makes of a panel's queries one table: rows of several queries that have the same labels become one, only the columns
 * named stay, in their order. Each query must aggregate by exactly the labels that are columns.
 *
 * @param sort - The title of the column that rows are sorted by, and whether the greatest comes first.
 */
export function asColumns(
  panel: TableBuilder,
  columns: readonly Column[],
  sort: { readonly by: string; readonly greatestFirst: boolean },
): TableBuilder {
  const targets = panel.build().targets ?? [];
  const isValue = (of: string) => /^[A-Z]$/.test(of);
  const field = (of: string) => (isValue(of) ? (targets.length > 1 ? `Value #${of}` : 'Value') : of);
  const unshown = targets
    .map((_, index) => refIdOf(index))
    .filter((refId) => !columns.some(({ of }) => of === refId))
    .map((refId) => [field(refId), true]);
  if (targets.length > 1) panel.withTransformation({ id: 'merge', options: {} });
  panel.withTransformation({
    id: 'organize',
    options: {
      excludeByName: { Time: true, ...Object.fromEntries(unshown) },
      indexByName: Object.fromEntries(columns.map(({ of }, index) => [field(of), index])),
      renameByName: Object.fromEntries(columns.map(({ of, title }) => [field(of), title])),
    },
  });
  panel.withTransformation({
    id: 'sortBy',
    options: { fields: {}, sort: [{ field: sort.by, desc: sort.greatestFirst }] },
  });
  for (const column of columns) panel.overrideByName(column.title, look(column));
  return panel;
}

function look(column: Column): { id: string; value: unknown }[] {
  const properties: { id: string; value: unknown }[] = [{ id: 'unit', value: column.unit ?? 'string' }];
  if (column.mappings !== undefined) properties.push({ id: 'mappings', value: column.mappings });
  if (column.thresholds !== undefined) {
    const steps = thresholds[column.thresholds];
    properties.push({ id: 'thresholds', value: { mode: ThresholdsMode.Absolute, steps } });
    properties.push({ id: 'color', value: { mode: FieldColorModeId.Thresholds } });
  }
  if (column.thresholds !== undefined || column.mappings !== undefined) {
    properties.push({ id: 'custom.cellOptions', value: { type: 'color-text' } });
  }
  if (column.links !== undefined)
    properties.push({ id: 'links', value: column.links.map((link) => link.build()) });
  return properties;
}
