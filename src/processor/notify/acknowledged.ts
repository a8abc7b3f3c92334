import type { Alert } from '../../core/index.ts';

/** Whether somebody has taken it in hand. */
export function isAcknowledged({ acknowledgement }: Alert, nowMs: number): boolean {
  return acknowledgement !== null && acknowledgement.untilMs > nowMs;
}
