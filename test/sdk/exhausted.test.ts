import { attributes as a } from '@agent-vitals/contract';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { freshEmission, recordDiag, registerProvider, testAgent } from './collect.ts';

const startMs = Date.UTC(2026, 5, 1, 12);
const hourMs = 3_600_000;

beforeEach(() => {
  vi.useFakeTimers({ now: startMs });
});
afterEach(() => {
  vi.useRealTimers();
});

function setUp(options: Parameters<typeof testAgent>[0] = {}) {
  freshEmission();
  const collector = registerProvider();
  const agent = testAgent(options);
  /** What is shown, without the zeros that replace what was. */
  const shown = async () =>
    (await collector.collect())
      .points('vitals.agent.exhausted.recovery_time')
      .filter(({ value }) => value !== 0)
      .map(({ attributes, value }) => ({
        reason: attributes[a.exhaustedReason],
        scope: attributes[a.exhaustedScope],
        source: attributes[a.recoverySource],
        inMs: (value as number) * 1_000 - startMs,
      }));
  return { agent, shown };
}

describe('an exhausted agent', () => {
  it('shows reason, scope and time, and is idle by itself when the time has come', async () => {
    const { agent, shown } = setUp();
    agent.exhausted({ reason: 'billing', scope: 'openai/acme', recoveryAt: new Date(startMs + hourMs) });
    expect(agent.state).toBe('exhausted');
    expect(await shown()).toEqual([
      { reason: 'billing', scope: 'openai/acme', source: 'reported', inMs: hourMs },
    ]);
    await vi.advanceTimersByTimeAsync(hourMs - 1);
    expect(agent.state).toBe('exhausted');
    await vi.advanceTimersByTimeAsync(1);
    expect(agent.state).toBe('idle');
    expect(await shown()).toEqual([]);
  });

  it('guesses 5 h where nobody said for how long, and says that it is a guess', async () => {
    const { agent, shown } = setUp();
    agent.exhausted();
    expect(await shown()).toEqual([
      { reason: 'rate_limit', scope: undefined, source: 'default', inMs: 5 * hourMs },
    ]);
    await vi.advanceTimersByTimeAsync(5 * hourMs);
    expect(agent.state).toBe('idle');
  });

  it('guesses what it is told to guess, by reason', async () => {
    const { agent, shown } = setUp({ defaultRecoveryMs: { billing: 24 * hourMs } });
    agent.exhausted({ reason: 'billing' });
    expect((await shown())[0]?.inMs).toBe(24 * hourMs);
    agent.exhausted({ reason: 'rate_limit' });
    expect((await shown())[0]?.inMs).toBe(5 * hourMs);
  });

  it('waits for idle() with an infinite guess, and shows no time', async () => {
    const { agent, shown } = setUp({
      defaultRecoveryMs: { rate_limit: Number.POSITIVE_INFINITY },
      resources: false,
    });
    agent.exhausted();
    expect(await shown()).toEqual([]);
    await vi.advanceTimersByTimeAsync(60 * 24 * hourMs);
    expect(agent.state).toBe('exhausted');
    agent.idle();
    expect(agent.state).toBe('idle');
  });

  it('takes a later report for the truth', async () => {
    const { agent, shown } = setUp();
    agent.exhausted({ recoveryAt: startMs + hourMs });
    agent.exhausted({ reason: 'billing', recoveryAt: startMs + 2 * hourMs });
    expect(await shown()).toMatchObject([{ reason: 'billing', inMs: 2 * hourMs }]);
    await vi.advanceTimersByTimeAsync(hourMs);
    expect(agent.state).toBe('exhausted');
    await vi.advanceTimersByTimeAsync(hourMs);
    expect(agent.state).toBe('idle');
  });

  it('ignores the same recovery time reported again after it', async () => {
    const said = recordDiag();
    const { agent } = setUp();
    const recoveryAt = startMs + hourMs;
    agent.exhausted({ recoveryAt });
    await vi.advanceTimersByTimeAsync(hourMs);
    agent.exhausted({ recoveryAt });
    agent.exhausted({ recoveryAt: recoveryAt + 400 }); // the same second
    expect(agent.state).toBe('idle');
    expect(said).toEqual([]);
    agent.exhausted({ recoveryAt: startMs + 3 * hourMs });
    expect(agent.state).toBe('exhausted');
  });

  it('forgets reason and time when it leaves by itself', async () => {
    const { agent, shown } = setUp();
    agent.exhausted({ recoveryAt: startMs + hourMs });
    agent.idle();
    expect(await shown()).toEqual([]);
    agent.busy();
    await vi.advanceTimersByTimeAsync(2 * hourMs);
    expect(agent.state).toBe('busy');
  });

  it('is busy after its recovery while operations are under way', async () => {
    const { agent } = setUp();
    const { promise, resolve } = Promise.withResolvers<void>();
    const operation = agent.operation('draft', () => promise);
    agent.exhausted({ recoveryAt: startMs + hourMs });
    await vi.advanceTimersByTimeAsync(hourMs);
    expect(agent.state).toBe('busy');
    resolve();
    await operation;
    expect(agent.state).toBe('idle');
  });

  it.each([
    { what: 'in the past', recoveryAt: startMs - 1_000, word: '-1 s from now' },
    { what: 'absurdly far', recoveryAt: startMs + 400 * 24 * hourMs, word: 'at most 2764800 s from now' },
    { what: 'no date', recoveryAt: new Date('tomorrow'), word: 'not a date' },
  ])('does not use a time $what, and says why', async ({ recoveryAt, word }) => {
    const said = recordDiag();
    const { agent, shown } = setUp();
    agent.exhausted({ recoveryAt });
    expect(agent.state).toBe('exhausted');
    expect(await shown()).toMatchObject([{ source: 'default', inMs: 5 * hourMs }]);
    expect(said[0]).toContain(word);
    expect(agent.complaints).toBe(1);
    expect(() => testAgent({ strict: true }).exhausted({ recoveryAt })).toThrow(RangeError);
  });

  it('takes an unknown reason for a rate limit, and says so', async () => {
    const said = recordDiag();
    const { agent, shown } = setUp();
    agent.exhausted({ reason: 'tired' as 'billing' });
    expect(await shown()).toMatchObject([{ reason: 'rate_limit' }]);
    expect(said[0]).toContain('current value is tired');
  });

  it('recovers in time though the wall clock is set back', async () => {
    const { agent } = setUp();
    agent.exhausted({ recoveryAt: startMs + hourMs });
    vi.setSystemTime(startMs - 24 * hourMs);
    await vi.advanceTimersByTimeAsync(hourMs);
    expect(agent.state).toBe('idle');
  });

  it('recovers at the next beat when the host slept through the time', () => {
    const { agent } = setUp();
    agent.exhausted({ recoveryAt: startMs + hourMs });
    vi.setSystemTime(startMs + 2 * hourMs); // the monotonic clock and timers stood still
    expect(agent.state).toBe('exhausted');
    agent.beat();
    expect(agent.state).toBe('idle');
  });

  it('waits for more than the 24.8 days that a timer can', async () => {
    const { agent } = setUp({ resources: false });
    const waitMs = 30 * 24 * hourMs;
    agent.exhausted({ recoveryAt: startMs + waitMs });
    await vi.advanceTimersByTimeAsync(waitMs - 1);
    expect(agent.state).toBe('exhausted');
    await vi.advanceTimersByTimeAsync(1);
    expect(agent.state).toBe('idle');
  });

  it('leaves no timer behind when it stops', () => {
    const { agent } = setUp();
    const timers = vi.getTimerCount();
    agent.exhausted();
    expect(vi.getTimerCount()).toBe(timers + 1);
    agent.stop();
    expect(vi.getTimerCount()).toBeLessThanOrEqual(timers);
  });
});

