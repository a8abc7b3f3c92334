import { isPlain, read, readItems, readString } from './safe-read.ts';

/** What a provider's error body says, whichever provider's it is. */
export interface ProviderError {
  /** Error codes, types and statuses, in lower case with underscores. */
  codes: Set<string>;
  /** Sentences for people. */
  messages: string[];
  /** HTTP status that the body itself names. */
  status: number | null;
  /** Google's `RetryInfo.retryDelay`, such as `34.07s`. */
  retryDelays: string[];
  /** A quota by the day, which is not back after the seconds that Google's RetryInfo may name. */
  daily: boolean;
  /** Headers inside the body: OpenRouter passes them on in `metadata`. */
  headerBags: unknown[];
  /** Whether it is Google's error model (https://google.aip.dev/193). */
  google: boolean;
}

const maxNodes = 64;
/** Google's clients put JSON into the message of JSON: a QuotaFailure is then ten levels down. */
const maxDepth = 10;
const maxItems = 16;
const maxTexts = 16;
const maxMessageLength = 2_048;
const maxJsonLength = 65_536;

/** `error` too, as many write no more than `{"error": "rate_limited"}`. */
const codeKeys = ['code', 'type', 'status', 'reason', 'error', 'error_code', 'errorCode', 'lc_error_code'];
const childKeys = ['error', 'errors', 'detail', 'details', 'errorDetails', 'violations', 'metadata'];

/**
 * Collects what provider error bodies say. Walks data only (JSON as it is or as text), at most 64 nodes and
 * ten levels deep; requests, streams and instances of classes are never entered.
 *
 * @param roots bodies, parsed or as text; anything else is skipped
 */
export function readProviderError(roots: readonly unknown[]): ProviderError {
  const found: ProviderError = {
    codes: new Set(),
    messages: [],
    status: null,
    retryDelays: [],
    daily: false,
    headerBags: [],
    google: false,
  };
  const seen = new Set<unknown>();
  let texts = 0;
  let level = [...roots];
  for (let depth = 0; depth < maxDepth && level.length > 0; depth += 1) {
    const next: unknown[] = [];
    for (const value of level) {
      if (typeof value === 'string') texts += 1;
      const node = typeof value !== 'string' ? value : texts <= maxTexts ? parseJson(value) : undefined;
      if (!isPlain(node) || seen.has(node) || seen.size >= maxNodes) continue;
      seen.add(node);
      if (Array.isArray(node)) next.push(...readItems(node, maxItems));
      else next.push(...readNode(node, found));
    }
    level = next;
  }
  return found;
}

/** Puts what one object says into `found`; returns where to look further. */
function readNode(node: object, found: ProviderError): unknown[] {
  for (const key of codeKeys) addCode(found, read(node, key));
  const message = readString(node, 'message');
  if (message !== undefined) found.messages.push(message.slice(0, maxMessageLength));

  const type = readString(node, '@type') ?? '';
  if (type.startsWith('type.googleapis.com/')) found.google = true;
  if (type.endsWith('google.rpc.RetryInfo')) {
    const delay = durationText(read(node, 'retryDelay'));
    if (delay !== undefined) found.retryDelays.push(delay);
  }
  const quota = readString(node, 'quotaId') ?? readString(node, 'quota_limit') ?? '';
  if (/PerDay|Daily/.test(quota)) found.daily = true;

  const headers = read(node, 'headers');
  if (headers !== undefined) found.headerBags.push(headers);
  return [...childKeys.map((key) => read(node, key)), message];
}

/**
 * Adds a code of an error or a body.
 *
 * @param found what it is added to
 * @param code text, or a number that is then taken for an HTTP status
 */
export function addCode(found: ProviderError, code: unknown): void {
  if (typeof code === 'string' && code.length <= 128) {
    if (/^[45]\d\d$/.test(code)) found.status ??= Number(code);
    else if (code !== '') found.codes.add(code.toLowerCase().replace(/[\s-]+/g, '_'));
  } else if (typeof code === 'number' && Number.isInteger(code) && code >= 400 && code < 600) {
    found.status ??= code;
  }
}

/** Protobuf's JSON writes a Duration as `34.07s`; some clients hand out its fields. */
function durationText(delay: unknown): string | undefined {
  if (typeof delay === 'string') return delay;
  const seconds = Number(read(delay, 'seconds') ?? Number.NaN);
  const nanos = Number(read(delay, 'nanos') ?? 0);
  return Number.isFinite(seconds + nanos) ? `${seconds + nanos / 1e9}s` : undefined;
}

/**
 * Parses the JSON objects in a text, into a list: Google's clients put the body into the error's message, after words of their own
 * (`got status: 429 Too Many Requests. {"error":…}`).
 *
 * @returns the objects, or undefined if there are none or too much text
 */
export function parseJson(text: string): unknown {
  const start = text.indexOf('{');
  const end = text.lastIndexOf('}');
  if (start < 0 || end < start || end - start > maxJsonLength) return undefined;
  try {
    return JSON.parse(`[${text.slice(start, end + 1)}]`);
  } catch {
    return undefined;
  }
}
