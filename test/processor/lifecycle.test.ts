import { describe, expect, it, vi } from 'vitest';
import { Lifecycle } from '../../src/processor/lifecycle.ts';

function lifecycle() {
  const failures: string[] = [];
  return {
    failures,
    life: new Lifecycle((where, error) => failures.push(`${where}: ${(error as Error).message}`)),
  };
}

describe('Lifecycle', () => {
  it('stops in reverse order, once, and waits for each', async () => {
    const { life, failures } = lifecycle();
    const order: string[] = [];
    life.onStop('first', () => void order.push('first'));
    life.onStop('second', async () => {
      await Promise.resolve();
      order.push('second');
    });
    life.onStop('third', () => void order.push('third'));
    await Promise.all([life.stop(), life.stop()]);
    await life.stop();
    expect(order).toEqual(['third', 'second', 'first']);
    expect(failures).toEqual([]);
  });

  it('goes on after a step that fails', async () => {
    const { life, failures } = lifecycle();
    let stopped = false;
    life.onStop('first', () => {
      stopped = true;
    });
    life.onStop('second', () => Promise.reject(new Error('stuck')));
    life.onStop('third', () => {
      throw new Error('broken');
    });
    await life.stop();
    expect(stopped).toBe(true);
    expect(failures).toEqual(['stop of third: broken', 'stop of second: stuck']);
  });

  it('leaves a step that hangs, within 5 s altogether', async () => {
    vi.useFakeTimers();
    try {
      const { life, failures } = lifecycle();
      let stopped = false;
      life.onStop('first', () => {
        stopped = true;
      });
      life.onStop('second', () => new Promise(() => {}));
      const done = life.stop();
      await vi.advanceTimersByTimeAsync(5_000);
      await done;
      expect(stopped).toBe(true);
      expect(failures).toEqual(['stop of second: Cannot stop second as it must end within 4500 ms']);
    } finally {
      vi.useRealTimers();
    }
  });
});
