import { describe, expect, it } from 'vitest';
import { send } from '../../../src/processor/notify/request.ts';
import { targetOf } from '../../../src/processor/notify/target.ts';
import { type SinkAnswer, startWebhookSink } from '../../support/webhook-sink.ts';

const timeoutMs = 10_000;

describe('send', () => {
  const later = new Date(Date.now() + 120_000).toUTCString();
  it.each<[what: string, answer: SinkAnswer, outcome: object]>([
    ['takes 200', { status: 200, body: 'fine' }, { kind: 'accepted', status: 200, body: 'fine' }],
    ['takes 202', { status: 202 }, { kind: 'accepted', status: 202, body: '' }],
    [
      'gives up on 400',
      { status: 400, body: 'no' },
      { kind: 'refused', status: 400, why: 'answered with status 400', body: 'no' },
    ],
    ['gives up on 401', { status: 401 }, { kind: 'refused', status: 401 }],
    ['gives up on 404', { status: 404 }, { kind: 'refused', status: 404 }],
    ['does not follow 302', { status: 302, headers: { location: '/x' } }, { kind: 'refused', status: 302 }],
    ['tries 500 again', { status: 500 }, { kind: 'failed', why: 'answered with status 500', status: 500 }],
    [
      'tries 503 again',
      { status: 503, headers: { 'retry-after': '3' } },
      { kind: 'failed', retryAfterMs: 3_000 },
    ],
    ['tries 408 again', { status: 408 }, { kind: 'failed' }],
    [
      'tries 429 again',
      { status: 429, headers: { 'retry-after': '7' } },
      { kind: 'failed', retryAfterMs: 7_000 },
    ],
    [
      'bounds Retry-After',
      { status: 429, headers: { 'retry-after': '99999999' } },
      { retryAfterMs: 900_000 },
    ],
    ['ignores an odd Retry-After', { status: 429, headers: { 'retry-after': 'soon' } }, { kind: 'failed' }],
    [
      'reads a date',
      { status: 429, headers: { 'retry-after': later } },
      { retryAfterMs: expect.closeTo(120_000, -4) },
    ],
  ])('%s', async (_what, answer, outcome) => {
    const sink = await startWebhookSink();
    sink.answer(answer);
    expect(await send(targetOf(sink.url), { timeoutMs, method: 'POST', body: '{}' })).toMatchObject(outcome);
    expect(sink.requests).toHaveLength(1);
  });

  it('says what was sent to whom, with credentials as a header', async () => {
    const sink = await startWebhookSink();
    const target = targetOf(sink.url.replace('://', '://user:s3cret@').concat('/hook?a=1'));
    await send(target, {
      method: 'POST',
      path: '/below',
      query: [['filter', 'a="b c"']],
      body: '[]',
      headers: { 'idempotency-key': 'k' },
      timeoutMs,
    });
    expect(sink.requests[0]).toMatchObject({
      method: 'POST',
      path: '/hook/below?a=1&filter=a%3D%22b+c%22',
      text: '[]',
      headers: {
        authorization: `Basic ${Buffer.from('user:s3cret').toString('base64')}`,
        'content-type': 'application/json',
        'idempotency-key': 'k',
        'user-agent': 'agent-vitals',
      },
    });
  });

  it('ends after its time, and where it is told to', async () => {
    const sink = await startWebhookSink();
    sink.answer('never');
    const target = targetOf(sink.url);
    expect(await send(target, { timeoutMs: 50 })).toEqual({ kind: 'failed', why: 'no answer within 50 ms' });
    const signal = AbortSignal.timeout(20);
    expect((await send(target, { timeoutMs, signal })).kind).toBe('failed');
  });

  it('says why nobody is reached, without credentials', async () => {
    const sink = await startWebhookSink();
    sink.close();
    const outcome = await send(targetOf(sink.url.replace('://', '://user:s3cret@')), { timeoutMs });
    expect(outcome).toMatchObject({
      kind: 'failed',
      why: expect.stringMatching(/^connect ECONNREFUSED 127/),
    });
    expect(JSON.stringify(outcome)).not.toContain('s3cret');
    const nobody = await send(targetOf('http://nobody.invalid'), { timeoutMs });
    expect(nobody).toMatchObject({ kind: 'failed', why: expect.stringMatching(/nobody\.invalid/) });
  });

  it('reads no more of an answer than it wants', async () => {
    const sink = await startWebhookSink();
    sink.answer({ status: 200, body: 'x'.repeat(1e6) });
    const outcome = await send(targetOf(sink.url), { timeoutMs, maxAnswerBytes: 100 });
    expect(outcome).toEqual({ kind: 'accepted', status: 200, body: 'x'.repeat(100) });
  });
});
