export const secondMs = 1000;
export const minuteMs = 60 * secondMs;
/** Bridges a failed scrape or two, and a restart of the processor: over for so long is over. */
export const bridgeMs = 2 * minuteMs;
