import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

const folder = new URL('./', import.meta.url);

/** Hashes this demo's own files, one a step. */
export async function hashFiles(
  read: (file: URL) => Promise<Buffer>,
  onStep: () => void,
  stepMs: number,
  signal: AbortSignal,
): Promise<string> {
  const hash = createHash('sha256');
  for (const name of await readdir(folder)) {
    hash.update(await read(new URL(name, folder)));
    onStep();
    await sleep(stepMs, undefined, { signal });
  }
  return hash.digest('hex');
}

/** Sorts numbers that a fixed rule makes, a block a step. */
export async function sortNumbers(
  blocks: number,
  onStep: () => void,
  stepMs: number,
  signal: AbortSignal,
): Promise<number> {
  let state = 1;
  let smallest = Number.POSITIVE_INFINITY;
  for (let block = 0; block < blocks; block++) {
    const numbers = Float64Array.from({ length: 20_000 }, () => {
      state = (state * 48_271) % 2_147_483_647;
      return state;
    });
    numbers.sort();
    smallest = Math.min(smallest, numbers[0] ?? smallest);
    onStep();
    await sleep(stepMs, undefined, { signal });
  }
  return smallest;
}
