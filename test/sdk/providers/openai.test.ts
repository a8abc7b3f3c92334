/**
 * The real openai client against a local server that answers as documented:
 * https://platform.openai.com/docs/guides/rate-limits (headers),
 * https://platform.openai.com/docs/guides/error-codes (bodies), Azure's and OpenRouter's for their own.
 */
import OpenAI from 'openai';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { exhaustionOfError } from '../../../src/sdk/exhaustion.ts';
import { type ProviderServer, startProviderServer } from '../../support/provider-server.ts';
import { type Documented, limitedFor, nowMs, unpaid } from './expected.ts';

let server: ProviderServer;
beforeAll(async () => {
  server = await startProviderServer();
});
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
});

function client(options: { timeout?: number; baseURL?: string } = {}) {
  return new OpenAI({ apiKey: 'sk-test', baseURL: `${server.url}/v1`, maxRetries: 0, ...options });
}

async function errorOf(promise: PromiseLike<unknown>): Promise<unknown> {
  return promise.then(
    () => expect.fail('the client did not throw'),
    (error: unknown) => error,
  );
}

/** Reads a stream to its end. */
async function drain(stream: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of stream);
}

const request = { model: 'gpt-4o', messages: [{ role: 'user' as const, content: 'Hello' }] };

const rateHeaders = {
  'openai-organization': 'example-org',
  'openai-version': '2020-10-01',
  'x-ratelimit-limit-requests': '60',
  'x-ratelimit-limit-tokens': '150000',
  'x-ratelimit-remaining-requests': '59',
  'x-ratelimit-remaining-tokens': '0',
  'x-ratelimit-reset-requests': '1s',
  'x-ratelimit-reset-tokens': '6m0s',
};
const scope = 'openai/example-org';

function errorBody(code: string, type: string, message: string) {
  return { error: { message, type, param: null, code } };
}

const rateLimited = errorBody(
  'rate_limit_exceeded',
  'tokens',
  'Rate limit reached for gpt-4o in organization example-org on tokens per min (TPM): Limit 150000, Used 150000, Requested 800. Please try again in 320ms. Visit https://platform.openai.com/account/rate-limits to learn more.',
);
const quotaMessage = 'You exceeded your current quota, please check your plan and billing details.';
const freeModelsPerDay = {
  message:
    'Rate limit exceeded: free-models-per-day. Add 10 credits to unlock 1000 free model requests per day',
  code: 429,
  metadata: {
    headers: {
      'X-RateLimit-Limit': '50',
      'X-RateLimit-Remaining': '0',
      'X-RateLimit-Reset': String(nowMs + 43_200_000),
    },
    provider_name: null,
  },
};

