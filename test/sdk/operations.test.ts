import { attributes as a } from '@agent-vitals/contract';
import { describe, expect, it } from 'vitest';
import { freshEmission, ManualClock, registerProvider, testAgent } from './collect.ts';

const duration = 'vitals.agent.operation.duration';

function setUp(options: Parameters<typeof testAgent>[0] = {}) {
  freshEmission();
  const collector = registerProvider();
  const clock = new ManualClock();
  const agent = testAgent({ clock, strict: true, ...options });
  /** Outcomes as name, error type, count, seconds. */
  const outcomes = async () =>
    (await collector.collect()).points(duration).map(({ attributes, value }) => {
      const { count, sum } = value as { count: number; sum: number };
      return [attributes[a.operationName], attributes[a.errorType], count, sum];
    });
  return { agent, clock, collector, outcomes };
}

/** A promise that the test settles. */
function work() {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  return { promise, run: () => promise, resolve, reject };
}

describe('a synchronous operation', () => {
  it('gives back its result, is busy meanwhile and idle after', async () => {
    const { agent, clock, outcomes } = setUp();
    const seen: string[] = [];
    const result = agent.operation('draft', () => {
      seen.push(agent.state);
      clock.advance(1_500);
      return 42;
    });
    expect(result).toBe(42);
    expect(seen).toEqual(['busy']);
    expect(agent.state).toBe('idle');
    expect(await outcomes()).toEqual([['draft', undefined, 1, 1.5]]);
  });

  it('throws what its function throws, and is in error until the next one starts', async () => {
    const { agent, outcomes } = setUp();
    const error = new TypeError('broken');
    expect(() =>
      agent.operation('draft', () => {
        throw error;
      }),
    ).toThrow(error);
    expect(agent.state).toBe('error');
    agent.operation('draft', () => expect(agent.state).toBe('busy'));
    expect(agent.state).toBe('idle');
    expect(await outcomes()).toEqual([
      ['draft', 'TypeError', 1, 0],
      ['draft', undefined, 1, 0],
    ]);
  });
});

describe('an asynchronous operation', () => {
  it('lasts until its promise settles', async () => {
    const { agent, clock, collector, outcomes } = setUp();
    const task = work();
    const operation = agent.operation('draft', task.run);
    expect(agent.state).toBe('busy');
    expect((await collector.collect()).value('vitals.agent.operation.active')).toBe(1);
    clock.advance(30_000);
    task.resolve('text');
    expect(await operation).toBe('text');
    expect(agent.state).toBe('idle');
    expect((await collector.collect()).value('vitals.agent.operation.active')).toBe(0);
    expect(await outcomes()).toEqual([['draft', undefined, 1, 30]]);
  });

  it('rejects with what its function rejects with', async () => {
    const { agent } = setUp();
    const error = new Error('refused');
    await expect(agent.operation('draft', () => Promise.reject(error))).rejects.toBe(error);
    expect(agent.state).toBe('error');
  });

  it('takes thenables that are no promises', async () => {
    const { agent } = setUp();
    // biome-ignore lint/suspicious/noThenProperty: a lazy query of a database client looks like this
    const thenable = { then: (resolve: (value: number) => void) => resolve(7) } as PromiseLike<number>;
    const operation = agent.operation('query', () => thenable);
    expect(agent.state).toBe('busy');
    expect(await operation).toBe(7);
    expect(agent.state).toBe('idle');
  });
});

describe('operations at once', () => {
  it('keep the agent busy until the last one ends', async () => {
    const { agent, collector } = setUp();
    const [first, second] = [work(), work()];
    const operations = [agent.operation('draft', first.run), agent.operation('draft', second.run)];
    expect((await collector.collect()).value('vitals.agent.operation.active')).toBe(2);
    first.resolve('one');
    await operations[0];
    expect(agent.state).toBe('busy');
    second.resolve('two');
    await operations[1];
    expect(agent.state).toBe('idle');
  });

  it('nest', async () => {
    const { agent, outcomes } = setUp();
    await agent.operation('outer', async () => {
      await agent.operation('inner', async () => 1);
      expect(agent.state).toBe('busy');
    });
    expect(agent.state).toBe('idle');
    expect((await outcomes()).map(([name]) => name)).toEqual(['inner', 'outer']);
  });

  it('put the agent in error once no other is active after one has failed', async () => {
    const { agent } = setUp();
    const [first, second] = [work(), work()];
    const failing = agent.operation('draft', first.run);
    const other = agent.operation('draft', second.run);
    first.reject(new Error('one failed'));
    await expect(failing).rejects.toThrow('one failed');
    expect(agent.state).toBe('busy');
    second.resolve('the other is done');
    await other;
    expect(agent.state).toBe('error');
  });

  it('forget a failure when another has started since', async () => {
    const { agent } = setUp();
    const [first, second] = [work(), work()];
    const failing = agent.operation('draft', first.run);
    first.reject(new Error('one failed'));
    await expect(failing).rejects.toThrow();
    const next = agent.operation('draft', second.run);
    second.resolve('done');
    await next;
    expect(agent.state).toBe('idle');
  });
});

