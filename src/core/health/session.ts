import { type AgentStatus, type SessionHealth, statusPrecedence } from '@agent-vitals/contract';
import type { SessionCounts } from '../view.ts';

/** Shares of a session's members that decide, and what is warned of. */
export interface SessionSettings {
  /** More than this share failed: critical. */
  readonly criticalFailed: number;
  /** More than this share has issues: failed. */
  readonly failedIssues: number;
  /** More than this share has issues: degraded. */
  readonly degradedIssues: number;
  /** At least this share is active: healthy. */
  readonly healthyActive: number;
  /** Utilization above this is warned of, 0 to 1. */
  readonly warnUtilization: number;
  /** A score below this is warned of, 0 to 100. */
  readonly warnScore: number;
}

/** What holds where nothing else is configured. */
export const defaultSessionSettings: SessionSettings = {
  criticalFailed: 0.5,
  failedIssues: 0.75,
  degradedIssues: 0.25,
  healthyActive: 0.8,
  warnUtilization: 0.8,
  warnScore: 70,
};

/** A member's class; the classes are disjoint. `unjudged` ones are no part of the whole that shares are of. */
export type MemberClass = 'active' | 'degraded' | 'failed' | 'offline' | 'unjudged';

const classes: Readonly<Record<AgentStatus, MemberClass>> = {
  idle: 'active',
  busy: 'active',
  on_call: 'active',
  waiting: 'active',
  stalled: 'degraded',
  exhausted: 'degraded',
  error: 'failed',
  offline: 'offline',
  paused: 'unjudged',
  stopped: 'unjudged',
  unknown: 'unjudged',
};

/**
 * The class of a member. Late ones are active too (with a warning).
 *
 * @param status - Its status.
 * @param isInMaintenance - Whether the operator paused it.
 * @returns Its class.
 * @example
 * ```ts
 * memberClass('stalled', false); // 'degraded'
 * ```
 */
export function memberClass(status: AgentStatus, isInMaintenance: boolean): MemberClass {
  return isInMaintenance ? 'unjudged' : classes[status];
}

/** How many members are of each class. */
export interface MemberCounts {
  active: number;
  degraded: number;
  failed: number;
  offline: number;
  /** Members that are unknown: they make an answer partial, and alone they keep the last verdict. */
  unknown: number;
}

/**
 * Counts the members of a session by class, without a look at each.
 *
 * @param session - Its members by status, and those of them in maintenance.
 * @returns The counts.
 * @example
 * ```ts
 * sessionVerdict(memberCountsOf(fleet.session('night-shift')!), null, defaultSessionSettings);
 * ```
 */
export function memberCountsOf(session: SessionCounts): MemberCounts {
  const counts: MemberCounts = { active: 0, degraded: 0, failed: 0, offline: 0, unknown: 0 };
  for (const status of statusPrecedence) {
    const judged = session.countIn(status) - session.countInMaintenance(status);
    const memberIs = classes[status];
    if (memberIs !== 'unjudged') counts[memberIs] += judged;
    else if (status === 'unknown') counts.unknown += judged;
  }
  return counts;
}

/** Whether unknown members alone remain: nothing is known of the session now, and its last verdict stands. */
export function isUnheard({ active, degraded, failed, offline, unknown }: MemberCounts): boolean {
  return active + degraded + failed + offline === 0 && unknown > 0;
}

/** A session's verdict. */
export interface SessionVerdict {
  readonly health: SessionHealth;
  /** 0 to 100, one decimal. */
  readonly score: number;
}

/**
 * Judges a session. The score is the mean of active 100, degraded 50, failed or offline 0, over its members less
 * paused, stopped and unknown ones and those in maintenance. The health is the first that holds: `empty` with nobody
 * to judge (but unknown members alone keep the last verdict); `critical` when more than 50 % failed or all are
 * offline; `failed` when more than 75 % have issues; `degraded` when more than 25 % have; `healthy` when at least
 * 80 % are active; else `degraded`.
 *
 * @param counts - Members by class.
 * @param last - The verdict before, where there was one.
 * @param settings - The shares.
 * @returns Health and score.
 * @example
 * ```ts
 * sessionVerdict({ active: 3, degraded: 1, failed: 0, offline: 0, unknown: 0 }, null, defaultSessionSettings);
 * // { health: 'degraded', score: 87.5 }: a quarter has issues, which is not more than 25 %, but only 75 % are active
 * ```
 */
export function sessionVerdict(
  counts: MemberCounts,
  last: SessionVerdict | null,
  settings: SessionSettings,
): SessionVerdict {
  const { active, degraded, failed, offline, unknown } = counts;
  const judged = active + degraded + failed + offline;
  if (judged === 0) return unknown > 0 && last !== null ? last : { health: 'empty', score: 0 };
  const score = Math.round(((active * 100 + degraded * 50) / judged) * 10) / 10;
  const issues = degraded + failed + offline;
  const health = (): SessionHealth => {
    // Divided, not multiplied: 57 of 100 are 0.57 to the last bit, while 0.57 × 100 is less than 57.
    if (failed / judged > settings.criticalFailed || offline === judged) return 'critical';
    if (issues / judged > settings.failedIssues) return 'failed';
    if (issues / judged > settings.degradedIssues) return 'degraded';
    return active / judged >= settings.healthyActive ? 'healthy' : 'degraded';
  };
  return { health: health(), score };
}
