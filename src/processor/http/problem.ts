import { type OutgoingHttpHeaders, type ServerResponse, STATUS_CODES } from 'node:http';
import type { ProblemAnswer } from '@agent-vitals/contract';

/** What a request is told instead of an answer. */
export interface Problem {
  readonly status: number;
  /** The same for each problem of this kind. */
  readonly title: string;
  /** What was wrong this time, and what would be right. */
  readonly detail: string;
  /** Headers that belong to the status, such as `WWW-Authenticate`. */
  readonly headers?: OutgoingHttpHeaders;
}

/**
 * Makes a problem whose title is the status' own phrase, as RFC 9457 §4.2.1 wants of `about:blank`.
 *
 * @example
 * ```ts
 * problem(404, 'There is no agent "a".'); // { status: 404, title: 'Not Found', detail: … }
 * ```
 */
export function problem(status: number, detail: string, headers?: OutgoingHttpHeaders): Problem {
  const title = STATUS_CODES[status] ?? 'Error';
  return headers === undefined ? { status, title, detail } : { status, title, detail, headers };
}

/**
 * Answers with a problem body (RFC 9457). Where an answer has begun already, the connection is closed instead, so
 * that nobody takes half of it for the whole.
 *
 * @param response - Of `node:http` or Express.
 * @param problem - What to say.
 * @example
 * ```ts
 * sendProblem(response, problem(404, 'There is no agent "a".'));
 * ```
 */
export function sendProblem(response: ServerResponse, { status, title, detail, headers }: Problem): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const answer: ProblemAnswer = { type: 'about:blank', title, status, detail };
  const body = JSON.stringify(answer);
  response.writeHead(status, {
    ...headers,
    'Content-Type': 'application/problem+json',
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
  });
  response.end(body);
}
