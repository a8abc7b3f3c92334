import type { Agent } from '@agent-vitals/sdk';
import { describe, expect, it, onTestFinished } from 'vitest';
import { freshEmission, ManualClock, registerProvider, testAgent } from './collect.ts';

const throwing = () => {
  throw new Error('not for you');
};
const traps = { get: throwing, has: throwing, ownKeys: throwing, getPrototypeOf: throwing };
const evil = new Proxy({}, traps);
const { proxy: revoked, revoke } = Proxy.revocable({}, {});
revoke();

/** What code without types, or with a bug, may hand over. */
const weird: readonly [string, unknown][] = [
  ['undefined', undefined],
  ['null', null],
  ['NaN', Number.NaN],
  ['infinity', Number.POSITIVE_INFINITY],
  ['-1', -1],
  ['1e300', 1e300],
  ['-1e300', -1e300],
  ['a symbol', Symbol('x')],
  ['a bigint', 10n],
  ['a number in words', '0.5'],
  ['no words', ''],
  ['many words', 'x'.repeat(1_000_000)],
  ['half a character', '\ud800'],
  ['a list', []],
  ['an object', {}],
  ['an object without a prototype', Object.create(null)],
  ['a proxy that throws', evil],
  ['a revoked proxy', revoked],
  ['conversions that throw', { valueOf: throwing, toString: throwing }],
  [
    'getters that throw',
    Object.defineProperties(
      {},
      Object.fromEntries(
        [
          'id',
          'to',
          'from',
          'thread',
          'status',
          'scope',
          'reason',
          'slot',
          'signal',
          'body',
          'setsState',
        ].map((name) => [name, { get: throwing, enumerable: true }]),
      ),
    ),
  ],
  [
    'symbols in all fields',
    Object.fromEntries(
      ['id', 'to', 'from', 'thread', 'status', 'scope', 'reason', 'slot', 'recoveryAt', 'confidence'].map(
        (name) => [name, Symbol(name)],
      ),
    ),
  ],
  [
    'proxies in all fields',
    { id: evil, payload: evil, error: evil, scope: evil, slot: evil, setsState: evil },
  ],
  ['a signal that is none', { signal: { aborted: false } }],
  ['a signal that throws', { signal: evil }],
  ['no date', new Date(Number.NaN)],
  ['a function', () => 1],
  ['a function that throws', throwing],
];

type Anything = Record<string, (...values: unknown[]) => unknown>;

const calls: readonly [string, (agent: Anything, value: unknown) => unknown][] = [
  ...[
    'beat',
    'idle',
    'busy',
    'onCall',
    'work',
    'waiting',
    'pause',
    'resume',
    'error',
    'exhausted',
    'progress',
    'confidence',
    'queueDepth',
    'lease',
    'leaseFor',
    'message',
    'thread',
    'observeError',
    'observeResponse',
    'integration',
    'start',
  ].map((name): (typeof calls)[number] => [name, (agent, value) => agent[name]!(value)]),
  ['observeError, options', (agent, value) => agent.observeError!({ status: 429 }, value)],
  ['observeResponse, options', (agent, value) => agent.observeResponse!({ status: 429 }, value)],
  ['operation, name', (agent, value) => agent.operation!(value, () => 1)],
  ['operation, options', (agent, value) => agent.operation!('draft', () => 1, value)],
  ['operation, confidence', (agent, confidence) => agent.operation!('draft', () => 1, { confidence })],
  ['operation, result', (agent, value) => agent.operation!('draft', () => value)],
];

describe.each([['running'], ['stopped']])('whatever a %s agent is given', (state) => {
  it.each(calls)('%s does not throw', async (_, call) => {
    freshEmission();
    const collector = registerProvider();
    for (const [what, value] of weird) {
      const agent = testAgent({ payloads: true });
      if (state === 'stopped') agent.stop();
      expect(() => call(agent as unknown as Anything, value), what).not.toThrow();
      await collector.collect();
      agent.stop();
    }
  });
});

it('an operation passes on what its function throws, whatever it is', () => {
  const agent = testAgent();
  for (const [what, value] of weird) {
    let thrown: unknown = 'nothing';
    try {
      agent.operation('draft', () => {
        throw value;
      });
    } catch (error) {
      thrown = error;
    }
    expect(Object.is(thrown, value), what).toBe(true);
    expect(agent.state, what).toBe('error');
  }
});

it('an operation ends whatever its options and its result are', async () => {
  freshEmission();
  const collector = registerProvider();
  const agent = testAgent();
  for (const [, value] of weird) {
    agent.operation('draft', () => 1, value as never);
    agent.operation('draft', () => value);
  }
  const { value } = await collector.collect();
  expect(value('vitals.agent.operation.active')).toBe(0);
  expect(agent.state).toBe('idle');
});

it('what is no number never becomes one', async () => {
  freshEmission();
  const collector = registerProvider();
  const agent = testAgent({ clock: new ManualClock() }) as Agent & Anything;
  const numbers = ['0.5', null, true, [], 10n, { valueOf: () => 0.5 }];
  for (const value of numbers) {
    for (const call of ['confidence', 'progress', 'queueDepth', 'leaseFor']) agent[call]!(value);
  }
  expect(agent.complaints).toBe(4 * numbers.length);
  const { value } = await collector.collect();
  for (const metric of ['confidence', 'progress', 'queue.depth', 'lease.expiry']) {
    expect(value(`vitals.agent.${metric}`), metric).toBeUndefined();
  }
});

it('what an asynchronous callback rejects with is handled', async () => {
  freshEmission();
  const collector = registerProvider();
  const unhandled: unknown[] = [];
  const listener = (error: unknown) => void unhandled.push(error);
  process.on('unhandledRejection', listener);
  onTestFinished(() => void process.off('unhandledRejection', listener));
  const agent = testAgent();
  const rejecting = async () => {
    throw new Error('late');
  };
  agent.queueDepth(rejecting as never);
  await collector.collect();
  agent.operation('draft', () => 1, { confidence: rejecting as never });
  await new Promise((resolve) => setTimeout(resolve, 10));
  expect(unhandled).toEqual([]);
});
