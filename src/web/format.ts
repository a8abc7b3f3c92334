/**
 * Says how long ago something was, or how long it will take, in one or two units.
 *
 * @param ms - The length in milliseconds; below 0 counts as 0.
 * @returns Such as `12 s`, `3 min 5 s`, `2 h 4 min`, `3 d 1 h`.
 * @example
 * ```ts
 * formatLength(185_000); // '3 min 5 s'
 * ```
 */
export function formatLength(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  const days = Math.floor(hours / 24);
  if (minutes === 0) return `${seconds} s`;
  if (hours === 0) return twoUnits(minutes, 'min', seconds % 60, 's');
  if (days === 0) return twoUnits(hours, 'h', minutes % 60, 'min');
  return twoUnits(days, 'd', hours % 24, 'h');
}

function twoUnits(great: number, greatUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${great} ${greatUnit}` : `${great} ${greatUnit} ${small} ${smallUnit}`;
}

/**
 * Says when something was, as seen from now.
 *
 * @param timestamp - RFC 3339, or null for never.
 * @param nowMs - Now by the processor's clock, in milliseconds since the epoch.
 * @example
 * ```ts
 * formatAgo('2030-01-01T00:00:00.000Z', Date.parse('2030-01-01T00:00:07.000Z')); // '7 s ago'
 * ```
 */
export function formatAgo(timestamp: string | null, nowMs: number): string {
  return timestamp === null ? 'never' : `${formatLength(nowMs - Date.parse(timestamp))} ago`;
}

/**
 * Says when an exhausted agent is back.
 *
 * @param exhausted - The recovery time (null is never by itself) and where it comes from; a default is a guess.
 * @param nowMs - Now by the processor's clock, in milliseconds since the epoch.
 * @example
 * ```ts
 * formatRecovery({ recovery_at: null, recovery_source: 'reported' }, Date.now()); // 'not by itself'
 * ```
 */
export function formatRecovery(
  exhausted: { readonly recovery_at: string | null; readonly recovery_source: string },
  nowMs: number,
): string {
  if (exhausted.recovery_at === null) return 'not by itself';
  const leftMs = Date.parse(exhausted.recovery_at) - nowMs;
  const length = leftMs <= 0 ? 'due now' : formatLength(leftMs);
  return exhausted.recovery_source === 'default' ? `${length} (a guess)` : length;
}

/** The time of day of a moment (milliseconds since the epoch), as the browser's user writes it. */
export function formatTimeOfDay(epochMs: number): string {
  return new Date(epochMs).toLocaleTimeString();
}
