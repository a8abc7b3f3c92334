import { isPlain, read, readItems } from './safe-read.ts';

/** Names in lower case; several values of one name are joined by `, ` as HTTP does. */
export type ResponseHeaders = ReadonlyMap<string, string>;

const maxHeaders = 512;
const maxValueLength = 512;

/** All others are not even copied: they may hold cookies, and a verdict needs none of them. */
const relevantName = /^retry-after|^x-ms-retry-after-ms$|rate-?limit|^anthropic-|^openai-/;

/** What to ask a bag for that cannot be listed, but only asked by name. */
const namesToAsk = [
  'retry-after',
  'retry-after-ms',
  'x-ratelimit-reset',
  'x-ratelimit-remaining',
  'x-ratelimit-reset-requests',
  'x-ratelimit-remaining-requests',
  'x-ratelimit-reset-tokens',
  'x-ratelimit-remaining-tokens',
  'ratelimit',
  'ratelimit-reset',
  'ratelimit-remaining',
];

/**
 * Reads the headers that matter here from whatever a client hands out: `Headers`, a `Map`, a plain object with
 * strings or arrays, pairs, or undici's flat list of names and values.
 *
 * @param bag anything; what is no bag of headers gives an empty map
 */
export function readHeaders(bag: unknown): ResponseHeaders {
  const headers = new Map<string, string>();
  for (const [name, value] of pairsOf(bag)) {
    if (typeof name !== 'string' || name.length > maxValueLength) continue;
    const key = name.toLowerCase();
    const text = textOf(value);
    if (text === undefined || !relevantName.test(key)) continue;
    const before = headers.get(key);
    headers.set(key, (before === undefined ? text : `${before}, ${text}`).slice(0, maxValueLength));
  }
  return headers;
}

function pairsOf(bag: unknown): [unknown, unknown][] {
  if (typeof bag !== 'object' || bag === null) return [];
  try {
    if (Array.isArray(bag)) return pairsOfList(readItems(bag, maxHeaders));
    if (typeof read(bag, Symbol.iterator) === 'function') return pairsOfIterable(bag as Iterable<unknown>);
    if (isPlain(bag) || typeof read(bag, 'get') !== 'function') {
      const names = Object.keys(bag).slice(0, maxHeaders);
      return names.map((name) => [name, read(bag, name)]);
    }
    return namesToAsk.map((name) => [name, (bag as { get(name: string): unknown }).get(name)]);
  } catch {
    return [];
  }
}

function pairsOfList(list: unknown[]): [unknown, unknown][] {
  if (list.every((item) => Array.isArray(item))) return list.map((pair) => [read(pair, 0), read(pair, 1)]);
  const pairs: [unknown, unknown][] = [];
  for (let i = 0; i + 1 < list.length; i += 2) pairs.push([nameOf(list[i]), list[i + 1]]);
  return pairs;
}

function pairsOfIterable(bag: Iterable<unknown>): [unknown, unknown][] {
  const pairs: [unknown, unknown][] = [];
  for (const pair of bag) {
    if (pairs.length >= maxHeaders) break;
    pairs.push([read(pair, 0), read(pair, 1)]);
  }
  return pairs;
}

/** undici hands out raw headers as bytes. */
function nameOf(name: unknown): unknown {
  return name instanceof Uint8Array ? new TextDecoder().decode(name) : name;
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  if (value instanceof Uint8Array) return new TextDecoder().decode(value.subarray(0, maxValueLength));
  const texts = readItems(value, 16).map(textOf);
  return texts.length > 0 ? texts.filter((text) => text !== undefined).join(', ') : undefined;
}

/**
 * The values of a header that was sent several times and joined by commas. The comma of an HTTP date, as in
 * `Wed, 21 Oct 2026 07:28:00 GMT`, doesn't divide.
 */
export function splitList(value: string): string[] {
  return value.split(/,(?!\s*\d{1,2}[ -][A-Za-z])/, 16).map((part) => part.trim());
}
