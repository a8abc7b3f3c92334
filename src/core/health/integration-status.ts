import type { IntegrationStatus } from '@agent-vitals/contract';

/** How the connection to something outside is, as far as requests tell. */
export type ConnectionStatus = 'connected' | 'degraded' | 'disconnected' | 'unknown';

/** What is known of an integration's requests over the health window. */
export interface IntegrationInputs {
  /** Share of requests that failed; null without requests. */
  readonly errorRatio: number | null;
  /** Null without requests. */
  readonly meanDurationMs: number | null;
  /** Failures since the last success. */
  readonly failuresRunning: number;
  /** A mean above this is slow. */
  readonly slowAboveMs: number;
}

const errorAbove = 0.5;
const degradedAbove = 0.05;
const failuresRunningForError = 3;

/** A mean above this is slow, unless an integration has its own threshold. */
export const defaultSlowAboveMs = 2_000;
/** Model calls take longer by nature. */
export const modelSlowAboveMs = 30_000;

/**
 * Judges an integration: `error` above 50 % errors or three failures running; `degraded` above 5 % or a mean above its
 * threshold; else `healthy`.
 *
 * @param inputs - What is known of its requests.
 * @returns Its status.
 * @example
 * ```ts
 * integrationStatus({ errorRatio: 0.1, meanDurationMs: 80, failuresRunning: 0, slowAboveMs: 2_000 }); // 'degraded'
 * ```
 */
export function integrationStatus(inputs: IntegrationInputs): IntegrationStatus {
  const { errorRatio, meanDurationMs, failuresRunning, slowAboveMs } = inputs;
  if ((errorRatio ?? 0) > errorAbove || failuresRunning >= failuresRunningForError) return 'error';
  if ((errorRatio ?? 0) > degradedAbove || (meanDurationMs ?? 0) > slowAboveMs) return 'degraded';
  return 'healthy';
}

/** What an integration's status says of the connection to it; nothing was asked of it lately: `unknown`. */
export function connectionStatus(status: IntegrationStatus, hasRequests: boolean): ConnectionStatus {
  if (status === 'error') return 'disconnected';
  if (!hasRequests) return 'unknown';
  return status === 'degraded' ? 'degraded' : 'connected';
}

/** The score of a status: healthy 1, degraded 0.5, error 0. */
export const integrationScores: Readonly<Record<IntegrationStatus, number>> = {
  healthy: 1,
  degraded: 0.5,
  error: 0,
};
