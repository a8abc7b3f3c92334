/** Node runs a timer of more than this at once and for ever. */
const longestTimerMs = 2 ** 31 - 1;

/**
 * An interval that a timer can keep.
 *
 * @param what - What cannot be done otherwise, for the error's message.
 * @param name - The option's name.
 * @throws RangeError where it can't.
 */
export function timerIntervalMs(what: string, name: string, value: number): number {
  if (value >= 1 && value <= longestTimerMs) return value;
  throw new RangeError(
    `Cannot ${what} as ${name} must be 1 to ${longestTimerMs} ms: current value is ${value}`,
  );
}
