/** Seconds between two scrapes, which are evaluated at once. */
export const stepSeconds = 15;

/** What an alert's condition does for a while: it holds, it doesn't, or nothing is scraped. */
export type Phase = 'on' | 'off' | 'gone';
export type Timeline = readonly (readonly [phase: Phase, seconds: number])[];

/** Gives a series' samples along a timeline, by its values while the condition holds and while it doesn't. */
export type Sequence = (on: number, off: number) => string;

/** Series with their samples, as promtool takes both. */
export type Series = Readonly<Record<string, string>>;

/**
 * Lays values along a timeline, in promtool's notation; what isn't scraped has a staleness marker, as a failed scrape
 * leaves it.
 *
 * @example
 * ```ts
 * sequenceAlong([['off', 30], ['on', 60], ['gone', 30]])(1, 0); // '0x1 1x3 stale _'
 * ```
 */
export function sequenceAlong(timeline: Timeline): Sequence {
  return (on, off) =>
    timeline
      .map(([phase, seconds]) => {
        const samples = seconds / stepSeconds;
        if (!Number.isInteger(samples))
          throw new RangeError(`Cannot lay out ${seconds} s in steps of ${stepSeconds}`);
        if (phase === 'gone') return samples === 1 ? 'stale' : `stale ${repeated('_', samples - 1)}`;
        return repeated(String(phase === 'on' ? on : off), samples);
      })
      .join(' ');
}

/** Seconds until the evaluation at which so many milliseconds have passed. */
export function stepsFor(ms: number): number {
  return Math.ceil(ms / 1000 / stepSeconds) * stepSeconds;
}

/** `1x3` is 1 and three times more. */
function repeated(value: string, samples: number): string {
  if (samples === 1) return value;
  return value === '_' ? `_x${samples}` : `${value}x${samples - 1}`;
}