describe('an observed error', () => {
  it('exhausts the agent until the time it names', async () => {
    const { agent, shown } = setUp();
    const verdict = agent.observeError({ status: 429, headers: { 'retry-after': '1800' } });
    expect(verdict.kind).toBe('exhausted');
    expect(agent.state).toBe('exhausted');
    expect(await shown()).toEqual([
      { reason: 'rate_limit', scope: undefined, source: 'header', inMs: 1_800_000 },
    ]);
  });

  it('changes nothing when it is a retry, or none of its business', () => {
    const { agent } = setUp();
    expect(agent.observeError({ status: 429, headers: { 'retry-after': '7' } })).toEqual({
      kind: 'retry',
      waitMs: 7_000,
    });
    expect(agent.observeError(new TypeError('fetch failed'))).toEqual({ kind: 'none' });
    expect(agent.observeError(undefined)).toEqual({ kind: 'none' });
    expect(agent.state).toBe('idle');
  });

  it('heeds the thresholds of the agent', () => {
    const { agent } = setUp({ retryThresholdMs: 5_000 });
    expect(agent.observeError({ status: 429, headers: { 'retry-after': '7' } }).kind).toBe('exhausted');
  });

  it.each([Number.NaN, -1, '5h'])('takes the default for a threshold of %s, and says so', async (value) => {
    const wrong = value as number;
    const { agent, shown } = setUp({
      retryThresholdMs: wrong,
      maxRecoveryMs: wrong,
      defaultRecoveryMs: { rate_limit: wrong },
    });
    expect(agent.complaints).toBe(3);
    expect(agent.observeError({ status: 429, headers: { 'retry-after': '7' } }).kind).toBe('retry');
    agent.exhausted();
    expect(await shown()).toMatchObject([{ inMs: 5 * hourMs }]);
    expect(() => testAgent({ strict: true, maxRecoveryMs: wrong })).toThrow('Cannot use maxRecoveryMs');
  });

  it('keeps 64 scopes apart, and never cuts one', async () => {
    const { agent, shown } = setUp();
    for (let index = 0; index < 70; index++) agent.exhausted({ scope: `account-${index}` });
    expect((await shown())[0]).not.toHaveProperty('scope', expect.anything());
    agent.exhausted({ scope: 'account-3' });
    expect((await shown()).find(({ inMs }) => inMs > 0)).toMatchObject({ scope: 'account-3' });
    agent.exhausted({ scope: 'x'.repeat(129) });
    expect(agent.complaints).toBe(7);
  });

  it('says why a time was not used, and never throws, strict or not', async () => {
    const said = recordDiag();
    const { agent, shown } = setUp({ strict: true });
    const verdict = agent.observeError({ status: 429, headers: { 'retry-after': '99999999' } });
    expect(verdict).toMatchObject({ kind: 'exhausted', recoveryAtMs: null });
    expect(await shown()).toMatchObject([{ source: 'default', inMs: 5 * hourMs }]);
    expect(said.join()).toMatch(/retry-after/i);
  });

  it('takes the scope that the author knows before the one it finds', async () => {
    const { agent, shown } = setUp();
    const error = { status: 429, headers: { 'retry-after': '1800', 'openai-organization': 'acme' } };
    agent.observeError(error);
    expect((await shown())[0]?.scope).toBe('openai/acme');
    agent.observeError(error, { scope: 'my-account' });
    expect((await shown())[0]?.scope).toBe('my-account');
  });

  it('tells a response by its status, headers and body', async () => {
    const { agent, shown } = setUp();
    expect(agent.observeResponse(new Response('fine')).kind).toBe('none');
    const response = new Response(null, { status: 429 });
    const verdict = agent.observeResponse(response, {
      body: { error: { code: 'insufficient_quota' } },
      scope: 'openai/acme',
    });
    expect(verdict).toMatchObject({ kind: 'exhausted', reason: 'billing' });
    expect(await shown()).toMatchObject([{ reason: 'billing', scope: 'openai/acme', source: 'default' }]);
  });

  it('is judged, not applied, after the goodbye', () => {
    const { agent } = setUp();
    agent.stop();
    expect(agent.observeError({ status: 402 }).kind).toBe('exhausted');
    expect(agent.state).toBe('stopped');
  });
});
