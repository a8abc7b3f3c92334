import { parse, stringify } from 'yaml';

/**
 * Makes the Prometheus Operator's PrometheusRule of a rule file: its groups as they are, below a head.
 *
 * @param rules the text of a rule file
 *
 * @example
 * renderPrometheusRule('groups: [{ name: a, rules: [{ record: b, expr: c }] }]');
 */
export function renderPrometheusRule(rules: string): string {
  const { groups } = parse(rules) as { groups: unknown };
  const manifest = {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: { name: 'agent-vitals', labels: { 'app.kubernetes.io/name': 'agent-vitals' } },
    spec: { groups },
  };
  const head = [
    '# Generated from rules/agent-vitals.rules.yml by `npm run generate`. For the Prometheus Operator, whose Prometheus must',
    '# select these labels (ruleSelector) and this namespace.',
  ];
  // Expressions keep their lines: a folded one can't be compared with the rule file.
  return `${head.join('\n')}\n${stringify(manifest, { lineWidth: 0 })}`;
}
