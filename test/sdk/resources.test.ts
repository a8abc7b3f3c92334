import { attributes as a } from '@agent-vitals/contract';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { freshEmission, registerProvider, testAgent } from './collect.ts';

const memory = 'process.memory.usage';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
});
afterEach(() => {
  vi.useRealTimers();
});

function setUp() {
  freshEmission();
  const collector = registerProvider();
  const carriers = async () =>
    (await collector.collect()).points(memory).map(({ attributes }) => attributes[a.agentId]);
  return { collector, carriers };
}

describe('resources', () => {
  it('are those of the process and its host', async () => {
    const { collector } = setUp();
    testAgent();
    const start = process.cpuUsage();
    while (process.cpuUsage(start).user < 30_000) JSON.stringify({ busy: true });
    vi.advanceTimersByTime(10_000);
    // The entries of /proc are counted off the loop.
    await vi.waitFor(async () => {
      expect((await collector.collect()).value('process.thread.count')).toBeGreaterThan(0);
    });
    const exported = await collector.collect();
    const utilizations = [
      'process.cpu.utilization',
      'nodejs.eventloop.utilization',
      'system.cpu.utilization',
      'system.memory.utilization',
    ];
    for (const name of utilizations) {
      expect(exported.value(name), name).toBeGreaterThanOrEqual(0);
      expect(exported.value(name), name).toBeLessThanOrEqual(1);
    }
    expect(exported.value('process.cpu.utilization')).toBeGreaterThan(0);
    expect(exported.value(memory)).toBeGreaterThan(10_000_000);
    expect(exported.value('process.unix.file_descriptor.count')).toBeGreaterThan(2);
    expect(exported.value('system.cpu.logical.count')).toBeGreaterThanOrEqual(1);
    expect(exported.value('system.memory.limit')).toBeGreaterThan(exported.value(memory) as number);
  });

  it('are sampled by their own timer, not by an export', async () => {
    const { collector } = setUp();
    testAgent();
    const rss = vi.spyOn(process.memoryUsage, 'rss').mockReturnValue(123);
    const before = (await collector.collect()).value(memory);
    expect(before).not.toBe(123);
    expect((await collector.collect()).value(memory)).toBe(before);
    vi.advanceTimersByTime(10_000);
    expect((await collector.collect()).value(memory)).toBe(123);
    expect(rss).toHaveBeenCalledTimes(1);
    rss.mockRestore();
  });

  it('are counted once a process: the oldest agent shows them, then the next', async () => {
    const { carriers } = setUp();
    const [first, second] = [testAgent(), testAgent()];
    expect(await carriers()).toEqual([first.id]);
    first.stop();
    const third = testAgent();
    expect(await carriers()).toContain(second.id);
    expect(await carriers()).not.toContain(third.id);
  });

  it('are shown by who is told to, and not by who is told not to', async () => {
    const { carriers } = setUp();
    testAgent({ resources: false });
    const asked = [testAgent({ resources: true }), testAgent({ resources: true })];
    testAgent();
    expect(await carriers()).toEqual(asked.map(({ id }) => id));
  });

  it('are sampled at most once a second, however many agents come and go', () => {
    setUp();
    const rss = vi.spyOn(process.memoryUsage, 'rss');
    const now = vi.spyOn(performance, 'now');
    const atMs = performance.now() + 60_000;
    for (let elapsedMs = 0; elapsedMs < 3_000; elapsedMs += 10) {
      now.mockReturnValue(atMs + elapsedMs);
      testAgent().stop();
    }
    expect(rss).toHaveBeenCalledTimes(3);
    rss.mockRestore();
    now.mockRestore();
  });

  it('are not sampled while nobody listens', () => {
    freshEmission();
    testAgent();
    const rss = vi.spyOn(process.memoryUsage, 'rss');
    vi.advanceTimersByTime(60_000);
    expect(rss).not.toHaveBeenCalled();
    rss.mockRestore();
  });

  it('leave no timer behind the last agent', () => {
    const before = vi.getTimerCount();
    const agents = [testAgent(), testAgent({ resources: true })];
    expect(vi.getTimerCount()).toBe(before + 1);
    for (const agent of agents) agent.stop();
    expect(vi.getTimerCount()).toBe(before);
  });
});
