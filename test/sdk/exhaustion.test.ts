import { describe, expect, it } from 'vitest';
import {
  defaultMaxRecoveryMs,
  type ExhaustionOptions,
  exhaustionOfError,
  exhaustionOfResponse,
} from '../../src/sdk/exhaustion.ts';

const nowMs = Date.UTC(2026, 7, 15, 12, 0, 0);
const nowSeconds = nowMs / 1_000;
const none = { kind: 'none' };

/** The verdict on a 429 (or another status) with these headers. */
function verdictOn(headers: Record<string, string>, options: Partial<ExhaustionOptions> = {}, status = 429) {
  return exhaustionOfResponse(new Response(null, { status, headers }), { nowMs, ...options });
}

function limitedUntil(atMs: number, recoverySource: 'header' | 'reported' = 'header') {
  return { kind: 'exhausted', reason: 'rate_limit', recoveryAtMs: atMs, recoverySource };
}

const limitedSomeTime = {
  kind: 'exhausted',
  reason: 'rate_limit',
  recoveryAtMs: null,
  recoverySource: 'default',
};

describe('a recovery time in a header', () => {
  it.each<[string, Record<string, string>, number]>([
    ['Retry-After in seconds', { 'Retry-After': '120' }, 120_000],
    ['Retry-After as an HTTP date', { 'Retry-After': 'Sat, 15 Aug 2026 12:10:00 GMT' }, 600_000],
    ['retry-after-ms', { 'retry-after-ms': '90000' }, 90_000],
    ['x-ms-retry-after-ms', { 'x-ms-retry-after-ms': '90000' }, 90_000],
    ['x-ratelimit-reset, a small number', { 'x-ratelimit-reset': '3600' }, 3_600_000],
    ['x-ratelimit-reset, epoch seconds', { 'x-ratelimit-reset': `${nowSeconds + 1_800}` }, 1_800_000],
    ['x-ratelimit-reset, epoch milliseconds', { 'x-ratelimit-reset': `${nowMs + 1_800_000}` }, 1_800_000],
    ['x-ratelimit-reset-after', { 'x-ratelimit-reset-after': '64.57' }, 64_570],
    ['x-rate-limit-reset', { 'x-rate-limit-reset': `${nowSeconds + 900}` }, 900_000],
    ['x-ratelimit-reset-requests', { 'x-ratelimit-reset-requests': '6m0s' }, 360_000],
    ['x-ratelimit-reset-tokens', { 'x-ratelimit-reset-tokens': '1h2m3.5s' }, 3_723_500],
    ['x-ratelimit-reset-tokens-day', { 'x-ratelimit-reset-tokens-day': '33011.5' }, 33_011_500],
    ['ratelimit-reset', { 'ratelimit-reset': '90' }, 90_000],
    ['RateLimit as the draft has it', { ratelimit: '"day";r=0;t=7200' }, 7_200_000],
    ['RateLimit as draft 7 had it', { ratelimit: 'limit=100, remaining=0, reset=120' }, 120_000],
    [
      'anthropic-ratelimit-requests-reset',
      { 'anthropic-ratelimit-requests-reset': '2026-08-15T12:05:00Z' },
      300_000,
    ],
  ])('is understood from %s', (_, headers, waitMs) => {
    const { scope: __, ...verdict } = { scope: null, ...verdictOn(headers) };
    expect(verdict).toEqual(limitedUntil(nowMs + waitMs));
  });

  it.each<[string, Record<string, string>, number]>([
    ['Retry-After', { 'retry-after': '20' }, 20_000],
    ['Retry-After 0', { 'retry-after': '0' }, 0],
    ['a reset by the millisecond', { 'x-ratelimit-reset-requests': '250ms' }, 250],
    ['just below the threshold', { 'retry-after-ms': '59999' }, 59_999],
    ['a date that ended within its own second', { 'x-ratelimit-reset': `${nowSeconds - 0.9}` }, 0],
  ])('of some seconds is a retry: %s', (_, headers, waitMs) => {
    expect(verdictOn(headers)).toEqual({ kind: 'retry', waitMs });
  });

  it('is exhaustion from the threshold on, which is settable', () => {
    expect(verdictOn({ 'retry-after': '60' })).toEqual(limitedUntil(nowMs + 60_000));
    expect(verdictOn({ 'retry-after': '20' }, { retryThresholdMs: 20_000 })).toEqual(
      limitedUntil(nowMs + 20_000),
    );
    expect(verdictOn({ 'retry-after': '300' }, { retryThresholdMs: 300_001 })).toEqual({
      kind: 'retry',
      waitMs: 300_000,
    });
  });
});

