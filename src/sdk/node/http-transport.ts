import type { Agent, ClientRequest, IncomingMessage } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { ExportResponse, IExporterTransport } from '@opentelemetry/otlp-exporter-base';

/** Where and how to send. */
export interface HttpTarget {
  readonly url: string;
  readonly headers: () => Promise<Record<string, string>>;
  readonly compression: 'gzip' | 'none';
  readonly agentFactory: (protocol: string) => Agent | Promise<Agent>;
  readonly userAgent: string;
}

const firstBackoffMs = 1_000;
const maxBackoffMs = 5_000;
/** An answer is a few bytes; whoever sends more is no OTLP receiver. */
const maxAnswerBytes = 64 * 1024;

/** The receiver has answered that it doesn't take this request, now or later. */
export class RefusedError extends Error {
  override name = 'RefusedError';
}

/**
 * OTLP over HTTP in which nothing keeps the process open: sockets and timers are unref'd, unlike those of the stock
 * exporters, whose retries towards a dead endpoint would hold a finished process for as long as they go on.
 */
export class HttpTransport implements IExporterTransport {
  readonly #target: HttpTarget;
  readonly #sends = new Set<AbortController>();
  #agent: Agent | undefined;
  #down = false;

  constructor(target: HttpTarget) {
    this.#target = target;
  }

  /**
   * Sends one request, and again while the receiver asks for it or can't be reached.
   *
   * @param timeoutMs - For all attempts together.
   */
  async send(data: Uint8Array, timeoutMs: number): Promise<ExportResponse> {
    if (this.#down) return { status: 'failure', error: new Error('the exporter is shut down') };
    const controller = new AbortController();
    const deadline = setTimeout(() => controller.abort(), timeoutMs);
    deadline.unref();
    this.#sends.add(controller);
    try {
      return await this.#sendUntil(performance.now() + timeoutMs, controller.signal, data);
    } catch (error) {
      return { status: 'failure', error: error instanceof Error ? error : new Error(String(error)) };
    } finally {
      clearTimeout(deadline);
      this.#sends.delete(controller);
    }
  }

  /** The process is about to end: what is under way has this long to arrive and then makes room. */
  hurry(limitMs: number): void {
    for (const send of this.#sends) setTimeout(() => send.abort(), limitMs).unref();
  }

  /** Gives up what is under way and closes the connections. */
  shutdown(): void {
    this.#down = true;
    for (const send of this.#sends) send.abort();
    this.#agent?.destroy();
  }

  async #sendUntil(endMs: number, signal: AbortSignal, data: Uint8Array): Promise<ExportResponse> {
    const { url, headers, compression, agentFactory, userAgent } = this.#target;
    const target = new URL(url);
    const secure = target.protocol === 'https:';
    const { request } = secure ? await import('node:https') : await import('node:http');
    this.#agent ??= await agentFactory(target.protocol);
    const agent = this.#agent;
    const body = compression === 'gzip' ? await promisify(gzip)(data) : data;
    const sentHeaders = {
      ...(await headers()),
      'User-Agent': userAgent,
      ...(compression === 'gzip' ? { 'Content-Encoding': 'gzip' } : {}),
    };
    let backoffMs = firstBackoffMs;
    for (;;) {
      const response = await exchange(
        () => request(target, { method: 'POST', headers: sentHeaders, agent, signal }),
        body,
      );
      if (response.status !== 'retryable' || signal.aborted) return response;
      // A receiver that says "now", or a moment that is past, would be asked without a pause for as long as it says so.
      const waitMs = Math.max(response.retryInMillis ?? 0, backoffMs * (0.8 + 0.4 * Math.random()));
      if (performance.now() + waitMs >= endMs) return response;
      backoffMs = Math.min(backoffMs * 1.5, maxBackoffMs);
      try {
        await delay(waitMs, undefined, { ref: false, signal });
      } catch {
        return response;
      }
    }
  }
}

/** One attempt; a second one at once where the receiver had closed the idle connection that was used. */
async function exchange(open: () => ClientRequest, body: Uint8Array): Promise<ExportResponse> {
  for (;;) {
    const request = open();
    request.on('socket', (socket) => socket.unref());
    try {
      return await answer(request, body);
    } catch (error) {
      if (request.reusedSocket && codeOf(error) === 'ECONNRESET') continue;
      return isPassing(error)
        ? { status: 'retryable', error: error as Error }
        : { status: 'failure', error: error as Error };
    }
  }
}

function answer(request: ClientRequest, body: Uint8Array): Promise<ExportResponse> {
  return new Promise((resolve, reject) => {
    request.on('error', reject);
    // Some ends are no error and no response, such as an answer of 101.
    request.on('close', () => reject(new Error('the connection was closed without an answer')));
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('error', reject);
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > maxAnswerBytes) request.destroy(new Error(`answered more than ${maxAnswerBytes} bytes`));
        else chunks.push(chunk);
      });
      response.on('end', () => resolve(judge(response, Buffer.concat(chunks))));
    });
    request.end(body);
  });
}

/** What OTLP/HTTP says of an answer: 429, 502, 503 and 504 may be tried again. */
function judge(response: IncomingMessage, data: Buffer): ExportResponse {
  const status = response.statusCode ?? 0;
  if (status >= 200 && status < 300) return { status: 'success', data };
  const text = data.toString('utf8', 0, 200).replace(/[^\x20-\x7e]+/g, ' ');
  const message = `the receiver answered ${status} ${response.statusMessage}: ${text}`;
  if (![429, 502, 503, 504].includes(status)) return { status: 'failure', error: new RefusedError(message) };
  const retryInMillis = retryAfterMs(response.headers['retry-after']);
  return {
    status: 'retryable',
    error: new Error(message),
    ...(retryInMillis === undefined ? {} : { retryInMillis }),
  };
}

function retryAfterMs(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  if (/^\s*\d+\s*$/.test(header)) return Number(header) * 1_000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, at - Date.now());
}

const passing = new Set([
  'ECONNRESET',
  'ECONNREFUSED',
  'EPIPE',
  'ETIMEDOUT',
  'EAI_AGAIN',
  'ENOTFOUND',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'ABORT_ERR',
]);

/** Errors of the network that may be over at the next attempt. */
function isPassing(error: unknown): boolean {
  return passing.has(codeOf(error) ?? '');
}

function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}
