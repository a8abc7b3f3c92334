import { alertSettingsOf } from '../../src/core/index.ts';
import { renderRules } from '../../src/processor/rules/render-rules.ts';

/**
 * Renders rules/agent-vitals.rules.yml from the table of alerts and that of recording rules.
 *
 * @returns The whole file.
 */
export function renderRuleFile(): string {
  return renderRules(alertSettingsOf({}), [
    'Rules of Agent Vitals for Prometheus 2.42 and newer: rule_files: [rules/agent-vitals.rules.yml]',
    'Generated from src/core/alerts and src/processor/rules by `npm run generate`: edit the tables, not this file.',
    'With thresholds of your own: agent-vitals rules --config FILE, which prints it with what `alerts.rules` says.',
    "These rules and the processor's own notifications tell of the same alerts: use one of both paths.",
  ]);
}
