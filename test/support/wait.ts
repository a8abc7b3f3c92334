/**
 * Waits for a condition by asking again and again: for one that can't announce itself.
 *
 * @param look what is asked for; undefined, null and false mean "not yet", and so does a thrown error
 * @param options `what` completes the sentence "Cannot see …"; `timeoutMs` is by default 25,000 ms (a busy machine may be slow),
 *   `intervalMs` between two looks 20 ms
 * @returns the first other value
 * @throws Error that names `what` and what was seen last, when the time is up, even if a look never answers
 *
 * @example
 * await waitFor(async () => (await fetch(url)).ok, { what: `an answer from ${url}` });
 */
export async function waitFor<T>(
  look: () => T | Promise<T>,
  options: { readonly what: string; readonly timeoutMs?: number; readonly intervalMs?: number },
): Promise<Exclude<T, undefined | null | false>> {
  const { what, timeoutMs = 25_000, intervalMs = 20 } = options;
  let last = 'nothing answered';
  let over = false;
  const looking = async () => {
    while (!over) {
      try {
        const value = await look();
        if (value !== undefined && value !== null && value !== false) {
          return value as Exclude<T, undefined | null | false>;
        }
        last = `last value was ${value}`;
      } catch (error) {
        last = `last error was ${error instanceof Error ? error.message : error}`;
      }
      await new Promise((resolve) => setTimeout(resolve, intervalMs));
    }
    return undefined as never;
  };
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      over = true;
      reject(new Error(`Cannot see ${what} within ${timeoutMs} ms: ${last}`));
    }, timeoutMs);
  });
  return Promise.race([looking(), late]).finally(() => {
    over = true;
    clearTimeout(timer);
  });
}
