/**
 * What kind of refusal an answer is, by its codes first and its HTTP status after: a status alone can't tell
 * a rate limit from an empty account (both are 429 at OpenAI and, for the spend cap, at Anthropic).
 */
import type { ResponseHeaders } from './response-headers.ts';

/**
 * - `billing`: someone must pay or raise a limit, waiting some seconds doesn't help
 * - `daily`: a quota that is not back within minutes, whatever short delay is named beside it
 * - `rate_limit`: it passes by itself
 * - `overloaded`: the provider is short of capacity; the agent's quota is not touched
 */
export type Refusal = 'billing' | 'daily' | 'rate_limit' | 'overloaded';

/** What is known of one failed request. */
export interface Evidence {
  /** HTTP status; null if unknown. */
  status: number | null;
  headers: ResponseHeaders;
  codes: ReadonlySet<string>;
  messages: readonly string[];
  daily: boolean;
}

const billingCodes = new Set([
  // OpenAI, https://platform.openai.com/docs/guides/error-codes
  'insufficient_quota',
  'credit_balance_exhausted',
  'organization_spend_limit_exceeded',
  'project_spend_limit_exceeded',
  'organization_usage_limit_exceeded',
  'billing_hard_limit_reached',
  'billing_not_active',
  // Anthropic, https://platform.claude.com/docs/en/api/errors and its client's error details
  'billing_error',
  'enforced_spend_limit_reached',
  'contract_spend_limit_reached',
  'linked_organization_spend_limit_reached',
  'linked_organization_billing_unavailable',
  // Google: ErrorInfo reasons and the Interactions API
  'billing_disabled',
  'insufficient_g1_credits_balance',
  'payment_required',
  // Moonshot
  'exceeded_current_quota_error',
]);

/** Accounts that are out of credit, where the provider's code says no more than "bad request" or 429. */
const billingMessages = [
  /^your credit balance is too low/i,
  /^you have reached your specified (?:\w+ )?api usage limits/i,
  /^your prepayment credits are depleted/i,
];

const dailyCodes = new Set(['quota_exceeded', 'quota_exhausted', 'dailylimitexceeded']);

const overloadedCodes = new Set([
  'overloaded_error',
  'slow_down',
  'engine_overloaded_error',
  'model_capacity_exhausted',
]);

const rateLimitCodes = new Set([
  'rate_limit_exceeded',
  'rate_limit_error',
  'rate_limit_reached_error',
  'rate_limited',
  'ramp_limit_exceeded',
  'too_many_requests',
  'resource_exhausted',
  'ratelimitexceeded',
  'userratelimitexceeded',
  'quotaexceeded',
  'throttlingexception',
  'model_rate_limit',
]);

/**
 * Names the refusal, or null if it is none: an abort, a network error, a bad request, a server's failure.
 *
 * Billing goes before all, as Anthropic's spend cap is also called `rate_limit_error` and Google's empty
 * account (402) also `RESOURCE_EXHAUSTED`. Overloaded goes before rate limit, as Google's lack of capacity is
 * a 429 too. A 5xx counts only with a code that says more; 529 is Anthropic's status for overloaded. A 403 is
 * a rate limit where the headers or the words say so (GitHub).
 */
export function classifyRefusal(evidence: Evidence): Refusal | null {
  const { status, codes, messages } = evidence;
  const says = (known: ReadonlySet<string>) => [...codes].some((code) => known.has(code));
  if (status === 402 || says(billingCodes)) return 'billing';
  if (messages.some((message) => billingMessages.some((pattern) => pattern.test(message)))) return 'billing';
  if (status === 529 || says(overloadedCodes)) return 'overloaded';
  const limited = status === 429 || says(rateLimitCodes) || (status === 403 && isLimit403(evidence));
  if (says(dailyCodes) || (limited && evidence.daily)) return 'daily';
  return limited ? 'rate_limit' : null;
}

/** https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api#rate-limit-errors */
function isLimit403({ headers, messages }: Evidence): boolean {
  return (
    headers.get('x-ratelimit-remaining') === '0' ||
    messages.some((message) =>
      /rate limit (?:exceeded|reached)|exceeded a secondary rate limit/i.test(message),
    )
  );
}