describe('an aborted operation', () => {
  it('ends when it aborts, as a failure, however long its function goes on', async () => {
    const { agent, clock, outcomes } = setUp();
    const task = work();
    const controller = new AbortController();
    const operation = agent.operation('draft', task.run, { signal: controller.signal });
    clock.advance(3_000);
    controller.abort();
    expect(agent.state).toBe('error');
    clock.advance(60_000);
    task.resolve('too late, and still given back');
    expect(await operation).toBe('too late, and still given back');
    expect(agent.state).toBe('error');
    expect(await outcomes()).toEqual([['draft', 'AbortError', 1, 3]]);
  });

  it('has failed from the start where it was aborted before', async () => {
    const { agent, outcomes } = setUp();
    const value = await agent.operation('draft', async () => 1, { signal: AbortSignal.abort() });
    expect(value).toBe(1);
    expect(agent.state).toBe('error');
    expect(await outcomes()).toEqual([['draft', 'AbortError', 1, 0]]);
  });

  it('is recorded once when its function rejects in turn', async () => {
    const { agent, outcomes } = setUp();
    const controller = new AbortController();
    const operation = agent.operation(
      'draft',
      () =>
        new Promise((_, reject) => {
          controller.signal.addEventListener('abort', () => reject(controller.signal.reason));
        }),
      { signal: controller.signal },
    );
    controller.abort(new DOMException('too slow', 'TimeoutError'));
    await expect(operation).rejects.toThrow('too slow');
    expect(await outcomes()).toEqual([['draft', 'TimeoutError', 1, 0]]);
  });

  it('leaves no listener on a signal that outlives it', async () => {
    const { agent } = setUp();
    const controller = new AbortController();
    let listeners = 0;
    const { signal } = controller;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      listeners++;
      add(...args);
    };
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      listeners--;
      remove(...args);
    };
    for (let round = 0; round < 3; round++) await agent.operation('draft', async () => round, { signal });
    expect(listeners).toBe(0);
    controller.abort();
    expect(agent.state).toBe('idle');
  });
});

describe('the state around operations', () => {
  it('is left alone with setsState: false', async () => {
    const { agent, outcomes } = setUp();
    agent.operation('draft', () => expect(agent.state).toBe('idle'), { setsState: false });
    expect(() =>
      agent.operation(
        'draft',
        () => {
          throw new Error('x');
        },
        { setsState: false },
      ),
    ).toThrow('x');
    expect(agent.state).toBe('idle');
    expect(await outcomes()).toHaveLength(2);
  });

  it('is on call in an on-call slot', () => {
    const { agent } = setUp();
    agent.operation('answer', () => expect(agent.state).toBe('on_call'), { slot: 'on_call' });
    expect(agent.state).toBe('idle');
  });

  it.each(['busy', 'onCall'] as const)('goes back to what the author said with %s()', (method) => {
    const { agent } = setUp();
    agent[method]();
    const before = agent.state;
    agent.operation('draft', () => {
      agent.waiting();
    });
    expect(agent.state).toBe(before);
  });

  it('goes back to busy after an error that another operation cleared', () => {
    const { agent } = setUp();
    agent.busy();
    expect(() =>
      agent.operation('draft', () => {
        throw new Error('x');
      }),
    ).toThrow();
    expect(agent.state).toBe('error');
    agent.operation('draft', () => agent.waiting());
    expect(agent.state).toBe('busy');
  });

  it('stays idle when the author said idle inside', () => {
    const { agent } = setUp();
    agent.busy();
    agent.operation('draft', () => agent.idle());
    expect(agent.state).toBe('idle');
  });

  it.each([
    ['paused', 'pause'],
    ['exhausted', 'exhausted'],
  ] as const)('stays %s, before and after', async (state, method) => {
    const { agent } = setUp();
    agent[method]();
    agent.operation('draft', () => expect(agent.state).toBe(state));
    expect(agent.state).toBe(state);

    agent.idle();
    const task = work();
    const operation = agent.operation('draft', task.run);
    agent[method]();
    task.reject(new Error('x'));
    await expect(operation).rejects.toThrow();
    expect(agent.state).toBe(state);
  });

  it('wakes from waiting', () => {
    const { agent } = setUp();
    agent.busy();
    agent.waiting();
    agent.operation('draft', () => expect(agent.state).toBe('busy'));
    expect(agent.state).toBe('idle');
  });
});

