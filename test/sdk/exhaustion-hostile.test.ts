import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  defaultMaxRecoveryMs,
  defaultRetryThresholdMs,
  type ExhaustionVerdict,
  exhaustionOfError,
  exhaustionOfResponse,
} from '../../src/sdk/exhaustion.ts';

const nowMs = Date.UTC(2026, 7, 15, 12, 0, 0);

/** What must hold of every verdict, whatever it was made from. */
function expectWellFormed(verdict: ExhaustionVerdict): void {
  if (verdict.kind === 'retry' && verdict.waitMs !== null) {
    expect(verdict.waitMs).toBeGreaterThanOrEqual(0);
    expect(verdict.waitMs).toBeLessThan(defaultRetryThresholdMs);
  }
  if (verdict.kind === 'exhausted') {
    expect(verdict.recoverySource === 'default').toBe(verdict.recoveryAtMs === null);
    if (verdict.recoveryAtMs !== null) {
      expect(verdict.recoveryAtMs).toBeGreaterThanOrEqual(nowMs + defaultRetryThresholdMs);
      expect(verdict.recoveryAtMs).toBeLessThanOrEqual(nowMs + defaultMaxRecoveryMs);
    }
  }
}

const throwing = () => {
  throw new Error('not for you');
};

/** A proxy of which every trap throws. */
function thrower(): object {
  const traps = ['get', 'has', 'ownKeys', 'getPrototypeOf', 'getOwnPropertyDescriptor', 'apply', 'construct'];
  return new Proxy(() => undefined, Object.fromEntries(traps.map((trap) => [trap, throwing])));
}

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

/** Answers every property with another one of its kind, without end. */
function endless(): object {
  return new Proxy({}, { get: (_, key) => (key === Symbol.iterator ? undefined : endless()) });
}

function endlessHeaders(): object {
  return {
    *[Symbol.iterator]() {
      for (let i = 0; ; i += 1) yield [`x-ratelimit-reset-${i}`, '5'];
    },
  };
}

function cyclic(): object {
  const error: Record<string, unknown> = { status: 429, headers: { 'retry-after': '120' } };
  for (const key of ['cause', 'error', 'response', 'data', 'body', 'lastError', 'details'])
    error[key] = error;
  error.errors = [error, error];
  return error;
}

const hostile: [string, () => unknown][] = [
  ['a proxy that throws', thrower],
  ['a revoked proxy', revoked],
  ['an endless proxy', endless],
  ['a status that throws', () => Object.defineProperty(new Error('x'), 'status', { get: throwing })],
  ['a cause that throws', () => Object.defineProperty(new Error('x'), 'cause', { get: throwing })],
  ['headers that throw', () => ({ status: 429, headers: thrower() })],
  ['headers that are revoked', () => ({ status: 429, headers: revoked() })],
  ['headers without end', () => ({ status: 429, headers: endlessHeaders() })],
  [
    'headers whose get throws',
    () => ({
      status: 429,
      headers: new (class {
        get = throwing;
      })(),
    }),
  ],
  ['headers whose iterator throws', () => ({ status: 429, headers: { [Symbol.iterator]: throwing } })],
  ['a body that throws', () => ({ status: 429, error: { error: thrower(), details: [revoked()] } })],
  ['an errors list that throws', () => ({ errors: Object.defineProperty([], 0, { get: throwing }) })],
  ['a very long list', () => ({ errors: Array.from({ length: 1_000_000 }) })],
  ['a list that lies about its length', () => ({ errors: Object.assign([], { length: 4_294_967_295 }) })],
  ['a message of a megabyte', () => ({ status: 429, message: `{${'['.repeat(1_000_000)}}` })],
  ['a body of deep JSON', () => ({ status: 429, body: `${'{"error":'.repeat(5_000)}1${'}'.repeat(5_000)}` })],
  ['a symbol', () => Symbol('error')],
  ['a bigint', () => 429n],
  ['an object without a prototype', () => Object.assign(Object.create(null), { status: '429' })],
];

