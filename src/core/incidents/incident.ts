import type { IncidentKind } from '@agent-vitals/contract';

/**
 * Something that befell several agents for one reason. Times are milliseconds on the caller's time line. A fresh object
 * at each change.
 */
export interface Incident {
  /** Made of kind, subject and beginning; safe in a URL. */
  readonly id: string;
  readonly kind: IncidentKind;
  /** The account, the pipeline or the session. */
  readonly subject: string;
  /** In words. */
  readonly summary: string;
  /** Ids of those who were ever part of it, the first ones first; of many, not all. */
  readonly members: readonly string[];
  /** The most that were part of it at once, or those listed where they are more. */
  readonly memberCount: number;
  readonly startedAtMs: number;
  /** Null while it goes on. */
  readonly endedAtMs: number | null;
  /** When the last one is expected back; null where nobody knows. */
  readonly recoveryAtMs: number | null;
}

/** What is said of an incident while it goes on. */
export interface IncidentFacts {
  /** Since when; counts when it begins. */
  readonly sinceMs: number;
  /** Agents that are part of it now. */
  readonly count: number;
  /** Null is not known. */
  readonly recoveryAtMs: number | null;
}

const summaries: Readonly<Record<IncidentKind, (subject: string, count: number) => string>> = {
  account_exhausted: (subject, count) => `${agents(count)} exhausted on ${subject}`,
  telemetry_gap: (subject, count) => `No telemetry by ${subject}: ${agents(count)} unknown`,
  session_critical: (subject, count) => `Session ${subject} is critical: ${agents(count)} with issues`,
};

/** Says an incident in a line. */
export function summaryOf(kind: IncidentKind, subject: string, count: number): string {
  return summaries[kind](subject, count);
}

function agents(count: number): string {
  return count === 1 ? '1 agent' : `${count} agents`;
}
