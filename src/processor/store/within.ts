/**
 * Waits for something, but not for long.
 *
 * @param limitMs - How long, in milliseconds.
 * @returns Its result; undefined where it takes longer.
 */
export async function within<T>(limitMs: number, work: Promise<T> | T): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), limitMs);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
