import { alertSettingsOf, type RuleSettings } from '../../src/core/index.ts';
import { formatDurationMs } from '../../src/processor/config/duration.ts';
import { table } from './markdown.ts';

const introduction = `<!-- Generated from src/core/alerts by \`npm run generate\`: edit the table there, not this page. -->
# Runbook

What each alert means and what to do about it. The numbers are the defaults; \`alerts.rules\` in the
[configuration](configuration.md#alerts) changes them. Alerts link here: where this page is published elsewhere, say so by
\`alerts.runbook_url\`.

While a \`TelemetryGap\` fires, the \`AgentOffline\` of its agents are not sent; nor \`AgentExhausted\` beside
\`AccountExhausted\` of the same scope, \`AgentOffline\` beside \`AgentExhausted\` of the same agent, or a warning beside
something critical about the same subject. Agents that are muted or in maintenance raise no alerts, and what nobody can tell
(\`unknown\`) leaves alerts as they are.`;

/**
 * Renders docs/runbook.md from the table of alerts: a section for each, whose heading is the fragment that alerts link to.
 *
 * @returns The whole page as Markdown.
 */
export function renderRunbook(): string {
  const rules = [...alertSettingsOf({}).rules.values()];
  const overview = table(
    ['alert', 'severity', 'about'],
    rules.map(({ rule, levels }) => [
      `[${rule.name}](#${rule.name.toLowerCase()})`,
      levels.map(({ severity }) => severity).join(', '),
      rule.scope,
    ]),
  );
  return `${[introduction, overview, ...rules.map(section)].join('\n\n')}\n`;
}

function section({ rule, levels, forMs, keepFiringForMs }: RuleSettings): string {
  const { name, scope, runbook, words } = rule;
  const rows = levels.map(({ severity, threshold }) => [
    severity,
    threshold === null ? '' : `\`${rule.comparison} ${threshold}${rule.unit === 'seconds' ? 's' : ''}\``,
    `\`${formatDurationMs(forMs)}\``,
    `\`${formatDurationMs(keepFiringForMs)}\``,
    scope,
  ]);
  const points = (items: readonly string[]) => items.map((item) => `- ${item}`).join('\n');
  return [
    `## ${name}`,
    `> ${words.message.replaceAll('{subject}', '…').replaceAll('{value}', '…')}`,
    table(['severity', 'threshold', 'for', 'keep_firing_for', 'about'], rows),
    `**Meaning.** ${runbook.meaning}`,
    `**Impact.** ${runbook.impact}`,
    `**Look at**\n\n${points(runbook.diagnosis)}`,
    `**Do**\n\n${points(runbook.mitigation)}`,
  ].join('\n\n');
}
