/**
 * Which of several reset headers says when the agent may go on.
 *
 * Every limit that is used up must reset before a request passes, so of those the latest counts. If none is
 * used up (the request was bigger than what is left), the one with the smallest share left is taken for the
 * limit that was hit, provided that less than half of it is left; if the headers show no such limit either,
 * the latest of all: by then, whichever it was, it is over.
 */
import type { ResponseHeaders } from './response-headers.ts';

/** One limit of a provider, such as requests a minute. */
interface Limit {
  header: string;
  reset: string;
  remaining: number | null;
  /** How much is left, 0 to 1; null if unknown. */
  share: number | null;
}

/** A header and its value, still unread. */
export interface ResetHeader {
  header: string;
  value: string;
}

export interface DecidingResets {
  resets: ResetHeader[];
  /** Whether the provider says that these limits are used up; else it is our best guess which one was hit. */
  usedUp: boolean;
}

const ambiguousBelowShare = 0.5;

/** `x-ratelimit-reset-tokens`, `anthropic-ratelimit-tokens-reset`, `ratelimit-reset`, `x-rate-limit-reset`. */
const resetName = /(?:rate-?limit|^anthropic-)(?:.*-)?reset(?:-|$)/;

/**
 * Picks the resets that decide, from all the reset headers of a response.
 *
 * @param headers as {@link ResponseHeaders} gives them
 * @returns the deciding ones (the latest of them counts) and whether they are known to be used up
 */
export function decidingResets(headers: ResponseHeaders): DecidingResets {
  const limits = [...namedLimits(headers), ...structuredLimits(headers.get('ratelimit') ?? '')];
  const usedUp = limits.filter((limit) => limit.remaining === 0);
  if (usedUp.length > 0) return { resets: usedUp.map(resetOf), usedUp: true };
  const shares = limits.flatMap((limit) => (limit.share === null ? [] : [limit.share]));
  const smallest = Math.min(...shares);
  const tightest = limits.find((limit) => limit.share === smallest);
  if (tightest && smallest < ambiguousBelowShare) return { resets: [resetOf(tightest)], usedUp: false };
  return { resets: limits.map(resetOf), usedUp: false };
}

function resetOf(limit: Limit): ResetHeader {
  return { header: limit.header, value: limit.reset };
}

function namedLimits(headers: ResponseHeaders): Limit[] {
  const limits: Limit[] = [];
  for (const [name, reset] of headers) {
    // Anthropic's "overage" is a further budget, refused wherever an organization hasn't bought it.
    if (!resetName.test(name) || name.includes('-overage-')) continue;
    const sibling = (what: string) =>
      headers.get(name.replace(/-after$/, '').replace(/(^|-)reset(?=-|$)/, `$1${what}`));
    const rejected = sibling('status') === 'rejected';
    const remaining = rejected ? 0 : numberOf(sibling('remaining'));
    // Azure says -1 of a limit that is not in force.
    if (remaining !== null && remaining < 0) continue;
    limits.push(limitOf(name, reset, remaining, numberOf(sibling('limit'))));
  }
  return limits;
}

/**
 * The IETF draft's one header, as it is now (`"default";r=0;t=30`, draft-ietf-httpapi-ratelimit-headers-08 and
 * later) and as it was up to version 7 (`limit=100, remaining=0, reset=30`).
 */
function structuredLimits(value: string): Limit[] {
  const parameter = (text: string, key: string) =>
    numberOf(new RegExp(`(?:^|[\\s,;])${key}=(\\d+)`).exec(text)?.[1]);
  const items = /(?:^|[\s,])reset=/.test(value) ? [value] : value.split(',');
  return items.flatMap((item) => {
    const seconds = parameter(item, 't') ?? parameter(item, 'reset');
    if (seconds === null) return [];
    const remaining = parameter(item, 'r') ?? parameter(item, 'remaining');
    return [limitOf('ratelimit', String(seconds), remaining, parameter(item, 'limit'))];
  });
}

function limitOf(header: string, reset: string, remaining: number | null, limit: number | null): Limit {
  const share = remaining !== null && limit !== null && limit > 0 ? remaining / limit : null;
  return { header, reset, remaining, share };
}

/** The first number of a value; a header sent twice arrives as `0, 0`. */
function numberOf(text: string | undefined): number | null {
  const match = /^\s*(-?\d+(?:\.\d+)?)/.exec(text ?? '');
  return match ? Number(match[1]) : null;
}
