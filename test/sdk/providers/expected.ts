/** The time that all provider tests are judged at, and the verdicts they expect. */
import type { ExhaustionVerdict } from '../../../src/sdk/exhaustion.ts';
import type { ProviderAnswer } from '../../support/provider-server.ts';

export const nowMs = Date.UTC(2026, 7, 15, 12, 0, 0);

/** One documented answer and what must be understood from it. */
export interface Documented {
  name: string;
  answer: ProviderAnswer;
  verdict: ExhaustionVerdict;
}

type Exhausted = Extract<ExhaustionVerdict, { kind: 'exhausted' }>;

export function limitedFor(waitMs: number, source: 'header' | 'reported', scope?: string): Exhausted {
  const verdict: Exhausted = {
    kind: 'exhausted',
    reason: 'rate_limit',
    recoveryAtMs: nowMs + waitMs,
    recoverySource: source,
  };
  return scope === undefined ? verdict : { ...verdict, scope };
}

export function unpaid(scope?: string): Exhausted {
  const verdict: Exhausted = {
    kind: 'exhausted',
    reason: 'billing',
    recoveryAtMs: null,
    recoverySource: 'default',
  };
  return scope === undefined ? verdict : { ...verdict, scope };
}

export function rfc3339(waitMs: number): string {
  return new Date(nowMs + waitMs).toISOString().replace('.000Z', 'Z');
}
