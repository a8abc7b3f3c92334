import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import type { WebhookPayload } from '../../src/processor/notify/webhook/webhook-payload.ts';

/** A request that a sink got. */
export interface SinkRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly atEpochMs: number;
}

/** How a sink answers: a status with headers and a body, or never. */
export type SinkAnswer =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string }
  | 'never';

/** A webhook's other end: a real HTTP server that keeps what it gets. */
export interface WebhookSink {
  /** Such as `http://127.0.0.1:40213`. */
  readonly url: string;
  readonly requests: readonly SinkRequest[];
  /** The bodies of the requests as notifications. */
  readonly notifications: readonly WebhookPayload[];
  /** What the requests from now on get; 200 by default. */
  answer(answer: SinkAnswer): void;
  close(): void;
}

/**
 * Starts a sink on a free port of the loopback address; it goes with the test.
 *
 * @param port - One that it had before.
 */
export async function startWebhookSink(port = 0): Promise<WebhookSink> {
  const requests: SinkRequest[] = [];
  let answer: SinkAnswer = { status: 200 };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      const text = Buffer.concat(chunks).toString();
      requests.push({ method, path: url, headers, text, atEpochMs: Date.now() });
      if (answer !== 'never') give(response, answer);
    });
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  try {
    onTestFinished(close);
  } catch {
    // Started by a benchmark, which closes it itself.
  }
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    get notifications() {
      return requests.map(({ text }) => JSON.parse(text) as WebhookPayload);
    },
    answer: (next) => {
      answer = next;
    },
    close,
  };
}

function give(
  response: ServerResponse,
  { status, headers = {}, body = '' }: Exclude<SinkAnswer, 'never'>,
): void {
  response.writeHead(status, headers);
  response.end(body);
}
