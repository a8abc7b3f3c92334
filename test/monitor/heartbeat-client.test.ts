import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { HeartbeatClient, HeartbeatMonitor, type HeartbeatTarget } from '../../src/monitor/index.ts';

const second = 1_000;

beforeEach(() => {
  vi.useFakeTimers({ now: Date.UTC(2030, 0, 1) });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A monitor that notes the calls and answers as it is told to. */
function target(answer: () => boolean | Promise<boolean> = () => true) {
  const calls: string[] = [];
  const noted = (call: string) => (id: string) => {
    calls.push(`${call} ${id}`);
    return answer();
  };
  const made: HeartbeatTarget = { beat: noted('beat'), pause: noted('pause'), resume: noted('resume') };
  return { calls, target: made };
}

describe('with a monitor', () => {
  it('keeps an id alive; when it stops, the id times out', () => {
    const timedOut: string[] = [];
    const monitor = new HeartbeatMonitor({ onTimeout: (id) => timedOut.push(id) });
    monitor.start();
    monitor.register('a', 'author');
    const client = new HeartbeatClient(monitor, 'a');
    client.start();
    vi.advanceTimersByTime(600 * second);
    expect(monitor.status('a')).toMatchObject({ is_healthy: true, seconds_since_beat: 0 });
    client.stop();
    vi.advanceTimersByTime(60 * second);
    expect(timedOut).toEqual(['a']);
  });

  it('pauses there too, so that the silence is not missed', () => {
    const monitor = new HeartbeatMonitor();
    monitor.start();
    monitor.register('a', 'author');
    const client = new HeartbeatClient(monitor, 'a');
    client.start();
    client.pause();
    vi.advanceTimersByTime(600 * second);
    expect(monitor.status('a')).toMatchObject({ is_paused: true, seconds_since_beat: 600, is_healthy: true });
    client.resume();
    expect(monitor.status('a')).toMatchObject({ is_paused: false, seconds_since_beat: 0 });
  });
});

describe('beats', () => {
  it('come at once, then every 10 s by default', () => {
    const { calls, target: to } = target();
    const client = new HeartbeatClient(to, 'a');
    client.start();
    expect(calls).toEqual(['beat a']);
    vi.advanceTimersByTime(9_999);
    expect(calls).toHaveLength(1);
    vi.advanceTimersByTime(20_001);
    expect(calls).toHaveLength(4);
  });

  it('start and stop may be called twice', () => {
    const { calls, target: to } = target();
    const client = new HeartbeatClient(to, 'a', { intervalMs: second });
    client.start();
    client.start();
    expect([calls.length, vi.getTimerCount(), client.isRunning]).toEqual([1, 1, true]);
    client.stop();
    client.stop();
    vi.advanceTimersByTime(10 * second);
    expect([calls.length, vi.getTimerCount(), client.isRunning]).toEqual([1, 0, false]);
    client.start();
    expect(calls).toHaveLength(2);
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('gone');
      },
    ],
    ['rejects', async () => Promise.reject(new Error('gone'))],
  ])('go on when the monitor %s: counted, said once', async (_, answer) => {
    const said: string[] = [];
    const { calls, target: to } = target(answer);
    const client = new HeartbeatClient(to, 'a', {
      intervalMs: second,
      log: { warn: (message) => said.push(message) },
    });
    client.start();
    await vi.advanceTimersByTimeAsync(9 * second);
    expect([calls.length, client.errors, client.refused]).toEqual([10, 10, 0]);
    expect(said).toEqual([expect.stringMatching(/^agent-vitals\/monitor: Cannot beat "a": .*gone/)]);
  });

  it.each([
    ['at once', () => false],
    ['later', async () => false],
  ])(
    'for an id that nobody has registered are counted as refused, said once (answered %s)',
    async (_, answer) => {
      const said: string[] = [];
      const { target: to } = target(answer);
      const client = new HeartbeatClient(to, 'a', {
        intervalMs: second,
        log: { warn: (message) => said.push(message) },
      });
      client.start();
      await vi.advanceTimersByTimeAsync(2 * second);
      expect([client.errors, client.refused]).toEqual([0, 3]);
      expect(said).toEqual([
        'agent-vitals/monitor: Cannot beat "a" as it must be registered in the monitor (said once)',
      ]);
    },
  );
});

describe('pause', () => {
  it('holds beats back until resume, each told to the monitor once', () => {
    const { calls, target: to } = target();
    const client = new HeartbeatClient(to, 'a', { intervalMs: second });
    client.start();
    client.pause();
    client.pause();
    expect(client.isPaused).toBe(true);
    vi.advanceTimersByTime(5 * second);
    client.resume();
    client.resume();
    expect(calls).toEqual(['beat a', 'pause a', 'resume a']);
    vi.advanceTimersByTime(second);
    expect(calls).toHaveLength(4);
  });

  it('before the start holds the first beat back, too', () => {
    const { calls, target: to } = target();
    const client = new HeartbeatClient(to, 'a', { intervalMs: second });
    client.pause();
    client.start();
    vi.advanceTimersByTime(3 * second);
    expect(calls).toEqual(['pause a']);
  });
});

describe('an interval that cannot be', () => {
  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('%d is refused', (intervalMs) => {
    expect(() => new HeartbeatClient(target().target, 'a', { intervalMs })).toThrow(
      `Cannot beat for "a" as intervalMs must be 1 to 2147483647 ms: current value is ${intervalMs}`,
    );
  });
});

it.each([
  ['using', (client: HeartbeatClient) => client[Symbol.dispose]()],
  ['await using', (client: HeartbeatClient) => client[Symbol.asyncDispose]()],
])('%s ends the timer', async (_, end) => {
  const client = new HeartbeatClient(target().target, 'a');
  client.start();
  await end(client);
  expect(vi.getTimerCount()).toBe(0);
});
