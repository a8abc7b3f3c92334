import type { AlertSeverity } from '@agent-vitals/contract';

/** What an alert is about. */
export type AlertScope =
  | 'agent'
  | 'account'
  | 'session'
  | 'integration'
  | 'system'
  | 'pipeline'
  | 'processor';

/** Where an alert stands in its life; `resolved` is listed for a day. */
export type AlertState = 'pending' | 'firing' | 'resolved';

/** Somebody has taken an alert in hand; it clears when the alert is over. */
export interface Acknowledgement {
  readonly by: string;
  readonly atMs: number;
  /** `Infinity` until the alert is over. */
  readonly untilMs: number;
  readonly comment: string | null;
}

/**
 * What one rule says of one subject at one severity. Times are milliseconds on the caller's time line. A fresh object
 * at each change: whoever keeps one keeps what was true then.
 */
export interface Alert {
  /** Made of name, severity and subject: the same one has the same id whenever it fires. Safe in a URL. */
  readonly id: string;
  /** The rule, as the table of alerts names it. */
  readonly name: string;
  readonly severity: AlertSeverity;
  readonly scope: AlertScope;
  /** The agent, session, integration, account or pipeline, by its id; the scope's own name where there is but one. */
  readonly subject: string;
  readonly state: AlertState;
  /** The labels that the rule in Prometheus gives it, `alertname`, `severity`, `scope` and `subject` among them. */
  readonly labels: Readonly<Record<string, string>>;
  /** What was measured last, in the rule's unit; 1 where there is nothing to measure. */
  readonly value: number;
  /** Since when its condition has held. */
  readonly activeAtMs: number;
  /** Null while it is pending. */
  readonly firedAtMs: number | null;
  /** Null until it is resolved. */
  readonly resolvedAtMs: number | null;
  readonly acknowledgement: Acknowledgement | null;
}

/**
 * A change in the life of an alert, or of its acknowledgement (`from` and `to` are the same then). A resolved alert that
 * was pending again and didn't fire is listed as it was: from `pending` to `resolved`, which is nobody's news.
 */
export interface AlertChange {
  readonly alert: Alert;
  readonly from: AlertState | 'inactive';
  /** `inactive`: it was pending and its condition is over, or it is listed no more. */
  readonly to: AlertState | 'inactive';
  /** When it became true, not when somebody looked. */
  readonly at: number;
}
