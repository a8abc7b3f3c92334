import { dashboards, renderDashboard } from '../../grafana/dashboards/index.ts';
import { renderConfigurationDocs } from '../../src/processor/config/index.ts';
import { renderConventions } from './conventions.ts';
import { renderAlertmanager } from './inhibitions.ts';
import { renderPrometheusRule } from './prometheus-rule.ts';
import { ruleTestFiles } from './rule-tests/rule-tests.ts';
import { renderRuleFile } from './rules.ts';
import { renderRunbook } from './runbook.ts';

/** A file of the repository that is made from the sources, and committed. */
export interface GeneratedFile {
  /** From the repository's folder. */
  readonly path: string;
  /** Gives the whole file; the same sources always give the same text. */
  render(): string;
}

/** Every generated file; a further one is a further line. */
export const generatedFiles: readonly GeneratedFile[] = [
  { path: 'docs/conventions.md', render: renderConventions },
  { path: 'docs/configuration.md', render: renderConfigurationDocs },
  { path: 'docs/runbook.md', render: renderRunbook },
  { path: 'rules/agent-vitals.rules.yml', render: renderRuleFile },
  ...ruleTestFiles,
  { path: 'alertmanager.yml', render: renderAlertmanager },
  { path: 'deploy/kubernetes/prometheus-rule.yaml', render: () => renderPrometheusRule(renderRuleFile()) },
  ...Object.entries(dashboards).map(([name, dashboard]) => ({
    path: `grafana/dashboards/${name}.json`,
    render: () => renderDashboard(dashboard),
  })),
];
