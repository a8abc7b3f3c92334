/**
 * The ways in which providers write "when": seconds, epochs, durations, RFC 3339 and the three HTTP dates.
 * Pure: the time of reading is an argument.
 */

/** Longer than any notation understood here; what is longer is not read. */
const maxTextLength = 64;

const millisecondsOf: Record<string, number> = {
  d: 86_400_000,
  h: 3_600_000,
  m: 60_000,
  s: 1_000,
  ms: 1,
  us: 1e-3,
  µs: 1e-3,
  ns: 1e-6,
};

/**
 * A plain number from here on is an epoch and no duration: 10^9 seconds are 31 years as a wait and
 * September 2001 as a date; 10^11 are the year 5138 in seconds and March 1973 in milliseconds.
 */
const firstEpochSeconds = 1e9;
const firstEpochMilliseconds = 1e11;

/**
 * Reads a duration as Go prints it, the notation of `x-ratelimit-reset-*` and of Google's `retryDelay`.
 *
 * @param text such as `6m0s`, `1h2m3.5s`, `250ms`, `34.07s`
 * @returns milliseconds, negative after a leading minus, or null if it is no duration
 * @example
 * ```ts
 * console.log(readDuration('6m0s')); // 360000
 * ```
 */
export function readDuration(text: string): number | null {
  if (text.length > maxTextLength) return null;
  const negative = text.startsWith('-');
  const part = /(\d+(?:\.\d+)?)(d|h|ms|m|s|us|[µμ]s|ns)/y;
  part.lastIndex = negative ? 1 : 0;
  let sum = 0;
  let parts = 0;
  let end = part.lastIndex;
  for (let match = part.exec(text); match !== null; match = part.exec(text)) {
    sum += Number(match[1]) * (millisecondsOf[match[2]!.replace('μ', 'µ')] ?? Number.NaN);
    parts += 1;
    end = part.lastIndex;
  }
  if (parts === 0 || end !== text.length || !Number.isFinite(sum)) return null;
  return negative ? -sum : sum;
}

/**
 * Reads a moment in any notation of rate limit headers: a small number is a wait, a number from 10^9 on epoch
 * seconds, from 10^11 on epoch milliseconds; else a duration, RFC 3339 with an offset, or an HTTP date.
 * A date without an offset is refused: it would mean another moment on every machine.
 *
 * @param text one value, not a list
 * @param nowMs epoch milliseconds that waits count from
 * @param waitUnit unit of a small plain number
 * @returns epoch milliseconds, also in the past, or null if it is none of these notations
 * @example
 * ```ts
 * console.log(readMoment('120', 0)); // 120000
 * ```
 */
export function readMoment(text: string, nowMs: number, waitUnit: 's' | 'ms' = 's'): number | null {
  const trimmed = text.trim();
  if (trimmed === '' || trimmed.length > maxTextLength) return null;
  const atMs = readNumber(trimmed, nowMs, waitUnit) ?? readWait(trimmed, nowMs) ?? readDate(trimmed, nowMs);
  return atMs !== null && Number.isFinite(atMs) ? atMs : null;
}

function readNumber(text: string, nowMs: number, waitUnit: 's' | 'ms'): number | null {
  if (!/^-?\d+(?:\.\d+)?$/.test(text)) return null;
  const number = Number(text);
  if (waitUnit === 'ms') return nowMs + number;
  if (number >= firstEpochMilliseconds) return number;
  return number >= firstEpochSeconds ? number * 1_000 : nowMs + number * 1_000;
}

function readWait(text: string, nowMs: number): number | null {
  const durationMs = readDuration(text);
  return durationMs === null ? null : nowMs + durationMs;
}

const rfc3339 = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:[Zz]|[+-]\d{2}:\d{2})$/;

/** RFC 9110 §5.6.7: a recipient must understand all three. */
const imfFixdate = /^[A-Z][a-z]{2}, (\d{2}) ([A-Z][a-z]{2}) (\d{4}) (\d{2}):(\d{2}):(\d{2}) GMT$/;
const rfc850Date = /^[A-Z][a-z]+day, (\d{2})-([A-Z][a-z]{2})-(\d{2}) (\d{2}):(\d{2}):(\d{2}) GMT$/;
const asctimeDate = /^[A-Z][a-z]{2} ([A-Z][a-z]{2}) ([ \d]\d) (\d{2}):(\d{2}):(\d{2}) (\d{4})$/;

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

function readDate(text: string, nowMs: number): number | null {
  if (rfc3339.test(text)) {
    const [year = 0, month = 0, day = 0] = text.slice(0, 10).split('-').map(Number);
    return isDay(year, month - 1, day) ? Date.parse(text.toUpperCase().replace(' ', 'T')) : null;
  }
  const imf = imfFixdate.exec(text);
  if (imf) return utc(Number(imf[3]), imf[2]!, imf[1]!, imf[4]!, imf[5]!, imf[6]!);
  const rfc850 = rfc850Date.exec(text);
  if (rfc850) {
    return utc(
      fullYear(Number(rfc850[3]), nowMs),
      rfc850[2]!,
      rfc850[1]!,
      rfc850[4]!,
      rfc850[5]!,
      rfc850[6]!,
    );
  }
  const asctime = asctimeDate.exec(text);
  if (asctime)
    return utc(Number(asctime[6]), asctime[1]!, asctime[2]!, asctime[3]!, asctime[4]!, asctime[5]!);
  return null;
}

/** RFC 9110 §5.6.7: two digits that seem more than 50 years ahead are the latest such year in the past. */
function fullYear(twoDigits: number, nowMs: number): number {
  const thisYear = new Date(nowMs).getUTCFullYear();
  const year = Math.floor(thisYear / 100) * 100 + twoDigits;
  return year > thisYear + 50 ? year - 100 : year;
}

function utc(year: number, month: string, day: string, hour: string, minute: string, second: string) {
  const monthIndex = months.indexOf(month);
  if (!isDay(year, monthIndex, Number(day))) return null;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 60) return null;
  return Date.UTC(year, monthIndex, Number(day), Number(hour), Number(minute), Number(second));
}

/** JavaScript takes the 31st of February for the 3rd of March. */
function isDay(year: number, monthIndex: number, day: number): boolean {
  const date = new Date(Date.UTC(year, monthIndex, day));
  return date.getUTCMonth() === monthIndex && date.getUTCDate() === day;
}
