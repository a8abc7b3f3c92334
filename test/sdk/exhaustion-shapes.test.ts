import { describe, expect, it } from 'vitest';
import { exhaustionOfError, exhaustionOfResponse } from '../../src/sdk/exhaustion.ts';

const nowMs = Date.UTC(2026, 7, 15, 12, 0, 0);
const none = { kind: 'none' };
const inTwoMinutes = {
  kind: 'exhausted',
  reason: 'rate_limit',
  recoveryAtMs: nowMs + 120_000,
  recoverySource: 'header',
};
const waitTwoMinutes = { 'retry-after': '120' };

function errorWith(fields: object, message = 'Request failed'): Error {
  return Object.assign(new Error(message), fields);
}

describe('an error', () => {
  it.each<[string, unknown]>([
    ['with Headers', errorWith({ status: 429, headers: new Headers(waitTwoMinutes) })],
    ['with a plain object', errorWith({ status: 429, headers: { 'Retry-After': '120' } })],
    ['with a list of values', errorWith({ status: 429, headers: { 'retry-after': ['120'] } })],
    ['with a number', errorWith({ status: 429, headers: { 'retry-after': 120 } })],
    ['with a Map', errorWith({ status: 429, headers: new Map([['Retry-After', '120']]) })],
    ['with pairs', errorWith({ status: 429, headers: [['Retry-After', '120']] })],
    ['with undici’s flat list', errorWith({ statusCode: 429, headers: ['Retry-After', '120'] })],
    [
      'with undici’s raw bytes',
      errorWith({ statusCode: 429, headers: [Buffer.from('Retry-After'), Buffer.from('120')] }),
    ],
    [
      'with headers that only answer by name',
      errorWith({
        status: 429,
        headers: new (class {
          get(name: string) {
            return name === 'retry-after' ? '120' : null;
          }
        })(),
      }),
    ],
    [
      'of axios',
      errorWith({ code: 'ERR_BAD_REQUEST', response: { status: 429, headers: waitTwoMinutes, data: '' } }),
    ],
    [
      'of got',
      errorWith({ code: 'ERR_NON_2XX_3XX_RESPONSE', response: { statusCode: 429, headers: waitTwoMinutes } }),
    ],
    ['of gaxios', errorWith({ code: '429', response: { headers: waitTwoMinutes } })],
    [
      'of the AI SDK',
      errorWith({
        name: 'AI_APICallError',
        url: 'https://api.example/v1/messages',
        requestBodyValues: {},
        statusCode: 429,
        responseHeaders: waitTwoMinutes,
        responseBody: '{"error":{"type":"rate_limit_error","message":"…"}}',
        isRetryable: true,
      }),
    ],
    [
      'of the AWS SDK',
      errorWith({
        name: 'ThrottlingException',
        $metadata: { httpStatusCode: 429 },
        $response: { headers: waitTwoMinutes },
      }),
    ],
    ['that is a plain object', { status: 429, headers: waitTwoMinutes }],
    ['that is a Response', new Response('{}', { status: 429, headers: waitTwoMinutes })],
    ['that wraps its body plainly', { error: { status: 429, headers: waitTwoMinutes } }],
  ])('%s is understood', (_, error) => {
    expect(exhaustionOfError(error, { nowMs })).toEqual(inTwoMinutes);
  });

  const limited = errorWith({ status: 429, headers: waitTwoMinutes });

  it.each<[string, unknown]>([
    ['a cause', new Error('agent failed', { cause: limited })],
    ['a cause of a cause', new Error('a', { cause: new Error('b', { cause: limited }) })],
    ['an AggregateError', new AggregateError([new TypeError('fetch failed'), limited])],
    [
      'the AI SDK’s RetryError',
      errorWith({
        name: 'AI_RetryError',
        reason: 'maxAttemptsExceeded',
        errors: [errorWith({ statusCode: 429, responseHeaders: { 'retry-after': '3600' } }), limited],
        lastError: limited,
      }),
    ],
    [
      'attempts that are plain objects',
      { errors: [{ status: 500 }, { status: 429, headers: waitTwoMinutes }] },
    ],
    [
      'a SuppressedError',
      Object.assign(new Error('suppressed'), { error: limited, suppressed: new Error('x') }),
    ],
    ['a settled promise', { status: 'rejected', reason: limited }],
  ])('inside of %s is found', (_, error) => {
    expect(exhaustionOfError(error, { nowMs })).toEqual(inTwoMinutes);
  });

  it('of a last attempt goes before its cause, and later attempts before earlier ones', () => {
    const hour = errorWith({ status: 429, headers: { 'retry-after': '3600' } });
    expect(exhaustionOfError(errorWith({ lastError: limited, cause: hour }), { nowMs })).toEqual(
      inTwoMinutes,
    );
    expect(exhaustionOfError(new AggregateError([hour, limited]), { nowMs })).toEqual(inTwoMinutes);
  });

  it('of an answer has its own headers before those that a gateway quotes in the body', () => {
    const quoted = { error: { metadata: { headers: { 'retry-after': '3600' } } } };
    expect(
      exhaustionOfError(errorWith({ status: 429, headers: waitTwoMinutes, error: quoted }), { nowMs }),
    ).toEqual(inTwoMinutes);
  });

  it('six levels down is still found, deeper is not', () => {
    const nested = (levels: number) => {
      let error: Error = limited;
      for (let i = 0; i < levels; i += 1) error = new Error('outer', { cause: error });
      return error;
    };
    expect(exhaustionOfError(nested(6), { nowMs })).toEqual(inTwoMinutes);
    expect(exhaustionOfError(nested(7), { nowMs })).toEqual(none);
  });

  it.each<[string, unknown]>([
    ['an AbortError', new DOMException('This operation was aborted', 'AbortError')],
    ['a TimeoutError', new DOMException('The operation timed out', 'TimeoutError')],
    ['an abort that carries a rate limit', errorWith({ name: 'AbortError', cause: limited })],
    ['a failed connection', new TypeError('fetch failed', { cause: errorWith({ code: 'ECONNREFUSED' }) })],
    ['a server’s failure', errorWith({ status: 503, headers: waitTwoMinutes })],
    [
      'a bad request',
      errorWith({ status: 400, error: { type: 'invalid_request_error', message: 'max_tokens' } }),
    ],
    ['a missing key', errorWith({ status: 401, error: { code: 'invalid_api_key' } })],
    ['an exit code', errorWith({ code: 2 })],
    ['a programming error', new TypeError('x is not a function')],
    ['a message that only quotes a limit', new Error('The user wrote {"code":"insufficient_quota"}')],
    ['a string', 'rate_limit_exceeded'],
    ['a number', 429],
    ['nothing', undefined],
    ['null', null],
  ])('that is %s is no exhaustion', (_, error) => {
    expect(exhaustionOfError(error, { nowMs })).toEqual(none);
  });
});

