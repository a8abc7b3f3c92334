/**
 * Reading what an author's code hands over. Without types that may be anything: null, a symbol, a proxy, an object
 * whose getters throw. Nothing here throws.
 */

/** A value in words, for a complaint. */
export function shown(value: unknown): string {
  try {
    return String(value).slice(0, 100);
  } catch {
    return `an unreadable ${typeof value}`;
  }
}

/** A date, or a number, as milliseconds; NaN for anything else. */
export function millisecondsOf(value: unknown): number {
  if (typeof value === 'number') return value;
  if (typeof value !== 'object' || value === null) return Number.NaN;
  try {
    return Number(value);
  } catch {
    return Number.NaN;
  }
}

/** Whether a value is to be waited for. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  try {
    return (
      (typeof value === 'object' || typeof value === 'function') &&
      value !== null &&
      typeof (value as { then?: unknown }).then === 'function'
    );
  } catch {
    return false;
  }
}

/** A promise where none was asked for: nobody else could handle that it rejects. */
export function ignoreRejection(value: unknown): void {
  if (isThenable(value)) Promise.resolve(value).catch(() => {});
}
