/** A local HTTP server that stands for a model provider: it gives the answer it was told and keeps requests. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ProviderAnswer {
  status: number;
  headers?: Record<string, string | string[]>;
  /** Sent as JSON, or as it is if it is text. */
  body?: unknown;
}

export interface ProviderRequest {
  method: string;
  path: string;
}

export interface ProviderServer extends AsyncDisposable {
  /** `http://127.0.0.1:<port>`, without a slash at the end. */
  readonly url: string;
  readonly requests: readonly ProviderRequest[];
  /** What every request gets from now on; `hang` never answers. */
  answer(answer: ProviderAnswer | 'hang'): void;
}

/**
 * Starts a server on a free port of 127.0.0.1.
 *
 * @example
 * await using server = await startProviderServer();
 * server.answer({ status: 429, headers: { 'retry-after': '20' } });
 */
export async function startProviderServer(): Promise<ProviderServer> {
  const requests: ProviderRequest[] = [];
  let current: ProviderAnswer | 'hang' = { status: 500, body: 'no answer was set' };

  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    requests.push({ method: request.method ?? '', path: request.url ?? '' });
    request.resume();
    request.on('end', () => {
      if (current !== 'hang') send(response, current);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    answer(answer) {
      current = answer;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function send(response: ServerResponse, { status, headers, body }: ProviderAnswer): void {
  const text = typeof body === 'string' ? body : JSON.stringify(body ?? {});
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(text);
}
