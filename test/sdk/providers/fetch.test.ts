/**
 * The global `fetch` against a local server that answers as documented by RFC 9110, the IETF's RateLimit
 * draft, GitHub, Google (https://google.aip.dev/193) and the providers that have clients of their own.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exhaustionOfError, exhaustionOfResponse } from '../../../src/sdk/exhaustion.ts';
import { type ProviderServer, startProviderServer } from '../../support/provider-server.ts';
import { type Documented, limitedFor, nowMs, unpaid } from './expected.ts';

let server: ProviderServer;
beforeAll(async () => {
  server = await startProviderServer();
});
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
});

const inTenMinutes = new Date(nowMs + 600_000).toUTCString();
const epochSeconds = String(nowMs / 1_000 + 1_800);

/** Those whose status and headers say all. */
const withoutBody: Documented[] = [
  {
    name: 'Retry-After in seconds',
    answer: { status: 429, headers: { 'Retry-After': '120' } },
    verdict: limitedFor(120_000, 'header'),
  },
  {
    name: 'Retry-After as an HTTP date',
    answer: { status: 429, headers: { 'Retry-After': inTenMinutes } },
    verdict: limitedFor(600_000, 'header'),
  },
  {
    name: 'Retry-After sent twice',
    answer: { status: 429, headers: { 'Retry-After': ['90', inTenMinutes] } },
    verdict: limitedFor(600_000, 'header'),
  },
  {
    name: 'Retry-After of some seconds',
    answer: { status: 429, headers: { 'Retry-After': '7' } },
    verdict: { kind: 'retry', waitMs: 7_000 },
  },
  {
    name: 'the RateLimit draft’s policies',
    answer: {
      status: 429,
      headers: {
        'RateLimit-Policy': '"permin";q=50;w=60, "perday";q=5000;w=86400',
        RateLimit: '"permin";r=20;t=23, "perday";r=0;t=7200',
      },
    },
    verdict: limitedFor(7_200_000, 'header'),
  },
  {
    name: 'the RateLimit draft’s earlier fields',
    answer: {
      status: 429,
      headers: { 'RateLimit-Limit': '100', 'RateLimit-Remaining': '0', 'RateLimit-Reset': '300' },
    },
    verdict: limitedFor(300_000, 'header'),
  },
  {
    name: 'GitHub’s primary limit, a 403',
    answer: {
      status: 403,
      headers: {
        'x-ratelimit-limit': '5000',
        'x-ratelimit-remaining': '0',
        'x-ratelimit-reset': epochSeconds,
      },
      body: { message: 'API rate limit exceeded for user ID 1.' },
    },
    verdict: limitedFor(1_800_000, 'header'),
  },
  {
    name: 'epoch milliseconds',
    answer: { status: 429, headers: { 'X-RateLimit-Reset': String(nowMs + 1_800_000) } },
    verdict: limitedFor(1_800_000, 'header'),
  },
  {
    name: 'payment required',
    answer: { status: 402 },
    verdict: unpaid(),
  },
  {
    name: 'a 503 with Retry-After',
    answer: { status: 503, headers: { 'Retry-After': '3600' } },
    verdict: { kind: 'none' },
  },
  {
    name: 'a success with nothing left',
    answer: { status: 200, headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': epochSeconds } },
    verdict: { kind: 'none' },
  },
];

/** Those that only the body tells. */
const withBody: Documented[] = [
  {
    name: 'OpenAI’s insufficient_quota',
    answer: {
      status: 429,
      headers: { 'openai-organization': 'example-org' },
      body: { error: { message: '…', type: 'insufficient_quota', param: null, code: 'insufficient_quota' } },
    },
    verdict: unpaid('openai/example-org'),
  },
  {
    name: 'GitHub’s secondary limit',
    answer: {
      status: 403,
      headers: { 'retry-after': '90' },
      body: {
        message: 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.',
      },
    },
    verdict: limitedFor(90_000, 'header'),
  },
  {
    name: 'Google’s RetryInfo',
    answer: {
      status: 429,
      body: {
        error: {
          code: 429,
          message: 'You exceeded your current quota, please check your plan and billing details.',
          status: 'RESOURCE_EXHAUSTED',
          details: [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '94.07s' }],
        },
      },
    },
    verdict: limitedFor(94_070, 'reported', 'google'),
  },
  {
    name: 'Google’s empty account, RESOURCE_EXHAUSTED too',
    answer: {
      status: 402,
      body: {
        error: { code: 402, message: 'Your prepayment credits are depleted.', status: 'RESOURCE_EXHAUSTED' },
      },
    },
    verdict: unpaid(),
  },
  {
    name: 'an account in FastAPI’s detail',
    answer: {
      status: 401,
      body: { detail: { status: 'quota_exceeded', message: 'You have 5 credits left.' } },
    },
    verdict: { kind: 'exhausted', reason: 'rate_limit', recoveryAtMs: null, recoverySource: 'default' },
  },
];

describe('fetch', () => {
  it.each(withoutBody)('$name', async ({ answer, verdict }) => {
    server.answer(answer);
    const response = await fetch(server.url);
    expect(exhaustionOfResponse(response, { nowMs })).toEqual(verdict);
    expect(response.bodyUsed).toBe(false);
    expect(exhaustionOfError(response, { nowMs })).toEqual(verdict);
    await response.body?.cancel();
  });

  it.each(withBody)('$name, with the body as text and parsed', async ({ answer, verdict }) => {
    server.answer(answer);
    const response = await fetch(server.url);
    const body = await response.text();
    expect(exhaustionOfResponse(response, { nowMs, body })).toEqual(verdict);
    expect(exhaustionOfResponse(response, { nowMs, body: JSON.parse(body) })).toEqual(verdict);
  });

  it('a failed connection and an abort are none', async () => {
    const closed = await startProviderServer();
    await closed[Symbol.asyncDispose]();
    const refused = await fetch(closed.url).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(TypeError);
    expect(exhaustionOfError(refused, { nowMs })).toEqual({ kind: 'none' });

    server.answer('hang');
    const aborted = await fetch(server.url, { signal: AbortSignal.timeout(20) }).catch(
      (error: unknown) => error,
    );
    expect(aborted).toBeInstanceOf(DOMException);
    expect(exhaustionOfError(aborted, { nowMs })).toEqual({ kind: 'none' });
  });
});
