import type { Target } from './target.ts';
import { urlBelow } from './target.ts';

/** What became of a request: whether it was taken, and if not, whether to try again helps. */
export type Outcome =
  | { readonly kind: 'accepted'; readonly status: number; readonly body: string }
  /** The same request would be refused again. */
  | { readonly kind: 'refused'; readonly status: number; readonly why: string; readonly body: string }
  /** Unreachable, too slow, overloaded or broken for now. */
  | {
      readonly kind: 'failed';
      readonly why: string;
      readonly retryAfterMs?: number;
      readonly status?: number;
    };

export interface RequestOptions {
  readonly method?: 'GET' | 'POST' | 'DELETE';
  /** Below the target's own path; begins with a slash. */
  readonly path?: string;
  readonly query?: readonly (readonly [name: string, value: string])[];
  /** JSON. */
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** From the connection to the last byte of the answer. */
  readonly timeoutMs: number;
  /** Ends the request earlier, as at the stop. */
  readonly signal?: AbortSignal;
  /** No more of an answer is read. */
  readonly maxAnswerBytes?: number;
}

/** These say that the same request may be taken later: https://www.rfc-editor.org/rfc/rfc9110#section-15 */
const worthRetrying: ReadonlySet<number> = new Set([408, 425, 429]);
const longestRetryAfterMs = 900_000;

/**
 * Makes one HTTP request. Redirects are not followed: whoever moved should be configured anew, and credentials go
 * nowhere else.
 *
 * @returns What became of it, in words that hold neither credentials nor a path; never rejects.
 * @example
 * ```ts
 * const outcome = await send(targetOf('http://127.0.0.1:9093'), { path: '/-/healthy', timeoutMs: 10_000 });
 * if (outcome.kind === 'failed') console.log(outcome.why); // 'connect ECONNREFUSED 127.0.0.1:9093'
 * ```
 */
export async function send(target: Target, options: RequestOptions): Promise<Outcome> {
  const { method = 'GET', path = '', query = [], body, headers = {}, timeoutMs, signal } = options;
  const url = urlBelow(target, path);
  for (const [name, value] of query) url.searchParams.append(name, value);
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(url, {
      method,
      redirect: 'manual',
      headers: {
        'user-agent': 'agent-vitals',
        ...(target.authorization === undefined ? {} : { authorization: target.authorization }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body }),
      signal: signal === undefined ? timeout : AbortSignal.any([timeout, signal]),
    });
    return judge(response, await beginningOf(response, options.maxAnswerBytes ?? 4_096));
  } catch (error) {
    return { kind: 'failed', why: timeout.aborted ? `no answer within ${timeoutMs} ms` : causeOf(error) };
  }
}

function judge({ status, ok, headers }: Response, body: string): Outcome {
  if (ok) return { kind: 'accepted', status, body };
  const why = `answered with status ${status}`;
  if (status < 500 && !worthRetrying.has(status)) return { kind: 'refused', status, why, body };
  const retryAfterMs = retryAfter(headers.get('retry-after'), headers.get('date'));
  return { kind: 'failed', why, status, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}

/** Seconds, or a date, which is held against the server's own clock. */
function retryAfter(text: string | null, date: string | null): number | undefined {
  if (text === null) return undefined;
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.parse(date ?? '');
  return Number.isNaN(ms) ? undefined : Math.min(longestRetryAfterMs, Math.max(0, ms));
}

async function beginningOf(response: Response, maxBytes: number): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk.subarray(0, maxBytes - bytes), { stream: true });
    bytes += chunk.length;
    if (bytes >= maxBytes) break;
  }
  return text;
}

/** `fetch` says only that it failed; what lies below says why, and never names the URL. */
function causeOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  if (cause instanceof AggregateError) return messageOf(cause.errors[0]);
  if (cause instanceof Error) return messageOf(cause);
  return error instanceof Error && error.name === 'AbortError' ? 'was ended' : 'could not be sent';
}

function messageOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return message === '' || message === undefined ? (code ?? 'could not be sent') : message;
}
