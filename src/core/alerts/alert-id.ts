import { encodeUtf8 } from '../utf8.ts';

// FNV-1a, 64 bits (draft-eastlake-fnv), in two halves of 32: the prime is 2^40 + 0x1b3.
const offsetHigh = 0xcbf29ce4;
const offsetLow = 0x84222325;
const primeLow = 0x1b3;

/**
 * Makes the id of an alert: the same one has the same id whenever, and on whichever processor, it fires.
 *
 * @param name - The rule.
 * @param severity - Its severity.
 * @param subject - What it is about.
 * @returns 16 hexadecimal digits, safe in a URL.
 * @example
 * ```ts
 * alertId('AgentOffline', 'critical', 'scraper-2'); // '5aefd70cc5f6faaf'
 * ```
 */
export function alertId(name: string, severity: string, subject: string): string {
  let high = offsetHigh;
  let low = offsetLow;
  // No name or severity has a byte of zero: no two triples make one text.
  for (const byte of encodeUtf8(`${name}\0${severity}\0${subject}`)) {
    low = (low ^ byte) >>> 0;
    const product = low * primeLow;
    high = (Math.imul(high, primeLow) + low * 0x100 + Math.floor(product / 2 ** 32)) >>> 0;
    low = product >>> 0;
  }
  return hex(high) + hex(low);
}

function hex(half: number): string {
  return half.toString(16).padStart(8, '0');
}
