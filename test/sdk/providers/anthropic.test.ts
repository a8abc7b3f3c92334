/**
 * The real @anthropic-ai/sdk client against a local server that answers as documented:
 * https://platform.claude.com/docs/en/api/rate-limits (headers, spend limits),
 * https://platform.claude.com/docs/en/api/errors (bodies and statuses).
 */
import Anthropic from '@anthropic-ai/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exhaustionOfError } from '../../../src/sdk/exhaustion.ts';
import { type ProviderServer, startProviderServer } from '../../support/provider-server.ts';
import { type Documented, limitedFor, nowMs, rfc3339, unpaid } from './expected.ts';

let server: ProviderServer;
beforeAll(async () => {
  server = await startProviderServer();
});
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
});

function client() {
  return new Anthropic({ apiKey: 'test', baseURL: server.url, maxRetries: 0 });
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

const request = {
  model: 'claude-example',
  max_tokens: 16,
  messages: [{ role: 'user' as const, content: 'Hello' }],
};

const account = { 'anthropic-organization-id': '36562039-1ae4-48e6-ae28-1e517e3d2d12' };
const scope = `anthropic/${account['anthropic-organization-id']}`;

/** One limit as every answer carries it, reset in `waitMs`. */
function limit(name: string, remaining: number, waitMs: number) {
  return {
    [`anthropic-ratelimit-${name}-limit`]: '80000',
    [`anthropic-ratelimit-${name}-remaining`]: String(remaining),
    [`anthropic-ratelimit-${name}-reset`]: rfc3339(waitMs),
  };
}

const healthyLimits = {
  ...limit('requests', 79_999, 0),
  ...limit('input-tokens', 80_000, 0),
  ...limit('output-tokens', 80_000, -1_000),
  ...limit('tokens', 80_000, -1_000),
};

function errorBody(type: string, message: string, details?: object) {
  return { type: 'error', error: { type, message, ...(details && { details }) }, request_id: 'req_011' };
}

const exceeded =
  'This request would exceed the rate limit for your organization of 80,000 input tokens per minute.';
const spendCap =
  'You have reached your API usage limits: your organization has crossed its monthly API usage threshold, set based on your organization’s API tier. You will regain access on 2026-09-01 at 00:00 UTC.';
const untilSeptember = { recoveryAtMs: Date.UTC(2026, 8, 1), recoverySource: 'reported' as const };

const documented: Documented[] = [
  {
    name: 'a rate limit with retry-after, which is a retry',
    answer: {
      status: 429,
      headers: { ...account, ...healthyLimits, ...limit('input-tokens', 0, 95_000), 'retry-after': '41' },
      body: errorBody('rate_limit_error', exceeded),
    },
    verdict: { kind: 'retry', waitMs: 41_000 },
  },
  {
    name: 'a rate limit with a long retry-after',
    answer: {
      status: 429,
      headers: { ...account, ...healthyLimits, 'retry-after': '7999' },
      body: errorBody('rate_limit_error', exceeded),
    },
    verdict: limitedFor(7_999_000, 'header', scope),
  },
  {
    name: 'a rate limit by its resets: the latest of those used up, not of all',
    answer: {
      status: 429,
      headers: {
        ...account,
        ...limit('requests', 0, 65_000),
        ...limit('input-tokens', 0, 95_000),
        ...limit('output-tokens', 8_000, 600_000),
        ...limit('tokens', 0, 95_000),
      },
      body: errorBody('rate_limit_error', exceeded),
    },
    verdict: limitedFor(95_000, 'header', scope),
  },
  {
    name: 'a ramp limit',
    answer: {
      status: 429,
      headers: { 'retry-after': '12' },
      body: errorBody('rate_limit_error', 'This request would exceed your ramp limit.', {
        error_code: 'ramp_limit_exceeded',
      }),
    },
    verdict: { kind: 'retry', waitMs: 12_000 },
  },
  {
    name: 'the month’s spend cap, which is a 429 rate_limit_error too',
    answer: {
      status: 429,
      headers: { ...account, ...healthyLimits },
      body: errorBody('rate_limit_error', spendCap, { error_code: 'enforced_spend_limit_reached' }),
    },
    verdict: { ...unpaid(scope), ...untilSeptember },
  },
  {
    name: 'a spend limit that the organization set, which is a 400',
    answer: {
      status: 400,
      headers: account,
      body: errorBody(
        'invalid_request_error',
        'You have reached your specified workspace API usage limits. You will regain access on 2026-09-01 at 00:00 UTC.',
      ),
    },
    verdict: { ...unpaid(scope), ...untilSeptember },
  },
  {
    name: 'a credit balance that is too low, which is a 400',
    answer: {
      status: 400,
      headers: account,
      body: errorBody(
        'invalid_request_error',
        'Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.',
      ),
    },
    verdict: unpaid(scope),
  },
  {
    name: 'a billing_error, 402',
    answer: {
      status: 402,
      headers: account,
      body: errorBody('billing_error', 'There’s an issue with your billing or payment information.'),
    },
    verdict: unpaid(scope),
  },
  {
    name: 'overloaded, 529: a retry, whatever the account’s limits say',
    answer: {
      status: 529,
      headers: { ...account, ...limit('tokens', 0, 600_000) },
      body: errorBody('overloaded_error', 'Overloaded'),
    },
    verdict: { kind: 'retry', waitMs: null },
  },
  {
    name: 'overloaded with a short wait',
    answer: {
      status: 529,
      headers: { 'retry-after': '15' },
      body: errorBody('overloaded_error', 'Overloaded'),
    },
    verdict: { kind: 'retry', waitMs: 15_000 },
  },
  {
    name: 'a bad request that speaks of credit',
    answer: {
      status: 400,
      headers: account,
      body: errorBody('invalid_request_error', 'messages.0: the text "Your credit balance is too low" is …'),
    },
    verdict: { kind: 'none' },
  },
  {
    name: 'a missing permission',
    answer: { status: 403, headers: healthyLimits, body: errorBody('permission_error', 'Not allowed.') },
    verdict: { kind: 'none' },
  },
  {
    name: 'a failing server',
    answer: { status: 500, headers: healthyLimits, body: errorBody('api_error', 'Internal server error') },
    verdict: { kind: 'none' },
  },
];

describe('@anthropic-ai/sdk', () => {
  it.each(documented)('$name', async ({ answer, verdict }) => {
    server.answer(answer);
    const before = server.requests.length;
    const error = await errorOf(client().messages.create(request));
    expect(error).toBeInstanceOf(Anthropic.APIError);
    expect(server.requests.slice(before)).toEqual([{ method: 'POST', path: '/v1/messages' }]);
    expect(exhaustionOfError(error, { nowMs })).toEqual(verdict);
    expect(exhaustionOfError(new AggregateError([error]), { nowMs })).toEqual(verdict);
  });

  it('an error in the middle of a stream, where the status is 200', async () => {
    const body = `event: error\ndata: ${JSON.stringify(errorBody('overloaded_error', 'Overloaded'))}\n\n`;
    server.answer({ status: 200, headers: { ...account, 'content-type': 'text/event-stream' }, body });
    const stream = await client().messages.create({ ...request, stream: true });
    const error = await errorOf(drain(stream));
    expect(error).toBeInstanceOf(Anthropic.APIError);
    expect(exhaustionOfError(error, { nowMs })).toEqual({ kind: 'retry', waitMs: null });
  });

  it('an abort is none', async () => {
    server.answer('hang');
    const controller = new AbortController();
    const aborted = errorOf(client().messages.create(request, { signal: controller.signal }));
    controller.abort();
    expect(await aborted).toBeInstanceOf(Anthropic.APIUserAbortError);
    expect(exhaustionOfError(await aborted, { nowMs })).toEqual({ kind: 'none' });
  });
});