describe('confidence of an operation', () => {
  it.each([
    { name: 'a number', confidence: 0.9, expected: 0.9 },
    { name: 'a function of the result', confidence: (text: string) => text.length / 10, expected: 0.4 },
    { name: 'a function that throws', confidence: () => JSON.parse('{'), expected: undefined },
    { name: 'a function that knows nothing', confidence: () => undefined, expected: undefined },
  ])('may be $name', async ({ confidence, expected }) => {
    const { agent, collector } = setUp();
    expect(await agent.operation('draft', async () => 'text', { confidence })).toBe('text');
    expect((await collector.collect()).value('vitals.agent.confidence')).toBe(expected);
  });

  it('is a mistake outside of 0 and 1, thrown in strict mode when the operation has ended', () => {
    const { agent } = setUp();
    expect(() => agent.operation('draft', () => 1, { confidence: 80 })).toThrow(RangeError);
    expect(agent.state).toBe('idle');
    const lenient = testAgent();
    expect(lenient.operation('draft', () => 1, { confidence: 80 })).toBe(1);
    expect(lenient.complaints).toBe(1);
  });

  it('is not set by one that fails', async () => {
    const { agent, collector } = setUp();
    await expect(
      agent.operation('draft', () => Promise.reject(new Error('x')), { confidence: 1 }),
    ).rejects.toThrow();
    expect((await collector.collect()).value('vitals.agent.confidence')).toBeUndefined();
  });
});

describe('cardinality', () => {
  it('keeps 64 operation names, the rest is other', async () => {
    const { agent, outcomes } = setUp();
    for (let index = 0; index < 100; index++) agent.operation(`task-${index}`, () => index);
    agent.operation('x'.repeat(200), () => 0);
    agent.operation('task-3', () => 0);
    const counts = new Map((await outcomes()).map(([name, , count]) => [name, count]));
    expect(counts.size).toBe(65);
    expect(counts.get('other')).toBe(37);
    expect(counts.get('task-3')).toBe(2);
  });

  it('keeps 32 error types, the rest is _OTHER', async () => {
    const { agent, outcomes } = setUp();
    for (let index = 0; index < 50; index++) {
      const error = Object.assign(new Error('x'), { code: `E${index}` });
      await agent.operation('draft', () => Promise.reject(error)).catch(() => {});
    }
    const counts = new Map((await outcomes()).map(([, type, count]) => [type, count]));
    expect(counts.size).toBe(33);
    expect(counts.get('_OTHER')).toBe(18);
  });

  it.each([
    { what: 'a code', error: Object.assign(new Error('x'), { code: 'ECONNRESET' }), type: 'ECONNRESET' },
    { what: 'a status', error: Object.assign(new Error('x'), { status: 429 }), type: '429' },
    { what: 'a name', error: new RangeError('x'), type: 'RangeError' },
    { what: 'a class', error: new (class QuotaError extends Error {})('x'), type: 'QuotaError' },
    { what: 'a bare error', error: new Error('x'), type: 'Error' },
    { what: 'a sentence as its code', error: { code: 'not a name at all' }, type: 'Object' },
    { what: 'a string', error: 'user 4711 not found', type: '_OTHER' },
    { what: 'undefined', error: undefined, type: '_OTHER' },
    {
      what: 'a hostile getter',
      error: Object.defineProperty({}, 'code', {
        get() {
          throw new Error('gotcha');
        },
      }),
      type: '_OTHER',
    },
  ])('names the type of $what', async ({ error, type }) => {
    const { agent, outcomes } = setUp();
    await agent.operation('draft', () => Promise.reject(error)).catch(() => {});
    expect((await outcomes()).map(([, errorType]) => errorType)).toEqual([type]);
  });
});

describe('an integration', () => {
  it('is timed, sync and async, with its failures, and sets no state', async () => {
    const { agent, clock, collector } = setUp();
    const search = agent.integration('search');
    expect(agent.integration('search')).toBe(search);
    const result = await search.call(async () => {
      clock.advance(250);
      expect(agent.state).toBe('idle');
      return 'hits';
    });
    expect(result).toBe('hits');
    expect(search.call(() => 1)).toBe(1);
    await expect(search.call(() => Promise.reject(new TypeError('x')))).rejects.toThrow('x');
    expect(agent.state).toBe('idle');
    const points = (await collector.collect()).points('vitals.integration.request.duration');
    expect(points.map(({ attributes, value }) => [attributes, (value as { count: number }).count])).toEqual([
      [{ [a.agentId]: agent.id, [a.integrationName]: 'search' }, 2],
      [{ [a.agentId]: agent.id, [a.integrationName]: 'search', [a.errorType]: 'TypeError' }, 1],
    ]);
  });

  it('shares one name after 64', async () => {
    const { agent, collector } = setUp();
    for (let index = 0; index < 70; index++) agent.integration(`service-${index}`).call(() => index);
    const points = (await collector.collect()).points('vitals.integration.request.duration');
    expect(points).toHaveLength(65);
  });
});