describe('Google’s errors', () => {
  const body = (delay: string | undefined, quotaId: string) => ({
    error: {
      code: 429,
      message: 'You exceeded your current quota, please check your plan and billing details.',
      status: 'RESOURCE_EXHAUSTED',
      details: [
        { '@type': 'type.googleapis.com/google.rpc.QuotaFailure', violations: [{ quotaId }] },
        { '@type': 'type.googleapis.com/google.rpc.Help', links: [] },
        ...(delay ? [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: delay }] : []),
      ],
    },
  });
  const perMinute = 'GenerateRequestsPerMinutePerProjectPerModel-FreeTier';
  const perDay = 'GenerateRequestsPerDayPerProjectPerModel-FreeTier';

  it.each<[string, (text: unknown) => unknown]>([
    ['in the message, as @google/genai throws it', (b) => errorWith({ status: 429 }, JSON.stringify(b))],
    [
      'in the message after words, and JSON in JSON',
      (b) =>
        errorWith(
          { status: 429 },
          `got status: 429 Too Many Requests. ${JSON.stringify({ error: { message: JSON.stringify(b), code: 429 } })}`,
        ),
    ],
    ['in a list, as Vertex streams it', (b) => errorWith({ status: 429 }, `[${JSON.stringify(b)}\n]`)],
    ['as gaxios parsed it', (b) => errorWith({ code: 429, response: { status: 429, data: b } })],
    [
      'as errorDetails of the older client',
      (b) => errorWith({ status: 429, errorDetails: (b as ReturnType<typeof body>).error.details }),
    ],
  ])('are understood %s', (_, shape) => {
    expect(exhaustionOfError(shape(body('94.5s', perMinute)), { nowMs })).toEqual({
      kind: 'exhausted',
      reason: 'rate_limit',
      recoveryAtMs: nowMs + 94_500,
      recoverySource: 'reported',
      scope: 'google',
    });
    expect(exhaustionOfError(shape(body('34.074824224s', perMinute)), { nowMs })).toEqual({
      kind: 'retry',
      waitMs: 34_075,
    });
  });

  it('with a quota by the day are never a retry', () => {
    const verdict = (delay?: string) =>
      exhaustionOfResponse({ status: 429 }, { nowMs, body: body(delay, perDay) });
    const unknown = {
      kind: 'exhausted',
      reason: 'rate_limit',
      recoveryAtMs: null,
      recoverySource: 'default',
      scope: 'google',
    };
    expect(verdict()).toEqual(unknown);
    expect(verdict('34s')).toEqual({
      ...unknown,
      rejected:
        'Cannot use RetryInfo as recovery time of a daily quota must be at least 60 s ahead: current value is 34s (2026-08-15T12:00:34.000Z)',
    });
    expect(verdict('35640s')).toEqual({
      ...unknown,
      recoveryAtMs: nowMs + 35_640_000,
      recoverySource: 'reported',
    });
  });

  it('with a quota by the day take a reset header too', () => {
    const response = { status: 429, headers: { 'x-ratelimit-reset': '35640' } };
    expect(exhaustionOfResponse(response, { nowMs, body: body(undefined, perDay) })).toMatchObject({
      recoveryAtMs: nowMs + 35_640_000,
      recoverySource: 'header',
    });
  });

  it('of lacking capacity are a retry, not the agent’s quota', () => {
    const lacking = {
      error: {
        code: 429,
        status: 'RESOURCE_EXHAUSTED',
        errors: [{ reason: 'rateLimitExceeded', domain: 'global' }],
        details: [
          { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'MODEL_CAPACITY_EXHAUSTED' },
        ],
      },
    };
    expect(exhaustionOfResponse({ status: 429 }, { nowMs, body: lacking })).toEqual({
      kind: 'retry',
      waitMs: null,
    });
  });

  it('take RetryInfo’s fields where a client parsed the duration', () => {
    const parsed = {
      '@type': 'type.googleapis.com/google.rpc.RetryInfo',
      retryDelay: { seconds: 90, nanos: 5e8 },
    };
    expect(exhaustionOfError({ code: 429, details: [parsed] }, { nowMs })).toMatchObject({
      recoveryAtMs: nowMs + 90_500,
    });
  });
});

describe('a response', () => {
  it('that succeeded is none, even with nothing left', () => {
    const headers = { 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '6h0m0s' };
    expect(exhaustionOfResponse(new Response('{}', { headers }), { nowMs })).toEqual(none);
    expect(
      exhaustionOfResponse(
        { status: 200, headers },
        { nowMs, body: { status: 'quota_exceeded', error: null } },
      ),
    ).toEqual(none);
  });

  it('of a gateway that puts the error into a 200 is understood', () => {
    const body = {
      error: { code: 429, message: 'Rate limit exceeded', metadata: { headers: waitTwoMinutes } },
    };
    expect(exhaustionOfResponse({ status: 200 }, { nowMs, body })).toEqual(inTwoMinutes);
    expect(exhaustionOfResponse({ status: 200 }, { nowMs, body: JSON.stringify(body) })).toEqual(
      inTwoMinutes,
    );
  });

  it('that is no response at all is none', () => {
    for (const response of [undefined, null, 429, 'x', {}, { status: Number.NaN }]) {
      expect(exhaustionOfResponse(response as never, { nowMs })).toEqual(none);
    }
  });
});
