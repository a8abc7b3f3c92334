import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Endpoint, formatEndpoint } from './config/index.ts';
import { answerMalformed } from './out/rest/problems.ts';
import { listenError } from './start-error.ts';

/** A listener at work. */
export interface HttpListener {
  /** What it got. */
  readonly bound: AddressInfo;
  /** Such as `http://127.0.0.1:8080`. */
  readonly url: string;
  /** Takes no new requests, lets those under way end, and cuts off what is left after a while. */
  stop(): Promise<void>;
}

/** A client that is slower than this holds a connection for nothing. */
const headersWithinMs = 10_000;
const requestWithinMs = 30_000;
const mostConnections = 10_000;
/** How long requests under way may take once a stop was asked for. */
const graceMs = 1_000;
const sweepEveryMs = 50;

/**
 * Listens for what people and programs ask.
 *
 * @param endpoint - Port 0 lets the system choose a free one.
 * @param handle - Answers the requests.
 * @throws StartError that names `http.endpoint` where it can't listen.
 */
export async function startHttpListener(endpoint: Endpoint, handle: RequestListener): Promise<HttpListener> {
  const server = createServer({ headersTimeout: headersWithinMs, requestTimeout: requestWithinMs }, handle);
  server.maxConnections = mostConnections;
  server.on('clientError', answerMalformed);
  try {
    server.listen(endpoint.port, endpoint.host);
    await once(server, 'listening');
  } catch (error) {
    throw listenError(error, endpoint, 'http.endpoint');
  }
  const bound = server.address() as AddressInfo;
  const url = `http://${formatEndpoint({ host: bound.address, port: bound.port })}`;
  return { bound, url, stop: () => stop(server) };
}

async function stop(server: Server): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, 'close');
  server.close();
  server.closeIdleConnections();
  // A connection whose request has been answered would be kept open for the next one.
  const sweep = setInterval(() => server.closeIdleConnections(), sweepEveryMs);
  const cutOff = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearInterval(sweep);
  clearTimeout(cutOff);
}
