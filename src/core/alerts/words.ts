import { prometheusLabel } from '@agent-vitals/contract';
import type { Alert } from './alert.ts';
import type { AlertLevel, AlertName, AlertRule, AlertUnit } from './rule.ts';
import type { AlertSettings } from './settings.ts';

/** An alert in words. */
export interface AlertTexts {
  readonly message: string;
  readonly summary: string;
  readonly description: string;
  /** Where the runbook tells of it. */
  readonly runbookUrl: string;
}

/**
 * Says an alert in words.
 *
 * @param alert - The alert.
 * @param settings - Its thresholds, and where the runbook is.
 * @returns The texts; an alert that no rule knows any more is named.
 * @example
 * ```ts
 * describeAlert(alert, settings).message; // 'High CPU usage: 85%'
 * ```
 */
export function describeAlert(alert: Alert, settings: AlertSettings): AlertTexts {
  const { name, subject, labels, value, severity } = alert;
  const found = settings.rules.get(name as AlertName);
  const runbookUrl = runbookUrlOf(name, settings);
  if (found === undefined) return { message: name, summary: name, description: name, runbookUrl };
  const { rule, levels } = found;
  const level = levels.find((one) => one.severity === severity) ?? levels[0]!;
  const fill = (template: string) =>
    template.replaceAll(placeholder, (whole, word: string) => {
      if (word === 'subject') return subject;
      if (word === 'value') return formatMeasure(value, rule.unit);
      if (word === 'threshold') return formatMeasure(level.threshold ?? 1, rule.unit);
      return labels[word] ?? whole;
    });
  const { message, summary, description } = rule.words;
  return { message: fill(message), summary: fill(summary), description: fill(description), runbookUrl };
}

/** `{value}` and the like. */
const placeholder = /\{(\w+)\}/g;

const goFormats: Readonly<Record<AlertUnit, string>> = {
  state: '{{ $value }}',
  ratio: '{{ $value | humanizePercentage }}',
  count: '{{ $value | printf "%.0f" }}',
  seconds: '{{ $value | humanizeDuration }}',
};

/**
 * Turns an alert's words into a template of Prometheus' annotations: both paths say the same.
 *
 * @param template - One of the rule's words.
 * @param rule - Its row.
 * @param level - The severity that it is written for.
 * @returns Text with `{{ … }}`.
 */
export function annotationOf(template: string, rule: AlertRule, level: AlertLevel): string {
  return template.replaceAll(placeholder, (_, word: string) => {
    if (word === 'subject') return subjectTemplate(rule);
    if (word === 'value') return goFormats[rule.unit];
    if (word === 'threshold') return formatMeasure(level.threshold ?? 1, rule.unit);
    return `{{ $labels.${word} }}`;
  });
}

/** The subject of a rule's alerts as a template of Prometheus; the scope's own name where there is but one. */
export function subjectTemplate({ subject, scope }: AlertRule): string {
  return subject === null ? scope : `{{ $labels.${prometheusLabel(subject)} }}`;
}

/** The runbook's section of an alert. */
export function runbookUrlOf(name: string, { runbookUrl }: Pick<AlertSettings, 'runbookUrl'>): string {
  return `${runbookUrl}#${name.toLowerCase()}`;
}

/** Writes a value as Prometheus' templates do. */
export function formatMeasure(value: number, unit: AlertUnit): string {
  switch (unit) {
    case 'ratio':
      return `${fourDigits(value * 100)}%`;
    case 'count':
      return value.toFixed(0);
    case 'seconds':
      return formatSeconds(value);
    case 'state':
      return String(value);
  }
}

/** Go's `%.4g`, for what is neither tiny nor above 9999. */
function fourDigits(value: number): string {
  return String(Number(value.toPrecision(4)));
}

/** `humanizeDuration` of Prometheus' templates, for what is not negative. */
function formatSeconds(value: number): string {
  if (value !== 0 && value < 1) return `${fourDigits(value * 1000)}ms`;
  if (value < 60) return `${fourDigits(value)}s`;
  const whole = Math.floor(value);
  const days = Math.floor(whole / 86_400);
  const hours = Math.floor(whole / 3600) % 24;
  const minutes = Math.floor(whole / 60) % 60;
  const parts = [`${days}d`, `${hours}h`, `${minutes}m`, `${whole % 60}s`];
  return parts.slice(days > 0 ? 0 : hours > 0 ? 1 : 2).join(' ');
}
