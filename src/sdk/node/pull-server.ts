import cluster from 'node:cluster';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { diag } from '@opentelemetry/api';

/** Where metrics may be scraped. */
export interface PullAddress {
  readonly host: string;
  readonly port: number;
  readonly path: string;
}

/** Serves the Prometheus exporter's page; keeps no process open and brings none down. */
export class PullServer {
  readonly #server: Server;
  /** The address once it listens; undefined where it can't, which `diag` has been told. */
  readonly listening: Promise<PullAddress | undefined>;

  /** @param answer - Writes the page. */
  constructor(
    { host, port, path }: PullAddress,
    answer: (request: IncomingMessage, response: ServerResponse) => void,
  ) {
    this.#server = createServer((request, response) => {
      const pathname = URL.parse(request.url ?? '/', 'http://localhost')?.pathname;
      if (pathname === path && (request.method === 'GET' || request.method === 'HEAD')) {
        answer(request, response);
        return;
      }
      response.statusCode = pathname === path ? 405 : 404;
      response.end();
    });
    this.#server.unref();
    this.#server.on('connection', (socket) => socket.unref());
    if (cluster.isWorker && port !== 0) {
      diag.warn(
        `@agent-vitals/sdk: the workers of a cluster share port ${port}, so that a scrape reaches one of them by chance; give each its own port, or send by OTLP`,
      );
    }
    this.listening = new Promise((resolve) => {
      this.#server.on('error', (error) => {
        diag.error(`@agent-vitals/sdk: cannot serve metrics at ${host}:${port}`, error);
        resolve(undefined);
      });
      this.#server.listen({ host, port }, () => {
        resolve({ host, port: (this.#server.address() as AddressInfo).port, path });
      });
    });
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}