const documented: Documented[] = [
  {
    name: 'a rate limit with the documented headers',
    answer: { status: 429, headers: rateHeaders, body: rateLimited },
    verdict: limitedFor(360_000, 'header', scope),
  },
  {
    name: 'a rate limit with retry-after-ms, which is a retry',
    answer: {
      status: 429,
      headers: { ...rateHeaders, 'retry-after-ms': '320', 'retry-after': '1' },
      body: rateLimited,
    },
    verdict: { kind: 'retry', waitMs: 320 },
  },
  {
    name: 'a rate limit without any header, by its sentence',
    answer: { status: 429, body: rateLimited },
    verdict: { kind: 'retry', waitMs: 320 },
  },
  {
    name: 'a limit by the day',
    answer: {
      status: 429,
      headers: {
        ...rateHeaders,
        'x-ratelimit-remaining-requests': '0',
        'x-ratelimit-reset-requests': '8h24m0s',
      },
      body: rateLimited,
    },
    verdict: limitedFor(30_240_000, 'header', scope),
  },
  {
    name: 'insufficient_quota, whose rate limits are fine',
    answer: {
      status: 429,
      headers: { ...rateHeaders, 'x-ratelimit-remaining-tokens': '149984' },
      body: errorBody('insufficient_quota', 'insufficient_quota', quotaMessage),
    },
    verdict: unpaid(scope),
  },
  {
    name: 'credit_balance_exhausted',
    answer: { status: 429, body: errorBody('credit_balance_exhausted', 'insufficient_quota', quotaMessage) },
    verdict: unpaid(),
  },
  {
    name: 'project_spend_limit_exceeded',
    answer: {
      status: 429,
      body: errorBody('project_spend_limit_exceeded', 'insufficient_quota', quotaMessage),
    },
    verdict: unpaid(),
  },
  {
    name: 'billing_hard_limit_reached, which is a 400',
    answer: {
      status: 400,
      headers: { 'openai-organization': 'example-org' },
      body: errorBody(
        'billing_hard_limit_reached',
        'invalid_request_error',
        'Billing hard limit has been reached',
      ),
    },
    verdict: unpaid(scope),
  },
  {
    name: 'Azure’s Retry-After of a day',
    answer: {
      status: 429,
      headers: { 'retry-after': '86400', 'retry-after-ms': '86400000' },
      body: {
        error: {
          code: '429',
          message: 'Requests have exceeded the call rate limit. Please retry after 86400 seconds.',
        },
      },
    },
    verdict: limitedFor(86_400_000, 'header'),
  },
  {
    name: 'OpenRouter’s free models a day, with the headers in the body',
    answer: { status: 429, body: { error: freeModelsPerDay } },
    verdict: limitedFor(43_200_000, 'header'),
  },
  {
    name: 'OpenRouter’s empty account',
    answer: {
      status: 402,
      body: {
        error: {
          message: 'Insufficient credits. Add more using https://openrouter.ai/settings/credits',
          code: 402,
        },
      },
    },
    verdict: unpaid(),
  },
  {
    name: 'a bad request',
    answer: {
      status: 400,
      headers: rateHeaders,
      body: errorBody(
        'context_length_exceeded',
        'invalid_request_error',
        'This model’s maximum context length is …',
      ),
    },
    verdict: { kind: 'none' },
  },
  {
    name: 'a wrong key',
    answer: {
      status: 401,
      body: errorBody('invalid_api_key', 'invalid_request_error', 'Incorrect API key provided'),
    },
    verdict: { kind: 'none' },
  },
  {
    name: 'a failing server that names a wait',
    answer: {
      status: 503,
      headers: { 'retry-after': '3600' },
      body: errorBody(
        'server_error',
        'server_error',
        'The engine is currently overloaded, please try again later',
      ),
    },
    verdict: { kind: 'none' },
  },
  {
    name: 'a proxy’s page instead of JSON',
    answer: {
      status: 429,
      headers: { 'content-type': 'text/html', 'retry-after': '120' },
      body: '<h1>{429}</h1>',
    },
    verdict: limitedFor(120_000, 'header'),
  },
  {
    name: 'a recovery time in the past',
    answer: { status: 429, headers: { 'retry-after': 'Sun, 06 Nov 1994 08:49:37 GMT' } },
    verdict: {
      kind: 'exhausted',
      reason: 'rate_limit',
      recoveryAtMs: null,
      recoverySource: 'default',
      rejected:
        'Cannot use retry-after as recovery time must be in the future: current value is Sun, 06 Nov 1994 08:49:37 GMT (1994-11-06T08:49:37.000Z)',
    },
  },
];

describe('openai', () => {
  let before: number;
  beforeEach(() => {
    before = server.requests.length;
  });

  it.each(documented)('$name', async ({ answer, verdict }) => {
    server.answer(answer);
    const error = await errorOf(client().chat.completions.create(request));
    expect(error).toBeInstanceOf(OpenAI.APIError);
    expect(server.requests.slice(before)).toEqual([{ method: 'POST', path: '/v1/chat/completions' }]);
    expect(exhaustionOfError(error, { nowMs })).toEqual(verdict);
    expect(exhaustionOfError(new Error('step failed', { cause: error }), { nowMs })).toEqual(verdict);
  });

  it('an error in the middle of a stream', async () => {
    const body = `data: ${JSON.stringify(errorBody('insufficient_quota', 'insufficient_quota', quotaMessage))}\n\n`;
    server.answer({ status: 200, headers: { ...rateHeaders, 'content-type': 'text/event-stream' }, body });
    const stream = await client().chat.completions.create({ ...request, stream: true });
    const error = await errorOf(drain(stream));
    expect(error).toBeInstanceOf(OpenAI.APIError);
    expect(exhaustionOfError(error, { nowMs })).toEqual(unpaid(scope));
  });

  it('an abort, a timeout and a failed connection are none', async () => {
    server.answer('hang');
    const controller = new AbortController();
    const aborted = errorOf(client().chat.completions.create(request, { signal: controller.signal }));
    controller.abort(new Error('429 rate limit'));
    expect(await aborted).toBeInstanceOf(OpenAI.APIUserAbortError);
    expect(exhaustionOfError(await aborted, { nowMs })).toEqual({ kind: 'none' });

    const late = await errorOf(client({ timeout: 20 }).chat.completions.create(request));
    expect(late).toBeInstanceOf(OpenAI.APIConnectionTimeoutError);
    expect(exhaustionOfError(late, { nowMs })).toEqual({ kind: 'none' });

    const closed = await startProviderServer();
    await closed[Symbol.asyncDispose]();
    const refused = await errorOf(client({ baseURL: closed.url }).chat.completions.create(request));
    expect(refused).toBeInstanceOf(OpenAI.APIConnectionError);
    expect(exhaustionOfError(refused, { nowMs })).toEqual({ kind: 'none' });
  });
});
