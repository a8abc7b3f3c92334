/** What a goodbye may take of a process' time. */
export const goodbyeMs = 2_000;

/** Node's longest timer. */
const longestMs = 2 ** 31 - 1;

/**
 * Waits for a promise that doesn't keep the process open by itself.
 *
 * @param limitMs - At most this long.
 * @returns Settles with the promise, whatever becomes of it, or when the time is up; never rejects.
 */
export async function atMost(promise: Promise<unknown>, limitMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, limitMs);
  });
  try {
    await Promise.race([promise, limit]);
  } catch {
    // Whoever made the promise has told diag.
  } finally {
    clearTimeout(timer);
  }
}

/** Keeps the process open until the promise settles: somebody waits for it. */
export function awake(promise: Promise<unknown>): Promise<void> {
  return atMost(promise, longestMs);
}
