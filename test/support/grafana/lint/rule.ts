import type { DashboardFile } from '../dashboards.ts';

/** A rule in the spirit of Grafana's dashboard-linter: what is wrong with a dashboard, a line each. */
export interface LintRule {
  readonly name: string;
  check(file: DashboardFile, all: readonly DashboardFile[]): string[];
}

/** The panels that show data, each with its name for a message. */
export function dataPanels({ name, dashboard }: DashboardFile) {
  return dashboard.panels
    .filter(({ type }) => type !== 'row' && type !== 'text')
    .map((panel) => ({ where: `${name} / ${panel.title}`, panel }));
}
