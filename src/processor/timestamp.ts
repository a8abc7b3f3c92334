const dayMs = 86_400_000;
const twoDigits = Array.from({ length: 60 }, (_, value) => String(value).padStart(2, '0'));
const threeDigits = Array.from({ length: 1000 }, (_, value) => String(value).padStart(3, '0'));

/** The day written last, and how it is written: moments of a fleet are mostly of one day. */
let dayStartMs = Number.NaN;
let dayText = '';

/**
 * Writes a moment as RFC 3339 in UTC, exactly as `Date.prototype.toISOString` does, in a fifth of its time: an answer
 * about a thousand agents has thousands of them.
 *
 * @param epochMs - Milliseconds since the epoch.
 * @throws RangeError where it is no time.
 * @example
 * ```ts
 * timestampOf(0); // '1970-01-01T00:00:00.000Z'
 * ```
 */
export function timestampOf(epochMs: number): string {
  const wholeMs = Math.trunc(epochMs);
  let ofDayMs = wholeMs - dayStartMs;
  if (!(ofDayMs >= 0 && ofDayMs < dayMs)) {
    const startMs = Math.floor(wholeMs / dayMs) * dayMs;
    dayText = new Date(startMs).toISOString().slice(0, -13);
    dayStartMs = startMs;
    ofDayMs = wholeMs - startMs;
  }
  const hours = twoDigits[Math.floor(ofDayMs / 3_600_000)];
  const minutes = twoDigits[Math.floor(ofDayMs / 60_000) % 60];
  const seconds = twoDigits[Math.floor(ofDayMs / 1_000) % 60];
  return `${dayText}${hours}:${minutes}:${seconds}.${threeDigits[ofDayMs % 1_000]}Z`;
}
