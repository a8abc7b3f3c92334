import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Flusher } from '../../../src/sdk/node/flusher.ts';

/** A run that ends when it is told to. */
function controlled() {
  const runs: { end(): void; fail(): void }[] = [];
  const run = vi.fn(
    () =>
      new Promise<void>(
        (resolve, reject) => void runs.push({ end: resolve, fail: () => reject(new Error('no')) }),
      ),
  );
  return { run, runs };
}

describe('Flusher', () => {
  beforeEach(() =>
    vi.useFakeTimers({
      toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'clearImmediate', 'performance'],
    }),
  );
  afterEach(() => vi.useRealTimers());

  it('runs urgent flushes at once, together, and at most once an interval', async () => {
    const run = vi.fn(async () => {});
    const flusher = new Flusher(run, 1_000);
    flusher.request();
    flusher.request();
    expect(run).not.toHaveBeenCalled(); // others may turn in the same turn of the event loop
    await vi.advanceTimersByTimeAsync(0);
    expect(run).toHaveBeenCalledTimes(1);

    for (let urgent = 0; urgent < 5; urgent++) {
      flusher.request();
      await vi.advanceTimersByTimeAsync(100);
    }
    expect(run).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(500);
    expect(run).toHaveBeenCalledTimes(2);

    await vi.advanceTimersByTimeAsync(5_000);
    expect(run).toHaveBeenCalledTimes(2);
    flusher.request();
    await vi.advanceTimersByTimeAsync(0);
    expect(run).toHaveBeenCalledTimes(3);
  });

  it('runs a flush that was asked for without delay, and one more for those who ask while it runs', async () => {
    const { run, runs } = controlled();
    const flusher = new Flusher(run, 1_000);
    const settled: string[] = [];
    void flusher.flush().then(() => settled.push('first'));
    expect(run).toHaveBeenCalledTimes(1);
    void flusher.flush().then(() => settled.push('second'));
    void flusher.flush().then(() => settled.push('third'));
    expect(run).toHaveBeenCalledTimes(1);

    runs[0]?.end();
    await vi.advanceTimersByTimeAsync(0);
    expect(settled).toEqual(['first']);
    expect(run).toHaveBeenCalledTimes(2);

    void flusher.flush().then(() => settled.push('fourth'));
    runs[1]?.end();
    await vi.advanceTimersByTimeAsync(0);
    expect(settled).toEqual(['first', 'second', 'third']);
    expect(run).toHaveBeenCalledTimes(3);
    runs[2]?.end();
    await vi.advanceTimersByTimeAsync(0);
    expect(settled).toHaveLength(4);

    void flusher.flush();
    expect(run).toHaveBeenCalledTimes(4);
  });

  it('never rejects and goes on after a failure', async () => {
    const { run, runs } = controlled();
    const flusher = new Flusher(run, 1_000);
    const flushed = flusher.flush();
    runs[0]?.fail();
    await expect(flushed).resolves.toBeUndefined();
    void flusher.flush();
    expect(run).toHaveBeenCalledTimes(2);
  });

  it('forgets an urgent flush that has not begun', async () => {
    const run = vi.fn(async () => {});
    const flusher = new Flusher(run, 1_000);
    flusher.request();
    flusher.cancel();
    await vi.advanceTimersByTimeAsync(0);
    flusher.request();
    await vi.advanceTimersByTimeAsync(0);
    flusher.request();
    flusher.cancel();
    await vi.advanceTimersByTimeAsync(2_000);
    expect(run).toHaveBeenCalledTimes(1);
  });
});
