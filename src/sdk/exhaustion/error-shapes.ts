/**
 * Where the clients put status, headers and body into what they throw: openai and Anthropic (`status`,
 * `headers`, `error`), Vercel's AI SDK (`statusCode`, `responseHeaders`, `responseBody`), axios, got and gaxios
 * (`response`), undici (`statusCode`, `headers`, `body`), Google's (`status`, the body in `message`), AWS
 * (`$metadata`, `$response`).
 */
import type { Evidence } from './classify.ts';
import { addCode, type ProviderError, parseJson, readProviderError } from './provider-error.ts';
import { type ResponseHeaders, readHeaders } from './response-headers.ts';
import { isPlain, read, readItems, readString } from './safe-read.ts';

/** All that is known of one failed request. */
export interface RequestFailure extends Evidence {
  retryDelays: readonly string[];
  google: boolean;
}

const maxErrors = 32;
const maxDepth = 6;
const maxAttempts = 16;

/** Statuses that clients put into `code`; other numbers there are exit codes and error numbers. */
const statusCodes = new Set([402, 429, 529]);

/**
 * An error and those inside of it, the telling one first: itself, the last attempt, its cause, and then the
 * collected errors from the last to the first. An abort ends its branch: what it carries is why somebody
 * stopped, and no answer of a provider.
 *
 * @param error anything that was thrown
 * @returns at most 32 values, at most six levels deep, none twice
 */
export function errorsWithin(error: unknown): unknown[] {
  const found: unknown[] = [];
  const visit = (node: unknown, depth: number) => {
    if (typeof node !== 'object' || node === null || depth > maxDepth) return;
    if (found.length >= maxErrors || found.includes(node) || isAbort(node)) return;
    found.push(node);
    for (const key of ['lastError', 'cause', 'originalError']) visit(read(node, key), depth + 1);
    const inner = read(node, 'error');
    // A plain `error` is the body of an answer, which `requestFailureOf` reads; an instance is an error.
    if (!isPlain(inner)) visit(inner, depth + 1);
    for (const key of ['reason', 'suppressed']) visit(read(node, key), depth + 1);
    for (const attempt of readItems(read(node, 'errors'), maxAttempts).reverse()) visit(attempt, depth + 1);
  };
  visit(error, 0);
  return found;
}

function isAbort(error: unknown): boolean {
  const name = read(error, 'name');
  return name === 'AbortError' || name === 'TimeoutError' || read(error, 'code') === 'ABORT_ERR';
}

/**
 * What one error says of the request that failed.
 *
 * @param error one of {@link errorsWithin}, not looked into for causes
 */
export function requestFailureOf(error: unknown): RequestFailure {
  const response = read(error, 'response');
  const status =
    firstStatus(
      read(error, 'status'),
      read(error, 'statusCode'),
      read(response, 'status'),
      read(response, 'statusCode'),
      read(read(error, '$metadata'), 'httpStatusCode'),
    ) ?? statusInCode(read(error, 'code'));

  const message = readString(error, 'message');
  const body = readProviderError([
    ...['error', 'data', 'responseBody', 'body', 'errorDetails', 'details'].map((key) => read(error, key)),
    ...['data', 'body'].map((key) => read(response, key)),
    // Only in the words of a failed request: any other error may quote anything.
    status === null ? undefined : message,
  ]);
  for (const key of ['code', 'type', 'status', 'reason', 'name', 'errorCode', 'lc_error_code']) {
    const code = read(error, key);
    if (typeof code === 'string') addCode(body, code);
  }
  if (status !== null && message !== undefined) body.messages.push(message);
  const bags = ['headers', 'responseHeaders'].map((key) => read(error, key));
  return failureOf(status, body, [
    ...bags,
    read(response, 'headers'),
    read(read(error, '$response'), 'headers'),
  ]);
}

/**
 * What a response says, with its body if that was read already.
 *
 * @param response of `fetch`, axios, got or undici
 * @param body the body, parsed or as text, if the caller has it
 */
export function responseFailureOf(response: unknown, body: unknown): RequestFailure {
  const status = firstStatus(read(response, 'status'), read(response, 'statusCode'));
  const bodies = [body, read(response, 'data'), read(response, 'body')];
  const failed = status === null || status >= 400;
  // Gateways also answer 200 and put the error into the body; what else such a body holds is the answer.
  const errors = failed ? bodies : bodies.map(errorIn);
  return failureOf(status, readProviderError(errors), [read(response, 'headers')]);
}

function errorIn(body: unknown): unknown {
  return read(typeof body === 'string' ? readItems(parseJson(body), 1)[0] : body, 'error');
}

function failureOf(status: number | null, body: ProviderError, bags: unknown[]): RequestFailure {
  return {
    status: status !== null && status >= 400 ? status : body.status,
    headers: mergeHeaders([...bags, ...body.headerBags.slice(0, 4)]),
    codes: body.codes,
    messages: body.messages,
    daily: body.daily,
    retryDelays: body.retryDelays,
    google: body.google,
  };
}

/** The first bag that has a header decides: the outer ones are the answer itself. */
function mergeHeaders(bags: unknown[]): ResponseHeaders {
  const merged = new Map<string, string>();
  for (const bag of bags) {
    for (const [name, value] of readHeaders(bag)) if (!merged.has(name)) merged.set(name, value);
  }
  return merged;
}

function firstStatus(...candidates: unknown[]): number | null {
  for (const candidate of candidates) {
    const status = typeof candidate === 'string' && /^\d{3}$/.test(candidate) ? Number(candidate) : candidate;
    if (typeof status === 'number' && Number.isInteger(status) && status >= 100 && status < 600)
      return status;
  }
  return null;
}

function statusInCode(code: unknown): number | null {
  const status = firstStatus(code);
  return status !== null && statusCodes.has(status) ? status : null;
}
