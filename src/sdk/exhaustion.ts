/**
 * Tells from an error or a response whether an agent is out of quota, why, and when it is back. Pure: no
 * clock, no timers, no I/O; and whatever is passed, nothing throws.
 */
import type { ExhaustedReason, RecoverySource } from '@agent-vitals/contract';
import { classifyRefusal } from './exhaustion/classify.ts';
import {
  errorsWithin,
  type RequestFailure,
  requestFailureOf,
  responseFailureOf,
} from './exhaustion/error-shapes.ts';
import { recoveryOf } from './exhaustion/recovery.ts';

/** A wait shorter than this, in milliseconds, is a retry and no exhaustion. */
export const defaultRetryThresholdMs = 60_000;

/** A recovery farther away than this, in milliseconds, is not believed: the longest quota is by the month. */
export const defaultMaxRecoveryMs = 32 * 86_400_000;

export interface ExhaustionOptions {
  /** Epoch milliseconds; waits count from here. */
  nowMs: number;
  /** Milliseconds; a wait shorter than this is a retry, default {@link defaultRetryThresholdMs}. */
  retryThresholdMs?: number | undefined;
  /** Milliseconds from now; what is farther is rejected, default {@link defaultMaxRecoveryMs}. */
  maxRecoveryMs?: number | undefined;
}

export interface ResponseOptions extends ExhaustionOptions {
  /**
   * The response's body, parsed or as text, if you have read it. Without it a rate limit (429) can't be told
   * from an empty account that is answered with 429 too, as OpenAI does.
   */
  body?: unknown;
}

/** A response of `fetch`, or anything with its status and headers. */
export interface ResponseLike {
  readonly status?: number | undefined;
  readonly statusCode?: number | undefined;
  readonly headers?: unknown;
}

export type ExhaustionVerdict =
  /** Not a matter of quota: an abort, a network error, a bad request, a server's failure, a success. */
  | { kind: 'none' }
  /** Try again after `waitMs` milliseconds; null where nobody said how long (the provider is overloaded). */
  | { kind: 'retry'; waitMs: number | null }
  /** Out of quota or of money. */
  | {
      kind: 'exhausted';
      reason: ExhaustedReason;
      /** Epoch milliseconds; null if unknown, and then the source is `default`: whoever guesses may do so. */
      recoveryAtMs: number | null;
      /** `header`: a response header said so; `reported`: the provider's answer said so in its body. */
      recoverySource: RecoverySource;
      /** Whose quota it is, as far as the answer tells: `openai/<organization>`, `anthropic/<id>`, `google`. */
      scope?: string;
      /** Why a recovery time that was said is not used. */
      rejected?: string;
    };

const none: ExhaustionVerdict = Object.freeze({ kind: 'none' });

/**
 * Judges an error that a model call or any other request threw.
 *
 * Understands what openai, @anthropic-ai/sdk, Vercel's AI SDK, axios, got, undici and Google's clients throw,
 * plain objects of these shapes, and errors inside of errors (`cause`, `errors`, `lastError`); the first of
 * them that says something decides, see `errorsWithin`.
 *
 * A 429 without any time is exhaustion with an unknown recovery: the clients retry by themselves before they
 * throw. An overloaded provider (529, `overloaded_error`) is a retry, unless it says a wait as long as the
 * threshold; then nothing else is left to the agent than to wait.
 *
 * @param error anything that was thrown
 * @param options the time and the thresholds, in milliseconds
 * @returns the verdict; never throws
 * @example
 * ```ts
 * const error = { status: 429, headers: { 'retry-after': '120' } };
 * const verdict = exhaustionOfError(error, { nowMs: 0 });
 * console.log(JSON.stringify(verdict)); // {"kind":"exhausted","reason":"rate_limit","recoveryAtMs":120000,"recoverySource":"header"}
 * ```
 */
export function exhaustionOfError(error: unknown, options: ExhaustionOptions): ExhaustionVerdict {
  try {
    for (const inner of errorsWithin(error)) {
      const verdict = verdictOf(requestFailureOf(inner), options);
      if (verdict.kind !== 'none') return verdict;
    }
  } catch {
    // Reading is guarded already; a proxy may still find a way, and a verdict must not break the agent.
  }
  return none;
}

/**
 * Judges a response. A success is never exhaustion, even if its headers say that nothing is left: the agent
 * has its answer, and the next refusal will tell.
 *
 * @param response of `fetch`, or anything with `status` (or `statusCode`) and `headers`
 * @param options the time and the thresholds in milliseconds, and the body if it was read
 * @returns the verdict; never throws
 * @example
 * ```ts
 * const response = new Response(null, { status: 429, headers: { 'retry-after': '7' } });
 * console.log(exhaustionOfResponse(response, { nowMs: 0 })); // { kind: 'retry', waitMs: 7000 }
 * ```
 */
export function exhaustionOfResponse(response: ResponseLike, options: ResponseOptions): ExhaustionVerdict {
  try {
    return verdictOf(responseFailureOf(response, options.body), options);
  } catch {
    return none;
  }
}

function verdictOf(failure: RequestFailure, options: ExhaustionOptions): ExhaustionVerdict {
  const refusal = classifyRefusal(failure);
  if (refusal === null) return none;
  const { nowMs, retryThresholdMs = defaultRetryThresholdMs, maxRecoveryMs = defaultMaxRecoveryMs } = options;
  const passesByItself = refusal === 'rate_limit' || refusal === 'overloaded';
  const leastWaitMs = passesByItself ? null : retryThresholdMs;
  const { atMs, source, rejected } = recoveryOf(failure, refusal, { nowMs, leastWaitMs, maxRecoveryMs });

  if (atMs === null && refusal === 'overloaded') return { kind: 'retry', waitMs: null };
  if (atMs !== null && passesByItself && atMs - nowMs < retryThresholdMs) {
    return { kind: 'retry', waitMs: atMs - nowMs };
  }
  const scope = scopeOf(failure);
  return {
    kind: 'exhausted',
    reason: refusal === 'billing' ? 'billing' : 'rate_limit',
    recoveryAtMs: atMs,
    recoverySource: source,
    ...(scope === undefined ? {} : { scope }),
    ...(rejected.length === 0 ? {} : { rejected: rejected.join('; ') }),
  };
}

const maxScopeLength = 128;

/** Agents that share a scope share an incident, so an account's name goes before the provider's. */
function scopeOf({ headers, google }: RequestFailure): string | undefined {
  const providers = [
    { provider: 'openai', account: 'openai-organization' },
    { provider: 'anthropic', account: 'anthropic-organization-id' },
  ];
  for (const { provider, account } of providers) {
    const name = headers.get(account)?.trim();
    if (name && name.length <= maxScopeLength) return `${provider}/${name}`;
    if ([...headers.keys()].some((key) => key.startsWith(`${provider}-`))) return provider;
  }
  return google ? 'google' : undefined;
}
