import { setImmediate } from 'node:timers/promises';

/** Does something step by step; between two steps the event loop gets its turn. */
export async function inSlices<T>(steps: Generator<void, T>): Promise<T> {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
    await setImmediate();
  }
}
