import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { HeartbeatMonitor, type HeartbeatMonitorOptions } from '../../src/monitor/index.ts';
import { runToEnd } from '../support/process.ts';

const second = 1_000;

beforeEach(() => {
  vi.useFakeTimers({ now: Date.UTC(2030, 0, 1) });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A running monitor that notes what it tells: `warning a 1`, `timeout a author`. */
function watched(options: HeartbeatMonitorOptions = {}) {
  const told: string[] = [];
  const monitor = new HeartbeatMonitor({
    onWarning: (id, missed) => told.push(`${Date.now() / second - start} warning ${id} ${missed}`),
    onTimeout: (id, type) => told.push(`${Date.now() / second - start} timeout ${id} ${type}`),
    ...options,
  });
  monitor.start();
  return { monitor, told };
}
const start = Date.UTC(2030, 0, 1) / second;
const pass = (seconds: number) => vi.advanceTimersByTime(seconds * second);

describe('by default', () => {
  it('looks every 5 s, warns beyond 30 s, times out at the third check, and drops', () => {
    const { monitor, told } = watched();
    monitor.register('a', 'author');
    pass(300);
    expect(told).toEqual(['35 warning a 1', '45 timeout a author']);
    expect(monitor.status('a')).toBeNull();
    expect(monitor.beat('a')).toBe(false);
  });

  it('says nothing of what beats', () => {
    const { monitor, told } = watched();
    monitor.register('a', 'author');
    for (let beat = 0; beat < 20; beat++) {
      pass(30);
      expect(monitor.beat('a')).toBe(true);
    }
    expect(told).toEqual([]);
  });
});

describe('status', () => {
  it('has these fields and no other', () => {
    const { monitor } = watched();
    monitor.register('a', 'author');
    pass(36);
    expect(monitor.status('a')).toEqual({
      session_id: 'a',
      agent_type: 'author',
      last_beat: '2030-01-01T00:00:00.000Z',
      seconds_since_beat: 36,
      missed_beats: 1,
      is_paused: false,
      is_healthy: false,
    });
    monitor.beat('a');
    monitor.pause('a');
    expect(monitor.status('a')).toEqual({
      session_id: 'a',
      agent_type: 'author',
      last_beat: '2030-01-01T00:00:36.000Z',
      seconds_since_beat: 0,
      missed_beats: 0,
      is_paused: true,
      is_healthy: true,
    });
    expect(monitor.status('b')).toBeNull();
  });

  it('lists and counts all, in the order of registration', () => {
    const { monitor } = watched();
    monitor.register('b', 'x');
    monitor.register('a', 'y');
    pass(35);
    monitor.beat('a');
    expect(monitor.statuses().map(({ session_id, is_healthy }) => [session_id, is_healthy])).toEqual([
      ['b', false],
      ['a', true],
    ]);
    expect([monitor.registeredCount, monitor.healthyCount]).toEqual([2, 1]);
    expect(monitor.unregister('b')).toBe(true);
    expect(monitor.unregister('b')).toBe(false);
    expect([monitor.registeredCount, monitor.healthyCount]).toEqual([1, 1]);
  });

  it('is not touched by a jump of the wall clock, but dates by the new one', () => {
    const { monitor, told } = watched();
    monitor.register('a', 'author');
    pass(10);
    expect(monitor.status('a')?.last_beat).toBe('2030-01-01T00:00:00.000Z');
    vi.setSystemTime(Date.UTC(2031, 0, 1));
    pass(5);
    expect(told).toEqual([]);
    expect(monitor.status('a')).toMatchObject({
      seconds_since_beat: 15,
      last_beat: '2030-12-31T23:59:50.000Z',
    });
  });

  it('dates the same beat the same, though both clocks tick apart by fractions', () => {
    const clock = { now: () => 5_000, monotonic: () => 100.7 };
    const { monitor } = watched({ clock });
    monitor.register('a', '');
    const first = monitor.status('a')?.last_beat;
    clock.now = () => 6_001;
    clock.monotonic = () => 1_101.2;
    expect(monitor.status('a')?.last_beat).toBe(first);
  });
});

describe('pause', () => {
  it('outlives beats and ends with resume, which begins the timeout afresh', () => {
    const { monitor, told } = watched();
    monitor.register('a', 'author');
    expect(monitor.pause('a')).toBe(true);
    pass(300);
    monitor.beat('a');
    pass(300);
    expect(told).toEqual([]);
    expect(monitor.resume('a')).toBe(true);
    pass(35);
    expect(told).toEqual(['635 warning a 1']);
    monitor.pause('a');
    monitor.register('a', 'editor');
    expect(monitor.status('a')).toMatchObject({ agent_type: 'editor', is_paused: false, missed_beats: 0 });
    expect([monitor.pause('b'), monitor.resume('b')]).toEqual([false, false]);
  });
});

describe('start and stop', () => {
  it('may be called twice: no check is made twice, and what is registered stays', () => {
    const { monitor, told } = watched();
    monitor.start();
    monitor.register('a', 'author');
    pass(35);
    monitor.stop();
    monitor.stop();
    pass(600);
    expect(told).toEqual(['35 warning a 1']);
    expect(monitor.status('a')).toMatchObject({ missed_beats: 1 });
    monitor.start();
    pass(10);
    expect(told).toEqual(['35 warning a 1', '645 timeout a author']);
  });

  it.each([
    ['using', (monitor: HeartbeatMonitor) => monitor[Symbol.dispose]()],
    ['await using', (monitor: HeartbeatMonitor) => monitor[Symbol.asyncDispose]()],
  ])('%s ends the timer', async (_, end) => {
    const { monitor } = watched();
    expect(vi.getTimerCount()).toBe(1);
    await end(monitor);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('handlers', () => {
  const throwing = () => {
    throw new Error('handler broke');
  };
  const rejecting = async () => throwing();

  it.each([
    ['throw', throwing],
    ['reject', rejecting],
  ])('that %s are counted, said once each, and stop nothing', async (_, handler) => {
    const said: string[] = [];
    const { monitor } = watched({
      onWarning: handler,
      onTimeout: handler,
      log: { warn: (message) => said.push(message) },
    });
    for (const id of ['a', 'b', 'c']) monitor.register(id, '');
    await vi.advanceTimersByTimeAsync(60 * second);
    expect(monitor.registeredCount).toBe(0);
    expect(monitor.handlerErrors).toBe(6);
    expect(said).toHaveLength(2);
    expect(said[0]).toMatch(/^agent-vitals\/monitor: .*onWarning.*handler broke/);
    expect(said[1]).toMatch(/^agent-vitals\/monitor: .*onTimeout.*handler broke/);
  });

  it('are forgiven a log that throws and an error that cannot be shown', () => {
    const { monitor } = watched({
      onWarning: () => {
        throw { toString: throwing };
      },
      log: { warn: throwing },
    });
    monitor.register('a', '');
    pass(35);
    expect(monitor.handlerErrors).toBe(1);
  });

  it('may unregister themselves and others, and register anew, in the middle of a check', () => {
    const told: string[] = [];
    const { monitor } = watched({
      maxMissedBeats: 1,
      onWarning: (id) => {
        told.push(`warning ${id}`);
        if (id === 'a') monitor.unregister('a');
        if (id === 'b') monitor.unregister('c');
      },
      onTimeout: (id, type) => {
        told.push(`timeout ${id}`);
        monitor.check();
        monitor.register(id, type);
      },
    });
    for (const id of ['a', 'b', 'c', 'd']) monitor.register(id, '');
    pass(35);
    expect(told).toEqual(['warning a', 'warning b', 'timeout b', 'warning d', 'timeout d']);
    expect(monitor.statuses().map(({ session_id }) => session_id)).toEqual(['b', 'd']);
  });

  it('may check within a check, which is nothing', () => {
    let warnings = 0;
    const { monitor } = watched({
      onWarning: () => {
        warnings++;
        monitor.check();
        monitor.check();
      },
    });
    monitor.register('a', '');
    monitor.register('b', '');
    pass(35);
    expect(warnings).toBe(2);
    expect(monitor.statuses().map(({ missed_beats }) => missed_beats)).toEqual([1, 1]);
  });
});

describe('what cannot be', () => {
  it.each([
    [{ timeoutMs: 0 }, 'timeoutMs must be above 0: current value is 0'],
    [{ timeoutMs: Number.NaN }, 'timeoutMs must be above 0: current value is NaN'],
    [{ checkIntervalMs: 0 }, 'checkIntervalMs must be 1 to 2147483647 ms: current value is 0'],
    [{ checkIntervalMs: 3e9 }, 'checkIntervalMs must be 1 to 2147483647 ms: current value is 3000000000'],
    [{ maxMissedBeats: 1.5 }, 'maxMissedBeats must be a whole number above 0: current value is 1.5'],
  ])('%j is refused', (options, message) => {
    expect(() => new HeartbeatMonitor(options)).toThrow(new RangeError(`Cannot monitor as ${message}`));
  });
});

describe('a process', () => {
  it('is not kept open, and hears of a broken handler by a warning of Node', async () => {
    vi.useRealTimers();
    const program = `
      import { HeartbeatClient, HeartbeatMonitor } from ${JSON.stringify(new URL('../../src/monitor/index.ts', import.meta.url))};
      const monitor = new HeartbeatMonitor({ timeoutMs: 1, checkIntervalMs: 5, onTimeout: () => { throw new Error('oh'); } });
      monitor.start();
      monitor.register('a', '');
      new HeartbeatClient(monitor, 'b', { intervalMs: 5 }).start();
      const until = performance.now() + 10_000;
      await new Promise((resolve) => { const look = () => monitor.handlerErrors || performance.now() > until ? resolve() : setTimeout(look, 5); look(); });
      console.log('errors', monitor.handlerErrors);`;
    const { code, stdout, stderr } = await runToEnd(process.execPath, [
      '--conditions=@agent-vitals/source',
      '--input-type=module-typescript',
      '--eval',
      program,
    ]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'errors 1\n' });
    expect(stderr).toMatch(/AgentVitalsWarning: agent-vitals\/monitor: .*onTimeout.*oh/);
  });
});
