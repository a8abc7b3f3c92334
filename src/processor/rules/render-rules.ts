import { stringify } from 'yaml';
import {
  type AlertLevel,
  type AlertScope,
  type AlertSettings,
  annotationOf,
  type RuleSettings,
  runbookUrlOf,
  subjectTemplate,
} from '../../core/index.ts';
import { formatDurationMs } from '../config/duration.ts';
import { recordingRules } from './recording-rules.ts';

/** Those that silence others come first: they stand when the others fire. */
const order: readonly AlertScope[] = [
  'processor',
  'pipeline',
  'account',
  'system',
  'integration',
  'session',
  'agent',
];

/** A rule as a rule file has it. */
interface FileRule {
  readonly alert?: string;
  readonly record?: string;
  readonly expr: string;
  readonly for?: string;
  readonly keep_firing_for?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/**
 * Renders the rules for Prometheus (2.42 and newer): what dashboards of large fleets read, and every alert with the same
 * numbers as the processor.
 *
 * @param settings - How alerts are judged; those that are disabled are left out.
 * @param introduction - Lines at the head of the file, without `# `.
 * @returns The whole file as YAML.
 * @example
 * ```ts
 * process.stdout.write(renderRules(alertSettingsOf({}), ['By hand.']));
 * ```
 */
export function renderRules(settings: AlertSettings, introduction: readonly string[]): string {
  const groups = [
    {
      name: 'agent-vitals-recording',
      rules: recordingRules.map(({ record, expr }): FileRule => ({ record, expr })),
    },
    { name: 'agent-vitals-alerts', rules: alertsOf(settings) },
  ];
  const head = introduction.map((line) => `# ${line}`.trimEnd()).join('\n');
  return `${head}\n\n${stringify({ groups }, { lineWidth: 0, blockQuote: 'literal', singleQuote: true })}`;
}

function alertsOf(settings: AlertSettings): FileRule[] {
  return [...settings.rules.values()]
    .filter(({ enabled }) => enabled)
    .sort((one, other) => order.indexOf(one.rule.scope) - order.indexOf(other.rule.scope))
    .flatMap((rule) => rule.levels.map((level) => alertOf(rule, level, settings)));
}

function alertOf(
  { rule, forMs, keepFiringForMs }: RuleSettings,
  level: AlertLevel,
  settings: AlertSettings,
): FileRule {
  const { name, scope, words } = rule;
  return {
    alert: name,
    expr: rule.promql(level.threshold === null ? '' : String(level.threshold)),
    ...(forMs > 0 ? { for: formatDurationMs(forMs) } : {}),
    ...(keepFiringForMs > 0 ? { keep_firing_for: formatDurationMs(keepFiringForMs) } : {}),
    labels: { severity: level.severity, scope, subject: subjectTemplate(rule) },
    annotations: {
      summary: annotationOf(words.summary, rule, level),
      description: annotationOf(words.description, rule, level),
      runbook_url: runbookUrlOf(name, settings),
    },
  };
}
