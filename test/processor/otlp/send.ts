import { Agent, type IncomingHttpHeaders, request } from 'node:http';

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
  /** The connection it came by, to see whether one is kept. */
  localPort: number | undefined;
}

export interface SendOptions {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | string;
  /** Sends it in chunks, without saying how long it is. */
  readonly chunked?: boolean;
  readonly agent?: Agent;
}

export const protobufType = { 'Content-Type': 'application/x-protobuf' };
export const jsonType = { 'Content-Type': 'application/json' };

/** One connection that is kept. */
export function keptConnection(): Agent {
  return new Agent({ keepAlive: true, maxSockets: 1 });
}

/**
 * Sends a request and waits for the answer, however early it comes.
 *
 * @param url - Of the receiver.
 * @param options - Default: an empty protobuf POST to /v1/metrics.
 * @returns The answer, whole.
 */
export function send(url: string, options: SendOptions = {}): Promise<Answer> {
  const {
    method = 'POST',
    path = '/v1/metrics',
    headers = protobufType,
    body = '',
    chunked = false,
    agent,
  } = options;
  const length = chunked ? {} : { 'Content-Length': String(Buffer.byteLength(body)) };
  return new Promise((resolve, reject) => {
    const sent = request(
      `${url}${path}`,
      { method, headers: { ...length, ...headers }, ...(agent === undefined ? {} : { agent }) },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () =>
          resolve({
            status: response.statusCode!,
            headers: response.headers,
            body: Buffer.concat(chunks),
            localPort: sent.socket?.localPort,
          }),
        );
        response.on('error', reject);
      },
    );
    // A refused body may break off while it is being sent; the answer is what counts.
    sent.on('error', (error) => reject(error));
    sent.end(body);
  });
}
