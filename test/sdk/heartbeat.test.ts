import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { freshEmission, recordDiag, registerProvider, testAgent } from './collect.ts';

const heartbeats = 'vitals.agent.heartbeats';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function setUp(options: Parameters<typeof testAgent>[0] = {}) {
  freshEmission();
  const collector = registerProvider();
  const agent = testAgent({ heartbeat: 'auto', ...options });
  return { agent, collector, beats: async () => (await collector.collect()).value(heartbeats) };
}

describe('heartbeats', () => {
  it('come at once and then every 10 s', async () => {
    const { beats } = setUp();
    expect(await beats()).toBe(1);
    await vi.advanceTimersByTimeAsync(9_999);
    expect(await beats()).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(await beats()).toBe(2);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(await beats()).toBe(8);
  });

  it('keep the interval that is asked for, and promise it', async () => {
    const { beats, collector } = setUp({ heartbeatIntervalMs: 2_000 });
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await beats()).toBe(6);
    expect((await collector.collect()).value('vitals.agent.heartbeat.interval')).toBe(2);
  });

  it('never come from an export: arrival is not life', async () => {
    const { beats } = setUp({ heartbeat: 'manual' });
    for (let index = 0; index < 20; index++) expect(await beats()).toBe(0);
  });

  it('come by hand only with heartbeat: manual, which promises no interval of its own', async () => {
    const { agent, beats, collector } = setUp({ heartbeat: 'manual' });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(await beats()).toBe(0);
    agent.beat();
    agent.beat();
    expect(await beats()).toBe(2);
    expect((await collector.collect()).names).not.toContain('vitals.agent.heartbeat.interval');
  });

  it('promise the interval that a loop keeps by hand', async () => {
    const { collector } = setUp({ heartbeat: 'manual', heartbeatIntervalMs: 30_000 });
    expect((await collector.collect()).value('vitals.agent.heartbeat.interval')).toBe(30);
  });

  it('go on after errors, paused and exhausted', async () => {
    const { agent, beats } = setUp();
    expect(() =>
      agent.operation('draft', () => {
        throw new Error('x');
      }),
    ).toThrow();
    await vi.advanceTimersByTimeAsync(10_000);
    agent.pause();
    await vi.advanceTimersByTimeAsync(10_000);
    agent.exhausted();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await beats()).toBe(4);
  });

  it('go on while the queue callback throws at each export', async () => {
    const { agent, beats, collector } = setUp();
    agent.queueDepth(() => {
      throw new Error('x');
    });
    expect((await collector.collect()).names).not.toContain('vitals.agent.queue.depth');
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await beats()).toBe(2);
  });

  it('end with the goodbye, begin again with start, and come once however often it is called', async () => {
    const { agent, beats } = setUp();
    agent.stop();
    agent.stop();
    await vi.advanceTimersByTimeAsync(60_000);
    agent.start();
    agent.start();
    expect(await beats()).toBe(2);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await beats()).toBe(3);
    expect(vi.getTimerCount()).toBeLessThanOrEqual(2); // the heartbeat's and the resources'
  });

  it.each([0, -1, 50, Number.NaN, Number.POSITIVE_INFINITY, 3_600_001])(
    'take 10 s for an interval of %d ms, and say so',
    async (heartbeatIntervalMs) => {
      const said = recordDiag();
      const { agent, collector } = setUp({ heartbeatIntervalMs });
      expect(agent.complaints).toBe(1);
      expect(said[0]).toContain('heartbeatIntervalMs must be between 100 and 3,600,000');
      expect((await collector.collect()).value('vitals.agent.heartbeat.interval')).toBe(10);
    },
  );
});
