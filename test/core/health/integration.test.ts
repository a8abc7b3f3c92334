import { describe, expect, it } from 'vitest';
import { IntegrationBook } from '../../../src/core/health/integration-book.ts';
import { connectionStatus, integrationStatus } from '../../../src/core/health/integration-status.ts';
import { hourMs } from '../../../src/core/health/windows.ts';

const windowMs = 300_000;
const minute = 60_000;

function book(slowAboveMs: Record<string, number> = {}, limit = 100): IntegrationBook {
  return new IntegrationBook({ windowMs, limit, slowAboveMs });
}

describe('integrationStatus', () => {
  const calm = { errorRatio: 0, meanDurationMs: 100, failuresRunning: 0, slowAboveMs: 2_000 };

  it.each([
    ['without failures', {}, 'healthy'],
    ['5 % errors', { errorRatio: 0.05 }, 'healthy'],
    ['above 5 % errors', { errorRatio: 0.051 }, 'degraded'],
    ['50 % errors', { errorRatio: 0.5 }, 'degraded'],
    ['above 50 % errors', { errorRatio: 0.501 }, 'error'],
    ['two failures running', { errorRatio: 0.01, failuresRunning: 2 }, 'healthy'],
    ['three failures running', { errorRatio: 0.01, failuresRunning: 3 }, 'error'],
    ['a mean at its threshold', { meanDurationMs: 2_000 }, 'healthy'],
    ['a mean above its threshold', { meanDurationMs: 2_001 }, 'degraded'],
    ['no requests', { errorRatio: null, meanDurationMs: null }, 'healthy'],
    [
      'no requests after three failures',
      { errorRatio: null, meanDurationMs: null, failuresRunning: 3 },
      'error',
    ],
  ])('with %s', (_what, inputs, status) => {
    expect(integrationStatus({ ...calm, ...inputs })).toBe(status);
  });

  it.each([
    ['healthy', true, 'connected'],
    ['degraded', true, 'degraded'],
    ['error', true, 'disconnected'],
    ['error', false, 'disconnected'],
    ['healthy', false, 'unknown'],
  ] as const)('%s with requests %s is %s', (status, hasRequests, connection) => {
    expect(connectionStatus(status, hasRequests)).toBe(connection);
  });
});

