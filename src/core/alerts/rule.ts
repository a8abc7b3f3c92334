import type { AlertSeverity } from '@agent-vitals/contract';
import type { AlertScope } from './alert.ts';
import type { FactsOf } from './facts.ts';

/** Every alert there is. */
export const alertNames = [
  'AgentOffline',
  'AgentLate',
  'AgentExhausted',
  'AgentStalled',
  'AgentFlapping',
  'AgentConflict',
  'AgentErrorRateHigh',
  'AgentConfidenceLow',
  'AgentFailuresRecent',
  'AgentUnhealthy',
  'QueueDeep',
  'AccountExhausted',
  'SessionDegraded',
  'SessionCritical',
  'IntegrationDown',
  'IntegrationSlow',
  'SystemCpuHigh',
  'SystemMemoryHigh',
  'TelemetryGap',
  'NotificationsFailing',
  'ProcessorDown',
  'Watchdog',
] as const;
export type AlertName = (typeof alertNames)[number];

/** One severity at which a rule alerts. */
export interface AlertLevel {
  /** `none`: it is not about anything that is wrong. */
  readonly severity: AlertSeverity | 'none';
  /** What the value is compared with, in the rule's unit; null where the rule knows no more than whether it holds. */
  readonly threshold: number | null;
}

/** How a value stands to the threshold when the alert's condition holds; `==` where there is no threshold. */
export type Comparison = '>' | '>=' | '<' | '==';

/** What thresholds and values are; `state` is 1 where the condition holds. */
export type AlertUnit = 'state' | 'ratio' | 'count' | 'seconds';

/**
 * What a rule says of a subject: what was measured, in the rule's unit; null where the condition doesn't hold whatever
 * the threshold is; undefined where it can't be told at present, so that the alert stays as it is.
 */
export type Measured = number | null | undefined;

/** The words of an alert. `{value}`, `{threshold}`, `{subject}` and `{vitals_…}` (a label) are filled in. */
export interface AlertWords {
  /** One line, as the list of alerts shows it: what is wrong with whom, and how much. */
  readonly message: string;
  /** One line without figures: the title of a notification. */
  readonly summary: string;
  readonly description: string;
}

/** What the runbook says of an alert, as Markdown. */
export interface AlertRunbook {
  readonly meaning: string;
  readonly impact: string;
  /** What to look at, one point each. */
  readonly diagnosis: readonly string[];
  /** What to do, one point each. */
  readonly mitigation: readonly string[];
}

/** A row of the table of alerts: all that is to say about one of them. */
export interface AlertRule<Scope extends AlertScope = AlertScope> {
  readonly name: AlertName;
  readonly scope: Scope;
  /** The most severe last. */
  readonly levels: readonly [AlertLevel, ...AlertLevel[]];
  readonly comparison: Comparison;
  readonly unit: AlertUnit;
  /** So long must the condition hold before the alert fires. */
  readonly forMs: number;
  /** So long must the condition be over before the alert is resolved. */
  readonly keepFiringForMs: number;
  /** The attribute that names the subject; null where there is but one, which is named as its scope. */
  readonly subject: string | null;
  /** The attributes that are the alert's labels, the subject's among them. */
  readonly labels: readonly string[];
  /** What the processor measures; null for what is PromQL alone. */
  readonly measure: ((facts: FactsOf[Scope]) => Measured) | null;
  /**
   * The same as PromQL: gives a series for each subject of which the condition holds.
   *
   * @param threshold - As a PromQL number; empty where the level has none.
   */
  readonly promql: (threshold: string) => string;
  readonly words: AlertWords;
  readonly runbook: AlertRunbook;
}
