import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { formatEndpoint } from '../config/endpoint.ts';
import { listenError } from '../start-error.ts';
import type { OtlpHttpReceiverOptions } from './receiver-options.ts';
import { RequestHandler } from './request-handler.ts';

/** A receiver at work. */
export interface OtlpHttpReceiver {
  /** Where it listens. */
  readonly address: AddressInfo;
  /** Such as `http://127.0.0.1:4318`. */
  readonly url: string;
  /** Requests whose bodies are under way. */
  readonly requestsUnderWay: number;
  /** Takes no new requests, lets those under way end, and cuts off what is left after a while. */
  close(): Promise<void>;
}

const defaultRequestTimeoutMs = 30_000;
const defaultCloseTimeoutMs = 2_000;
const defaultMaxConnections = 20_000;
/** A sender that has said nothing yet has less time than one whose body is on the way. */
const headersTimeoutMs = 10_000;
/** Longer than most export intervals, so that a sender keeps its connection from beat to beat. */
const keepAliveTimeoutMs = 65_000;
const timeoutCheckMs = 2_000;

/**
 * Listens for OTLP over HTTP.
 *
 * @param options - Where, into what, and within which limits.
 * @returns The receiver, listening.
 * @throws StartError that names `receivers.otlp.http.endpoint` where it can't listen.
 * @see https://opentelemetry.io/docs/specs/otlp/#otlphttp
 * @example
 * ```ts
 * const receiver = await startOtlpHttpReceiver({
 *   endpoint: { host: '127.0.0.1', port: 4318 },
 *   sink: { observe: (observation) => fleet.apply(observation, clock.now()) },
 * });
 * await receiver.close();
 * ```
 */
export async function startOtlpHttpReceiver(options: OtlpHttpReceiverOptions): Promise<OtlpHttpReceiver> {
  const { endpoint, requestTimeoutMs = defaultRequestTimeoutMs } = options;
  const handler = new RequestHandler(options);
  const server = createServer({
    requestTimeout: requestTimeoutMs,
    headersTimeout: Math.min(headersTimeoutMs, requestTimeoutMs),
    keepAliveTimeout: keepAliveTimeoutMs,
    connectionsCheckingInterval: Math.min(timeoutCheckMs, requestTimeoutMs),
  });
  server.maxConnections = options.maxConnections ?? defaultMaxConnections;
  server.on('request', (request, response) => void handler.handle(request, response, false));
  server.on('checkContinue', (request, response) => void handler.handle(request, response, true));
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const { reason, status } = malformedHttp(error.code);
    handler.count(reason, `A sender was cut off: ${error.message}`);
    answerRaw(socket as Socket, status);
  });
  server.on('drop', () =>
    handler.count('too_many_connections', 'A connection beyond the most allowed was closed.'),
  );
  try {
    server.listen(endpoint.port, endpoint.host);
    await once(server, 'listening');
  } catch (error) {
    const hint = ' (4317 and 4318 are also the ports of a local OpenTelemetry Collector)';
    throw listenError(error, endpoint, 'receivers.otlp.http.endpoint', hint);
  }
  const address = server.address() as AddressInfo;
  return {
    address,
    url: `http://${formatEndpoint({ host: address.address, port: address.port })}`,
    get requestsUnderWay() {
      return handler.requestsUnderWay;
    },
    close: () => {
      handler.isClosing = true;
      return close(server, options.closeTimeoutMs ?? defaultCloseTimeoutMs);
    },
  };
}

async function close(server: Server, timeoutMs: number): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, 'close');
  server.close();
  server.closeIdleConnections();
  const cutOff = setTimeout(() => server.closeAllConnections(), timeoutMs);
  await closed;
  clearTimeout(cutOff);
}

/** What a sender did that isn't HTTP, or not in time. */
function malformedHttp(code: string | undefined): { reason: string; status: string } {
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return { reason: 'too_slow', status: '408 Request Timeout' };
    case 'HPE_HEADER_OVERFLOW':
      return { reason: 'malformed_http', status: '431 Request Header Fields Too Large' };
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return { reason: 'malformed_http', status: '413 Content Too Large' };
    case 'ECONNRESET':
    case 'EPIPE':
      return { reason: 'sender_gone', status: '' };
    default:
      return { reason: 'malformed_http', status: '400 Bad Request' };
  }
}

/** There is no request to answer to, and nothing more is to be expected. */
function answerRaw(socket: Socket, status: string): void {
  if (status !== '' && socket.writable) socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\n\r\n`);
  else socket.destroy();
}