describe('an integration', () => {
  it('has an error ratio, a mean and its last use, over all who call it', () => {
    const integrations = book();
    integrations.add('search', false, 18, 1_800, 1_000);
    integrations.add('search', true, 2, 2_200, 2_000);
    expect(integrations.viewOf('search', 3_000)).toEqual({
      countedSinceMs: 1_000,
      requestsTotal: 20,
      failuresTotal: 2,
      name: 'search',
      status: 'degraded',
      connection: 'degraded',
      lastUsedMs: 2_000,
      requests: 20,
      errorRatio: 0.1,
      meanDurationMs: 200,
      slowAboveMs: 2_000,
      trend: null,
      score: 0.5,
    });
    expect(integrations.viewOf('nothing', 3_000)).toBeUndefined();
  });

  it('counts failures running until the next success', () => {
    const integrations = book();
    integrations.add('search', false, 1_000, 1_000, 0);
    for (const atMs of [1_000, 2_000]) integrations.add('search', true, 1, 10, atMs);
    expect(integrations.viewOf('search', 2_000)?.status).toBe('healthy');
    integrations.add('search', true, 1, 10, 3_000);
    expect(integrations.viewOf('search', 3_000)?.status).toBe('error');
    integrations.add('search', false, 1, 10, 4_000);
    expect(integrations.viewOf('search', 4_000)?.status).toBe('healthy');
  });

  it.each([
    ['successes first', [false, true]],
    ['failures first', [true, false]],
  ])('takes the points of one export for no sequence: %s', (_order, failures) => {
    const integrations = book();
    integrations.add('search', false, 1_000, 1_000, 0);
    for (const hasFailed of failures) integrations.add('search', hasFailed, 4, 40, 1_000);
    expect(integrations.viewOf('search', 1_000)?.status).toBe('healthy');
  });

  it.each([
    ['search', 2_500, 'degraded'],
    ['openai', 2_500, 'healthy'],
    ['anthropic', 30_001, 'degraded'],
    ['archive', 2_500, 'healthy'],
    ['archive', 60_001, 'degraded'],
    // Names are anybody's.
    ['constructor', 2_500, 'degraded'],
    ['__proto__', 1_999, 'healthy'],
  ])('%s with a mean of %d ms is %s', (name, meanMs, status) => {
    const integrations = book({ archive: 60_000 });
    integrations.add(name, false, 10, 10 * meanMs, 0);
    expect(integrations.viewOf(name, 0)?.status).toBe(status);
    expect(integrations.scoreOf(name, 0)).toBe(status === 'healthy' ? 1 : 0.5);
  });

  it('is unknown as a connection once nobody asks it any more, and keeps its last use', () => {
    const integrations = book();
    integrations.add('search', false, 10, 100, minute);
    expect(integrations.viewOf('search', minute)?.connection).toBe('connected');
    expect(integrations.viewOf('search', 10 * minute)).toMatchObject({
      connection: 'unknown',
      status: 'healthy',
      errorRatio: null,
      meanDurationMs: null,
      lastUsedMs: minute,
    });
  });

  it('declines when the last hour is worse than the day', () => {
    const integrations = book();
    for (let at = 0; at < 20 * hourMs; at += minute) {
      integrations.add('search', at >= 19 * hourMs, 1, 10, at);
      integrations.sample(at);
    }
    const nowMs = 20 * hourMs - 1;
    expect(integrations.viewOf('search', nowMs)?.trend).toBe('declining');
    integrations.add('other', false, 1, 10, nowMs);
    expect(integrations.viewOf('other', nowMs)?.trend).toBeNull();
  });

  it('is forgotten once nobody has called it for so long, and is new when somebody does', () => {
    const changed: number[] = [];
    const integrations = new IntegrationBook({
      windowMs,
      limit: 2,
      slowAboveMs: {},
      forgetAfterMs: hourMs,
      onChange: (row) => changed.push(row),
    });
    for (let failure = 0; failure < 3; failure++) integrations.add('typo', true, 1, 10, failure);
    integrations.add('search', false, 1, 10, minute);
    changed.length = 0;
    integrations.sample(hourMs + 2);
    expect(integrations.names()).toEqual(['search', 'typo']);
    integrations.sample(hourMs + 3);
    expect(integrations.names()).toEqual(['search']);
    expect(changed).toEqual([0]);
    expect(integrations.scoreOf('typo', hourMs)).toBeNull();
    expect(integrations.add('typo', false, 1, 10, hourMs + 4)).toBe(true);
    expect(integrations.viewOf('typo', hourMs + 4)).toMatchObject({
      status: 'healthy',
      requestsTotal: 1,
      requests: 1,
      trend: null,
    });
  });

  it('outlives the process as it is saved: windows, failures running, last use, trend', () => {
    const before = book();
    before.add('search', true, 3, 30, 0);
    for (let at = 0; at < 20 * hourMs; at += minute) {
      before.add('mail', at >= 19 * hourMs, 1, 10, at);
      before.sample(at);
    }
    const nowMs = 20 * hourMs;
    before.add('mail', false, 30, 3_000, nowMs - 1);
    const after = book();
    for (let row = 1; row >= 0; row--) after.restore(JSON.parse(JSON.stringify(before.save(row))));
    expect(before.save(2)).toBeUndefined();
    for (const name of ['mail', 'search']) {
      expect(after.viewOf(name, nowMs)).toEqual(before.viewOf(name, nowMs));
    }
    expect(after.viewOf('search', nowMs)).toMatchObject({ status: 'error', lastUsedMs: 0 });
    expect(after.viewOf('mail', nowMs)).toMatchObject({ trend: 'declining', lastUsedMs: nowMs - 1 });
    // A failure that happened before the last success is not the first of those running.
    after.add('mail', true, 3, 30, nowMs - 2);
    expect(after.viewOf('mail', nowMs)?.status).toBe('degraded');
  });

  it('stays as it is where an older image has it too, and within what is kept', () => {
    const older = book();
    older.add('search', true, 5, 50, 0);
    older.add('mail', false, 1, 10, 0);
    const integrations = book({}, 1);
    integrations.add('search', false, 1, 10, minute);
    for (const row of [0, 1]) integrations.restore(older.save(row)!);
    expect(integrations.names()).toEqual(['search']);
    expect(integrations.viewOf('search', minute)).toMatchObject({ status: 'healthy', requests: 1 });
  });

  it('begins no later than now where the clock was set back between two runs', () => {
    const before = book();
    before.add('search', false, 10, 100, hourMs);
    const after = book();
    after.restore(before.save(0)!);
    after.clearFuture(minute);
    expect(after.viewOf('search', minute)).toMatchObject({ lastUsedMs: minute, requests: 0 });
    after.add('search', true, 3, 30, 2 * minute);
    expect(after.viewOf('search', 2 * minute)?.status).toBe('error');
  });

  it('are bounded in number, and sorted by name', () => {
    const integrations = book({}, 3);
    for (const name of ['c', 'a', 'b']) expect(integrations.add(name, false, 1, 1, 0)).toBe(true);
    expect(integrations.names()).toEqual(['a', 'b', 'c']);
    expect(integrations.add('d', false, 1, 1, 0)).toBe(false);
    expect(integrations.add('a', false, 1, 1, 0)).toBe(true);
    expect(integrations.views(0).map(({ name, requests }) => [name, requests])).toEqual([
      ['a', 2],
      ['b', 1],
      ['c', 1],
    ]);
  });
});
