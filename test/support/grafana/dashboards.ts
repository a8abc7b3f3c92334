import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

// The committed dashboards, as Grafana reads them: plain JSON, of which only these parts are looked at by name.

export interface DatasourceReference {
  readonly type: string;
  readonly uid: string;
}

export interface Target {
  refId: string;
  expr: string;
  datasource: DatasourceReference;
  legendFormat?: string;
  format?: string;
  instant?: boolean;
  range?: boolean;
}

export interface FieldProperty {
  id: string;
  value: unknown;
}

export interface Panel {
  id: number;
  type: string;
  title: string;
  description?: string;
  datasource?: DatasourceReference;
  gridPos: { x: number; y: number; w: number; h: number };
  targets?: Target[];
  transformations?: { id: string; options: Record<string, unknown> }[];
  fieldConfig?: {
    defaults: {
      unit?: string;
      noValue?: string;
      thresholds?: { mode: string; steps: { value: number | null; color: string }[] };
      [key: string]: unknown;
    };
    overrides: { matcher: { id: string; options: unknown }; properties: FieldProperty[] }[];
  };
}

export interface Variable {
  type: string;
  name: string;
  label?: string;
  description?: string;
  query?: string | { query: string };
  datasource?: DatasourceReference;
  /** 2 hides it. */
  hide?: number;
  multi?: boolean;
  includeAll?: boolean;
  allValue?: string;
  regex?: string;
  current?: { value: string | string[] };
}

export interface Annotation {
  name: string;
  datasource: DatasourceReference;
  titleFormat?: string;
  target: Target;
}

export interface Link {
  title: string;
  type?: string;
  url?: string;
  tags?: string[];
  /** Without it, at the head. */
  placement?: string;
}

export interface Dashboard {
  uid: string;
  title: string;
  description: string;
  tags: string[];
  editable: boolean;
  refresh: string;
  time: { from: string; to: string };
  panels: Panel[];
  templating: { list: Variable[] };
  annotations: { list: Annotation[] };
  links: Link[];
}

/** A dashboard with the name of its file, without `.json`. */
export interface DashboardFile {
  readonly name: string;
  readonly dashboard: Dashboard;
}

const folder = fileURLToPath(new URL('../../../grafana/dashboards/', import.meta.url));

/** Every committed dashboard, read anew at each call. */
export function readDashboards(): DashboardFile[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .map((file) => ({
      name: basename(file, '.json'),
      dashboard: JSON.parse(readFileSync(join(folder, file), 'utf8')) as Dashboard,
    }));
}

/** A query of a dashboard, wherever it stands. */
export interface DashboardQuery {
  /** Such as `fleet / Agents by status / A`. */
  readonly where: string;
  readonly of: 'panel' | 'annotation' | 'variable';
  readonly kind: 'instant' | 'range' | 'label values' | 'query result';
  /** With Grafana's variables; of a variable, the series whose labels are asked for. */
  readonly expr: string;
  /** Only of a variable: the label whose values are asked for. */
  readonly label?: string;
}

/** Every query of a dashboard: of panels, annotations and variables. */
export function queriesOf({ name, dashboard }: DashboardFile): DashboardQuery[] {
  const panels = dashboard.panels.flatMap((panel) =>
    (panel.targets ?? []).map(
      (target): DashboardQuery => ({
        where: `${name} / ${panel.title} / ${target.refId}`,
        of: 'panel',
        kind: target.instant ? 'instant' : 'range',
        expr: target.expr,
      }),
    ),
  );
  const annotations = dashboard.annotations.list.map(
    (annotation): DashboardQuery => ({
      where: `${name} / annotation ${annotation.name}`,
      of: 'annotation',
      kind: 'range',
      expr: annotation.target.expr,
    }),
  );
  const variables = dashboard.templating.list
    .filter(({ type }) => type === 'query')
    .map((variable): DashboardQuery => {
      const query = typeof variable.query === 'string' ? variable.query : variable.query!.query;
      const [, result] = /^query_result\(([\s\S]+)\)$/.exec(query) ?? [];
      if (result !== undefined) {
        return {
          where: `${name} / variable ${variable.name}`,
          of: 'variable',
          kind: 'query result',
          expr: result,
        };
      }
      const [, expr, label] = /^label_values\(([\s\S]+), (\w+)\)$/.exec(query) ?? [];
      if (expr === undefined || label === undefined) {
        throw new Error(
          `Cannot read variable ${variable.name} as its query must be label_values or query_result: current value is ${query}`,
        );
      }
      return {
        where: `${name} / variable ${variable.name}`,
        of: 'variable',
        kind: 'label values',
        expr,
        label,
      };
    });
  return [...panels, ...annotations, ...variables];
}