describe('of several headers', () => {
  it.each<[string, Record<string, string>, number]>([
    [
      'retry-after-ms wins over Retry-After, being finer',
      { 'retry-after-ms': '61500', 'retry-after': '62' },
      61_500,
    ],
    [
      'Retry-After wins over a reset, as it answers just that question',
      { 'retry-after': '120', 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-reset-tokens': '6m0s' },
      120_000,
    ],
    [
      'the reset of the limit that is used up wins over those that are not',
      {
        'x-ratelimit-remaining-requests': '59',
        'x-ratelimit-reset-requests': '24h0m0s',
        'x-ratelimit-remaining-tokens': '0',
        'x-ratelimit-reset-tokens': '6m0s',
      },
      360_000,
    ],
    [
      'the latest of those used up wins, as all of them must reset',
      {
        'anthropic-ratelimit-requests-remaining': '0',
        'anthropic-ratelimit-requests-reset': '2026-08-15T12:02:00Z',
        'anthropic-ratelimit-input-tokens-remaining': '0',
        'anthropic-ratelimit-input-tokens-reset': '2026-08-15T12:07:00Z',
        'anthropic-ratelimit-output-tokens-remaining': '8000',
        'anthropic-ratelimit-output-tokens-reset': '2026-08-15T12:59:00Z',
      },
      420_000,
    ],
    [
      'with none used up, the tightest wins: the request was bigger than what is left',
      {
        'x-ratelimit-limit-requests': '500',
        'x-ratelimit-remaining-requests': '499',
        'x-ratelimit-reset-requests': '5h0m0s',
        'x-ratelimit-limit-tokens': '30000',
        'x-ratelimit-remaining-tokens': '63',
        'x-ratelimit-reset-tokens': '2m0s',
      },
      120_000,
    ],
    [
      'with no word of what is left, the latest wins: by then it is over, whichever it was',
      { 'x-ratelimit-reset-requests': '1s', 'x-ratelimit-reset-tokens': '6m0s' },
      360_000,
    ],
    [
      'with plenty left of all, the latest wins too',
      {
        'x-ratelimit-limit-requests': '60',
        'x-ratelimit-remaining-requests': '59',
        'x-ratelimit-reset-requests': '1s',
        'x-ratelimit-limit-tokens': '150000',
        'x-ratelimit-remaining-tokens': '149984',
        'x-ratelimit-reset-tokens': '6m0s',
      },
      360_000,
    ],
    [
      'the windows that were rejected win (Anthropic’s unified limits)',
      {
        'anthropic-ratelimit-unified-status': 'rejected',
        'anthropic-ratelimit-unified-reset': `${nowSeconds + 7_999}`,
        'anthropic-ratelimit-unified-5h-status': 'rejected',
        'anthropic-ratelimit-unified-5h-reset': `${nowSeconds + 7_999}`,
        'anthropic-ratelimit-unified-7d-status': 'allowed',
        'anthropic-ratelimit-unified-7d-reset': `${nowSeconds + 400_000}`,
        'anthropic-ratelimit-unified-overage-status': 'rejected',
        'anthropic-ratelimit-unified-overage-reset': `${nowSeconds + 900_000}`,
      },
      7_999_000,
    ],
    [
      'of the draft’s policies the one that is used up wins',
      { ratelimit: '"permin";r=20;t=23, "perday";r=0;t=7200' },
      7_200_000,
    ],
    [
      'x-ratelimit-reset-after belongs to the limit without -after',
      {
        'x-ratelimit-remaining': '0',
        'x-ratelimit-reset-after': '120',
        'x-ratelimit-remaining-tokens': '9000',
        'x-ratelimit-reset-tokens': '6m0s',
      },
      120_000,
    ],
    ['the later of a header sent twice wins', { 'retry-after': '90, 150' }, 150_000],
    [
      'the later of two dates joined by a comma wins',
      { 'retry-after': 'Sat, 15 Aug 2026 12:10:00 GMT, Sat, 15 Aug 2026 12:20:00 GMT' },
      1_200_000,
    ],
  ])('%s', (_, headers, waitMs) => {
    expect(verdictOn(headers)).toMatchObject(limitedUntil(nowMs + waitMs));
  });

  it('ignores a limit that is not in force (Azure’s -1)', () => {
    const headers = {
      'x-ratelimit-limit-tokens': '-1',
      'x-ratelimit-remaining-tokens': '-1',
      'x-ratelimit-reset-tokens': '0',
    };
    expect(verdictOn(headers)).toEqual(limitedSomeTime);
  });

  it('asks the next one when the first is of no use, and says why', () => {
    const headers = { 'retry-after': 'soon', 'x-ratelimit-reset': '3600' };
    expect(verdictOn(headers)).toEqual({
      ...limitedUntil(nowMs + 3_600_000),
      rejected:
        'Cannot use retry-after as recovery time must be seconds, a duration, an epoch or a date: current value is "soon"',
    });
  });
});

describe('a recovery time that cannot be', () => {
  it.each<[string, Record<string, string>, string]>([
    [
      'in the past, epoch seconds',
      { 'x-ratelimit-reset': '1600000000' },
      'Cannot use x-ratelimit-reset as recovery time must be in the future: current value is 1600000000 (2020-09-13T12:26:40.000Z)',
    ],
    [
      'in the past, an HTTP date',
      { 'retry-after': 'Sun, 06 Nov 1994 08:49:37 GMT' },
      'Cannot use retry-after as recovery time must be in the future: current value is Sun, 06 Nov 1994 08:49:37 GMT (1994-11-06T08:49:37.000Z)',
    ],
    [
      'negative',
      { 'retry-after': '-30' },
      'Cannot use retry-after as recovery time must be in the future: current value is -30 (2026-08-15T11:59:30.000Z)',
    ],
    [
      'absurdly far',
      { 'retry-after': '9999999' },
      'Cannot use retry-after as recovery time must be at most 32 days ahead: current value is 9999999 (2026-12-09T05:46:39.000Z)',
    ],
    [
      'epoch milliseconds in a header of milliseconds to wait',
      { 'retry-after-ms': `${nowMs}` },
      `Cannot use retry-after-ms as recovery time must be at most 32 days ahead: current value is ${nowMs} (2083-03-30T00:00:00.000Z)`,
    ],
    [
      'beyond all dates',
      { 'x-ratelimit-reset': '99999999999999999999' },
      'Cannot use x-ratelimit-reset as recovery time must be at most 32 days ahead: current value is 99999999999999999999 (beyond all dates)',
    ],
    [
      'no number',
      { 'retry-after': 'NaN' },
      'Cannot use retry-after as recovery time must be seconds, a duration, an epoch or a date: current value is "NaN"',
    ],
    [
      'empty',
      { 'retry-after': '' },
      'Cannot use retry-after as recovery time must be seconds, a duration, an epoch or a date: current value is ""',
    ],
    [
      'a date without an offset',
      { 'x-ratelimit-reset': '2026-08-15T12:05:00' },
      'Cannot use x-ratelimit-reset as recovery time must be seconds, a duration, an epoch or a date: current value is "2026-08-15T12:05:00"',
    ],
  ])('%s leaves the exhaustion with an unknown recovery', (_, headers, rejected) => {
    expect(verdictOn(headers)).toEqual({ ...limitedSomeTime, rejected });
  });

  it('is measured by a settable maximum', () => {
    const anHour = { 'retry-after': '3600' };
    expect(verdictOn(anHour, { maxRecoveryMs: 3_600_000 })).toEqual(limitedUntil(nowMs + 3_600_000));
    expect(verdictOn(anHour, { maxRecoveryMs: 3_599_999 })).toMatchObject({
      ...limitedSomeTime,
      rejected: expect.stringContaining('at most 3599.999 s ahead'),
    });
    expect(verdictOn({ 'retry-after': `${defaultMaxRecoveryMs / 1_000}` })).toEqual(
      limitedUntil(nowMs + defaultMaxRecoveryMs),
    );
  });
});

describe('a status', () => {
  it.each([200, 204, 301, 400, 401, 403, 404, 408, 409, 413, 422, 500, 502, 503, 504])(
    '%d is no exhaustion, whatever its headers say',
    (status) => {
      const headers = { 'retry-after': '3600', 'x-ratelimit-reset': '3600' };
      expect(verdictOn(headers, {}, status)).toEqual(none);
    },
  );

  it('429 without any time is exhaustion with an unknown recovery', () => {
    expect(verdictOn({})).toEqual(limitedSomeTime);
  });

  it('402 is billing, and a limit of rate says nothing of when the account is filled', () => {
    const unpaid = { kind: 'exhausted', reason: 'billing', recoveryAtMs: null, recoverySource: 'default' };
    expect(verdictOn({}, {}, 402)).toEqual(unpaid);
    expect(verdictOn({ 'x-ratelimit-reset-tokens': '6m0s' }, {}, 402)).toEqual(unpaid);
  });

  it('402 is never a retry: a short wait is not believed, a long one is', () => {
    expect(verdictOn({ 'retry-after': '5' }, {}, 402)).toEqual({
      kind: 'exhausted',
      reason: 'billing',
      recoveryAtMs: null,
      recoverySource: 'default',
      rejected:
        'Cannot use retry-after as recovery time of a billing limit must be at least 60 s ahead: current value is 5 (2026-08-15T12:00:05.000Z)',
    });
    expect(verdictOn({ 'retry-after': '3600' }, {}, 402)).toEqual({
      kind: 'exhausted',
      reason: 'billing',
      recoveryAtMs: nowMs + 3_600_000,
      recoverySource: 'header',
    });
  });

  it('529 is a retry of unknown length, and exhaustion only if a long wait is named', () => {
    expect(verdictOn({}, {}, 529)).toEqual({ kind: 'retry', waitMs: null });
    expect(verdictOn({ 'anthropic-ratelimit-tokens-reset': '2026-08-15T12:59:00Z' }, {}, 529)).toEqual({
      kind: 'retry',
      waitMs: null,
    });
    expect(verdictOn({ 'retry-after': '15' }, {}, 529)).toEqual({ kind: 'retry', waitMs: 15_000 });
    expect(verdictOn({ 'retry-after': '300' }, {}, 529)).toEqual(limitedUntil(nowMs + 300_000));
  });

  it('403 is a rate limit where the headers say that nothing is left (GitHub)', () => {
    const headers = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': `${nowSeconds + 1_800}` };
    expect(verdictOn(headers, {}, 403)).toEqual(limitedUntil(nowMs + 1_800_000));
  });
});

describe('an error code', () => {
  const billing = { kind: 'exhausted', reason: 'billing', recoveryAtMs: null, recoverySource: 'default' };

  it.each([
    ['insufficient_quota', 429, billing],
    ['credit_balance_exhausted', 429, billing],
    ['organization_spend_limit_exceeded', 429, billing],
    ['project_spend_limit_exceeded', 429, billing],
    ['organization_usage_limit_exceeded', 429, billing],
    ['billing_hard_limit_reached', 400, billing],
    ['billing_not_active', 429, billing],
    ['billing_error', 402, billing],
    ['contract_spend_limit_reached', 429, billing],
    ['rate_limit_exceeded', 429, limitedSomeTime],
    ['rate_limit_error', 429, limitedSomeTime],
    ['RESOURCE_EXHAUSTED', 429, limitedSomeTime],
    ['RESOURCE_EXHAUSTED', 402, billing],
    ['rate_limit_exceeded', undefined, limitedSomeTime],
    ['insufficient_quota', undefined, billing],
    ['insufficient_quota', 500, billing],
    ['overloaded_error', 529, { kind: 'retry', waitMs: null }],
    ['overloaded_error', undefined, { kind: 'retry', waitMs: null }],
    ['slow_down', 503, { kind: 'retry', waitMs: null }],
    ['engine_overloaded_error', 429, { kind: 'retry', waitMs: null }],
    ['invalid_api_key', 401, none],
    ['context_length_exceeded', 400, none],
    ['server_error', 500, none],
  ])('%s with status %s', (code, status, expected) => {
    expect(exhaustionOfError({ status, code }, { nowMs })).toEqual(expected);
    expect(exhaustionOfError({ status, error: { error: { type: code } } }, { nowMs })).toEqual(expected);
    expect(exhaustionOfResponse({ status: status ?? 429 }, { nowMs, body: { error: { code } } })).toEqual(
      status === undefined || status === 429 || expected !== none ? expected : none,
    );
  });

  it('of billing outweighs a short Retry-After and the rate limits beside it', () => {
    const error = {
      status: 429,
      headers: {
        'retry-after': '1',
        'x-ratelimit-remaining-requests': '0',
        'x-ratelimit-reset-requests': '2m0s',
      },
      error: { type: 'insufficient_quota', code: 'credit_balance_exhausted' },
    };
    expect(exhaustionOfError(error, { nowMs })).toMatchObject(billing);
  });
});

describe('a sentence of the provider', () => {
  it.each([
    [
      'Please try again in 6m0s. Visit https://platform.openai.com/account/rate-limits to learn more.',
      360_000,
    ],
    ['Please try again in 114h18m0s. Visit …', 411_480_000],
    ['Please retry in 10h17m5.723541104s.', 37_025_724],
    ['Your quota will reset after 2h36m24s.', 9_384_000],
    ['Please retry after 90 seconds. To increase …', 90_000],
  ])('names the recovery where nothing else does: %s', (sentence, waitMs) => {
    const error = {
      status: 429,
      error: { code: 'rate_limit_exceeded', message: `Limit reached. ${sentence}` },
    };
    expect(exhaustionOfError(error, { nowMs })).toEqual(limitedUntil(nowMs + waitMs, 'reported'));
  });

  it('is asked after the limits that are used up, and before those that may have been hit', () => {
    const error = { message: 'Please try again in 3m0s.', code: 'rate_limit_exceeded' };
    const body = (headers: Record<string, string>) => ({ status: 429, headers, error });
    expect(
      exhaustionOfError(body({ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '600' }), { nowMs }),
    ).toEqual(limitedUntil(nowMs + 600_000));
    expect(exhaustionOfError(body({ 'x-ratelimit-reset': '600' }), { nowMs })).toEqual(
      limitedUntil(nowMs + 180_000, 'reported'),
    );
  });

  it('of some seconds is a retry', () => {
    const error = { status: 429, message: 'Rate limit reached … Please try again in 9.816s. Visit …' };
    expect(exhaustionOfError(error, { nowMs })).toEqual({ kind: 'retry', waitMs: 9_816 });
  });
});
