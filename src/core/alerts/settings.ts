import type { AlertSeverity } from '@agent-vitals/contract';
import { type AlertLevel, type AlertName, type AlertRule, alertNames } from './rule.ts';
import { alertRules } from './rules.ts';

/** What a user says otherwise of one rule. */
export interface AlertOverride {
  readonly enabled?: boolean;
  readonly forMs?: number;
  readonly keepFiringForMs?: number;
  /** In the rule's unit; by severity where the rule has several. */
  readonly threshold?: number | Readonly<Partial<Record<AlertSeverity, number>>>;
  /** For rules of one severity. */
  readonly severity?: AlertSeverity;
}

/** A rule as it is judged. */
export interface RuleSettings {
  readonly rule: AlertRule;
  readonly enabled: boolean;
  readonly forMs: number;
  readonly keepFiringForMs: number;
  /** The most severe last. */
  readonly levels: readonly AlertLevel[];
}

/** How alerts are judged and told. */
export interface AlertSettings {
  readonly rules: ReadonlyMap<AlertName, RuleSettings>;
  /** The address of the runbook; each alert's section is a fragment of it. */
  readonly runbookUrl: string;
}

/** Where the runbook lies in the repository: what links lead to until somebody says where it is published. */
export const defaultRunbookUrl = 'docs/runbook.md';

/**
 * Lays what a user says over the table of alerts.
 *
 * @param overrides - By the alert's name; what is not said stays as the table has it.
 * @param runbookUrl - Where the runbook is published.
 * @returns All rules as they are judged.
 * @throws RangeError for a threshold that is no number, or a severity where the rule has several.
 * @example
 * ```ts
 * alertSettingsOf({ QueueDeep: { threshold: { warning: 50 } } }).rules.get('QueueDeep')?.levels[0]; // warning, 50
 * ```
 */
export function alertSettingsOf(
  overrides: Readonly<Partial<Record<AlertName, AlertOverride>>>,
  runbookUrl = defaultRunbookUrl,
): AlertSettings {
  const rules = new Map<AlertName, RuleSettings>();
  for (const name of alertNames) {
    const rule = alertRules.find((row) => row.name === name)!;
    const override = overrides[name] ?? {};
    rules.set(name, {
      rule,
      enabled: override.enabled ?? true,
      forMs: override.forMs ?? rule.forMs,
      keepFiringForMs: override.keepFiringForMs ?? rule.keepFiringForMs,
      levels: levelsOf(rule, override),
    });
  }
  return { rules, runbookUrl };
}

function levelsOf(rule: AlertRule, { severity, threshold }: AlertOverride): readonly AlertLevel[] {
  if (severity !== undefined && rule.levels.length > 1) {
    throw new RangeError(
      `Cannot use a severity for ${rule.name} as it must have those of its table: current value is ${severity}`,
    );
  }
  return rule.levels.map((level) => {
    const own = typeof threshold === 'object' ? threshold[level.severity as AlertSeverity] : threshold;
    if (own !== undefined && (level.threshold === null || !Number.isFinite(own))) {
      const mustBe = level.threshold === null ? 'absent' : 'a finite number';
      throw new RangeError(
        `Cannot use a threshold for ${rule.name} as it must be ${mustBe}: current value is ${own}`,
      );
    }
    return { severity: severity ?? level.severity, threshold: own ?? level.threshold };
  });
}
