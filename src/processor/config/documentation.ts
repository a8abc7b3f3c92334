import { stringify } from 'yaml';
import { type AlertRule, alertRules } from '../../core/index.ts';
import { alertRulesPath } from './alert-keys.ts';
import { variableOf } from './environment.ts';
import { foreignVariables } from './foreign-variables.ts';
import { configKeys, type KeyDefinition } from './keys.ts';
import { type SectionNode, schemaTree } from './schema-tree.ts';
import { showDefault } from './show.ts';
import { describeType } from './value-types.ts';

const titles: Readonly<Record<string, string>> = {
  name: 'Name',
  receivers: 'Receivers',
  http: 'HTTP',
  auth: 'Tokens',
  tls: 'TLS',
  store: 'Store',
  liveness: 'Liveness',
  exhaustion: 'Exhaustion',
  health: 'Health',
  alerts: 'Alerts',
  live: 'Live push',
  export: 'Export',
  exposition: 'Exposition',
  history: 'History',
  limits: 'Limits',
  sessions: 'Sessions',
  agents: 'Declared agents',
};

const introduction = `<!-- Generated from src/processor/config/keys.ts by \`npm run generate\`: edit the table, not this page. -->
# Configuration

\`agent-vitals up --config FILE\` reads one YAML file. Every key has a default, so an empty file and no file are the
same. \`agent-vitals check-config FILE\` says everything that is wrong with a file, each with its line and column.

- An unknown key is an error that names the nearest known one. A key marked *not built yet* is refused at any value
  but its default, so that no setting is ever silently without effect.
- **Durations** have units: \`500ms\`, \`30s\`, \`2m\`, \`5h\`, \`7d\`, \`1m30s\`. **Sizes** read \`20MiB\`, \`1GiB\` (powers of
  1024), \`5MB\` (powers of 1000) or plain bytes. **Endpoints** read \`host:port\`, with IPv6 in brackets: \`[::1]:8080\`;
  port 0 takes any free one.
- Relative paths start at the working directory.
- \`\${env:NAME}\` in a value is replaced by an environment variable, \`\${env:NAME:-default}\` falls back where it is unset
  or empty; unset without a default is an error. Inside \`{ }\` and \`[ ]\` YAML wants quotes: \`{ path: "\${env:STORE}" }\`.
  \`$\${\` is a plain \`\${\`. The map \`agents[].schema\` is kept as it is.
- A variable \`${variableOf('')}…\` overrides a single key: \`${variableOf('liveness.offline_after')}=60s\`. The name is the
  key's path in upper case, with \`_\` for each dot. Lists and maps are given as YAML. A variable that begins so and names
  no key is an error (save what Kubernetes and Docker set for a Service of that name).
- Anchors and aliases may be used; merge keys (\`<<\`) may not.`;

/**
 * Renders docs/configuration.md from the table of keys.
 *
 * @returns The whole page as Markdown.
 */
export function renderConfigurationDocs(): string {
  const tree = schemaTree(configKeys);
  const sections = [...tree.children.keys()].map((name) => renderSection(name));
  const defaults = stringify(writtenDefaults(tree), { lineWidth: 0 });
  return [
    introduction,
    ...sections,
    `## Other variables\n\nThese are read too; the key's own \`${variableOf('')}…\` variable wins. One whose feature is not built yet earns a warning.\n\n${foreignTable()}`,
    `## The defaults, written out\n\n\`\`\`yaml\n${defaults}\`\`\``,
  ]
    .join('\n\n')
    .concat('\n');
}

function renderSection(name: string): string {
  const rows = Object.entries<KeyDefinition>(configKeys)
    .filter(([path]) => path.split(/[.[]/)[0] === name && !path.startsWith(`${alertRulesPath}.`))
    .map(([path, definition]) => {
      const note = definition.built ? '' : ' *Not built yet.*';
      const description = `${definition.description}${note}`;
      return `| \`${path}\` | ${defaultCell(definition)} | ${describeType(definition)} | ${description} |`;
    });
  return [
    `## ${titles[name] ?? name}`,
    '',
    '| key | default | value | what it does, when to change it |',
    '|---|---|---|---|',
    ...rows,
    ...(name === 'alerts' ? ['', alertTable()] : []),
  ].join('\n');
}

/** The keys of single alerts: as many as all others, and alike. */
function alertTable(): string {
  const rows = alertRules.map((rule) => {
    const { name } = rule;
    const definitionOf = (key: string): KeyDefinition | undefined =>
      (configKeys as Readonly<Record<string, KeyDefinition>>)[`${alertRulesPath}.${name}.${key}`];
    const shown = (key: string) => {
      const definition = definitionOf(key);
      return definition === undefined ? '' : `\`${showDefault(definition)}\``;
    };
    const cells = [thresholdCell(rule, definitionOf), severityCell(rule, shown)];
    return `| [\`${name}\`](runbook.md#${name.toLowerCase()}) | ${shown('for')} | ${shown('keep_firing_for')} | ${cells.join(' | ')} |`;
  });
  return [
    `\`${alertRulesPath}\` changes single alerts, by name: \`enabled\` (by default all are), \`for\` (how long the condition must`,
    'hold before the alert fires), `keep_firing_for` (how long it must be over before the alert is resolved), `threshold`,',
    '`severity` (`critical`, `warning` or `info`). An alert of two severities has a threshold for each. The processor and the',
    'rules for Prometheus, as `agent-vitals rules --config FILE` prints them, follow it alike. A variable sets one of these',
    `keys too: \`${variableOf(`${alertRulesPath}.AgentStalled.for`)}=5m\`.`,
    '',
    '```yaml',
    'alerts:',
    '  rules:',
    '    AgentLate: { enabled: false }',
    '    AgentStalled: { for: 5m, severity: critical }',
    '    QueueDeep: { threshold: { warning: 50, critical: 500 } }',
    '    IntegrationSlow: { threshold: 10s }',
    '```',
    '',
    '| alert | `for` | `keep_firing_for` | `threshold` | `severity` |',
    '|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}

function thresholdCell(
  { levels, unit }: AlertRule,
  definitionOf: (key: string) => KeyDefinition | undefined,
): string {
  const said = (key: string, title: string) => {
    const definition = definitionOf(key);
    return definition === undefined
      ? []
      : [`${title}\`${showDefault(definition)}\` (${describeType(definition)})`];
  };
  if (unit === 'state') return '';
  if (levels.length === 1) return said('threshold', '').join();
  return levels.flatMap(({ severity }) => said(`threshold.${severity}`, `${severity} `)).join(', ');
}

function severityCell({ levels }: AlertRule, shown: (key: string) => string): string {
  const fixed = levels.map(({ severity }) => severity).join(', ');
  return shown('severity') || `${fixed}, fixed`;
}

function defaultCell(definition: KeyDefinition): string {
  if (definition.required === true) return 'required';
  if (definition.default === undefined) return '';
  const shown = showDefault(definition);
  return shown === 'empty' ? 'empty' : `\`${shown}\``;
}

function foreignTable(): string {
  const rows = foreignVariables.map(
    ({ name, definition }) => `| \`${name}\` | \`${definition.default}\` | ${definition.description} |`,
  );
  return ['| variable | default | what it does |', '|---|---|---|', ...rows].join('\n');
}

function writtenDefaults(node: SectionNode): Record<string, unknown> {
  const written: Record<string, unknown> = {};
  for (const [name, child] of node.children) {
    if (child.path === alertRulesPath) written[name] = {};
    else written[name] = child.kind === 'section' ? writtenDefaults(child) : child.definition.default;
  }
  return written;
}
