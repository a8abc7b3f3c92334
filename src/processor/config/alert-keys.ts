import { type AlertSeverity, alertSeverities } from '@agent-vitals/contract';
import {
  type AlertLevel,
  type AlertName,
  type AlertRule,
  type AlertUnit,
  alertRules,
} from '../../core/index.ts';
import { formatDurationMs } from './duration.ts';
import type { KeyDefinition } from './key-definition.ts';

/** What the configuration says of one alert, every key read. */
export interface AlertRuleConfig {
  readonly enabled: boolean;
  readonly forMs: number;
  readonly keepFiringForMs: number;
  /** Absent where the alert has several. */
  readonly severity?: AlertSeverity;
  /** Absent where the alert has none, or one that is a duration. */
  readonly threshold?: number | Readonly<Partial<Record<AlertSeverity, number>>>;
  readonly thresholdMs?: number;
}

/** The section `alerts.rules`. */
export type AlertRulesConfig = Readonly<Record<AlertName, AlertRuleConfig>>;

/** The path of an alert's keys. */
export const alertRulesPath = 'alerts.rules';

const thresholdTypes: Readonly<
  Record<Exclude<AlertUnit, 'state'>, Pick<KeyDefinition, 'type' | 'min' | 'max'>>
> = {
  ratio: { type: 'number', min: 0, max: 1 },
  count: { type: 'count', min: 0 },
  seconds: { type: 'duration', min: '0s' },
};

/**
 * The keys below `alerts.rules`, by the table of alerts: its names, and what may be said of each.
 */
export const alertRuleKeys: Readonly<Record<string, KeyDefinition>> = Object.fromEntries(
  alertRules.flatMap((rule) =>
    Object.entries(keysOf(rule)).map(([key, definition]) => [
      `${alertRulesPath}.${rule.name}.${key}`,
      { ...definition, built: true },
    ]),
  ),
);

function keysOf(rule: AlertRule): Record<string, Omit<KeyDefinition, 'built'>> {
  const { name, levels, forMs, keepFiringForMs } = rule;
  const keys: Record<string, Omit<KeyDefinition, 'built'>> = {
    enabled: { type: 'flag', default: true, description: `Whether there is an alert ${name}.` },
    for: {
      type: 'duration',
      default: formatDurationMs(forMs),
      min: '0s',
      max: '7d',
      description: 'How long the condition must hold before it fires.',
    },
    keep_firing_for: {
      type: 'duration',
      default: formatDurationMs(keepFiringForMs),
      min: '0s',
      max: '7d',
      description: 'How long the condition must be over before it is resolved.',
    },
  };
  const [only] = levels;
  if (levels.length === 1 && only.severity !== 'none') {
    keys.severity = {
      type: 'choice',
      default: only.severity,
      choices: alertSeverities,
      description: 'How much it matters.',
    };
  }
  for (const level of levels) {
    const key = levels.length === 1 ? 'threshold' : `threshold.${level.severity}`;
    if (level.threshold !== null) keys[key] = thresholdKey(rule, level);
  }
  return keys;
}

function thresholdKey(
  { unit, comparison }: AlertRule,
  { threshold }: AlertLevel,
): Omit<KeyDefinition, 'built'> {
  const { type, ...bounds } = thresholdTypes[unit as Exclude<AlertUnit, 'state'>];
  // What several have in common begins with two.
  const least = comparison === '>=' ? { min: 2 } : {};
  const written = type === 'duration' ? formatDurationMs(threshold! * 1000) : threshold!;
  const side = { '>': 'above', '>=': 'at or above', '<': 'below', '==': 'at' }[comparison];
  return { type, ...bounds, ...least, default: written, description: `It fires ${side} this.` };
}