describe('whatever is passed', () => {
  it.each(hostile)('%s does not throw', (_, make) => {
    expectWellFormed(exhaustionOfError(make(), { nowMs }));
    expectWellFormed(exhaustionOfError(new Error('outer', { cause: make() }), { nowMs }));
    expectWellFormed(exhaustionOfResponse(make() as never, { nowMs, body: make() }));
  });

  it('a cycle ends, and what it says is found', () => {
    expect(exhaustionOfError(cyclic(), { nowMs })).toMatchObject({ recoveryAtMs: nowMs + 120_000 });
  });

  it('a getter that throws hides nothing beside it', () => {
    const error = { status: 429, headers: { 'retry-after': '120' } };
    for (const key of ['cause', 'response', 'message', 'name', 'errors']) {
      Object.defineProperty(error, key, { get: throwing });
    }
    expect(exhaustionOfError(error, { nowMs })).toMatchObject({ recoveryAtMs: nowMs + 120_000 });
  });

  const anything = fc.anything({
    withBigInt: true,
    withBoxedValues: true,
    withDate: true,
    withMap: true,
    withSet: true,
    withNullPrototype: true,
    withObjectString: true,
    withSparseArray: true,
    withTypedArray: true,
  });

  it('arbitrary values do not throw, at any time', () => {
    fc.assert(
      fc.property(anything, anything, fc.double(), (value, body, anyNowMs) => {
        exhaustionOfError(value, { nowMs: anyNowMs });
        exhaustionOfResponse(value as never, { nowMs: anyNowMs, body });
      }),
      { numRuns: 300 },
    );
  });

  it('arbitrary values in the places that are read do not throw', () => {
    const keys = [
      'status',
      'statusCode',
      'headers',
      'responseHeaders',
      'response',
      'error',
      'data',
      'body',
      'code',
    ];
    const more = ['cause', 'errors', 'lastError', 'message', 'name', 'details', 'responseBody', '$metadata'];
    const fields = Object.fromEntries([...keys, ...more].map((key) => [key, anything]));
    fc.assert(
      fc.property(fc.record(fields, { requiredKeys: [] }), (error) => {
        expectWellFormed(exhaustionOfError(error, { nowMs }));
        expectWellFormed(exhaustionOfResponse(error as never, { nowMs, body: error }));
      }),
      { numRuns: 300 },
    );
  });

  const value = fc.oneof(
    fc.string(),
    fc.double().map(String),
    fc.integer().map(String),
    fc.date().map((date) => (Number.isNaN(date.getTime()) ? 'NaN' : date.toISOString())),
    fc.date().map(String),
    fc.integer({ min: -10, max: 10_000_000 }).map((n) => `${n}s`),
    fc.integer({ min: -5_000_000, max: 5_000_000 }).map((n) => String(Math.floor(nowMs / 1_000) + n)),
  );
  const name = fc.constantFrom(
    'retry-after',
    'retry-after-ms',
    'x-ratelimit-reset',
    'x-ratelimit-remaining',
    'x-ratelimit-limit',
    'x-ratelimit-reset-tokens',
    'x-ratelimit-remaining-tokens',
    'x-ratelimit-limit-tokens',
    'ratelimit',
    'anthropic-ratelimit-tokens-reset',
    'anthropic-ratelimit-tokens-remaining',
  );

  it('arbitrary headers give no time that is past, beyond the maximum or not a number', () => {
    const statuses = fc.constantFrom(402, 403, 429, 529);
    fc.assert(
      fc.property(statuses, fc.dictionary(name, value), value, (status, headers, sentence) => {
        const error = { status, headers, message: `Please try again in ${sentence}` };
        const verdict = exhaustionOfError(error, { nowMs });
        expectWellFormed(verdict);
        expect(verdict.kind === 'none').toBe(status === 403 && headers['x-ratelimit-remaining'] !== '0');
      }),
      { numRuns: 1_000 },
    );
  });
});
