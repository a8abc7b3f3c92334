import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ErrorRequestHandler, RequestHandler } from 'express';
import { problem, sendProblem } from '../../http/index.ts';
import { BadRequest } from './bad-request.ts';

/** Answers what no route has taken. */
export const notFound: RequestHandler = (request, response) => {
  sendProblem(
    response,
    problem(404, `There is nothing at ${request.path.slice(0, 200)}: /api/openapi.json says what there is.`),
  );
};

/**
 * Answers a method that a path doesn't have.
 *
 * @param allowed - The methods that it has, as the Allow header lists them.
 */
export function methodNotAllowed(allowed: string): RequestHandler {
  return (request, response) => {
    const detail = `Cannot use ${request.method} here as the method must be one of ${allowed}.`;
    sendProblem(response, problem(405, detail, { Allow: allowed }));
  };
}

/**
 * Answers what a route threw: the caller's fault with what was wrong, ours without details.
 *
 * @param onFailure - Told of faults that are ours.
 */
export function errorHandler(onFailure: (where: string, error: unknown) => void): ErrorRequestHandler {
  return (error, request, response, _next) => {
    const fault = callersFault(error);
    if (fault === undefined) onFailure(`${request.method} ${request.route?.path ?? 'request'}`, error);
    sendProblem(response, fault ?? problem(500, 'The processor failed to answer: its log says why.'));
  };
}

function callersFault(error: unknown): ReturnType<typeof problem> | undefined {
  if (error instanceof BadRequest) return problem(400, error.message);
  if (!(error instanceof Error)) return undefined;
  const { status, type } = error as { status?: unknown; type?: unknown };
  if (typeof status !== 'number' || status < 400 || status > 499) return undefined;
  // Express' router and body parser mark the caller's faults by their status.
  if (type === 'entity.parse.failed') return problem(400, 'The body must be JSON.');
  if (status === 413) return problem(413, 'The body must be shorter.');
  if (status === 400) return problem(400, 'The path must be correctly percent-encoded.');
  return problem(status, `${STATUS_CODES[status] ?? 'The request was refused'}.`);
}

const statusOfParserError: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

/** Answers bytes that aren't HTTP, on the bare connection: no request has come of them. */
export function answerMalformed(error: Error & { code?: string }, socket: Duplex): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const status = statusOfParserError[error.code ?? ''] ?? 400;
  const title = STATUS_CODES[status] ?? 'Error';
  const detail = `The request must be HTTP/1.1: ${error.code ?? 'it could not be read'}.`;
  const body = JSON.stringify({ type: 'about:blank', title, status, detail });
  socket.end(
    `HTTP/1.1 ${status} ${title}\r\nContent-Type: application/problem+json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
