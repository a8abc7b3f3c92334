import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import type { ObservationSink } from '../../core/index.ts';
import type { Endpoint } from '../config/endpoint.ts';
import type { ReceiverMetrics } from './receiver-metrics.ts';

/** Whether a request may come in, and by which way. */
export type Authorization =
  | {
      readonly allowed: true;
      /** By which its agents are grouped, such as `otlp/http:token-name`; see `pipelineOf`. */
      readonly pipeline: string;
    }
  | {
      readonly allowed: false;
      readonly status: number;
      readonly message: string;
      readonly headers?: OutgoingHttpHeaders;
    };

/** Takes what requests say, and that they came. */
export interface ReceiverSink extends ObservationSink {
  /** A request has come by this pipeline, and what it says was observed. */
  heard?(pipeline: string): void;
}

export interface OtlpHttpReceiverOptions {
  /** Where to listen; port 0 lets the system choose a free one. */
  readonly endpoint: Endpoint;
  readonly sink: ReceiverSink;
  /** Longest body as sent (default 20 MiB). */
  readonly maxBodyBytes?: number;
  /** Longest body once inflated (default 64 MiB). */
  readonly maxInflatedBytes?: number;
  /** Bytes of all bodies under way together (default 256 MiB); beyond it senders are told to come again. */
  readonly maxBufferedBytes?: number;
  /** Requests whose bodies are under way (default 4,096); beyond it senders are told to come again. */
  readonly maxRequests?: number;
  /** Open connections (default 20,000); beyond it new ones are closed. */
  readonly maxConnections?: number;
  /** Longest attribute value in bytes (default 256); longer ones are cut. */
  readonly maxTextBytes?: number;
  /** A sender that is slower than this is cut off (default 30 s). */
  readonly requestTimeoutMs?: number;
  /** How long requests under way may take once `close` was called (default 2 s). */
  readonly closeTimeoutMs?: number;
  /** Decides by the headers alone. Default: everybody may. */
  readonly authorize?: (request: IncomingMessage) => Authorization;
  readonly metrics?: ReceiverMetrics;
  /** Told of what senders do wrong, once of each kind. */
  readonly log?: { warn(message: string): void };
  /** Told of what goes wrong in the processor itself. */
  readonly onFailure?: (error: unknown) => void;
}

/**
 * Names the way a request came in.
 *
 * @param request - For its peer.
 * @param tokenName - Whose token it had; undefined where it needed none.
 * @returns The receiver and the token's name, else the peer's address.
 * @example
 * ```ts
 * pipelineOf(request, 'fleet-a'); // 'otlp/http:fleet-a'
 * pipelineOf(request, undefined); // 'otlp/http:127.0.0.1'
 * ```
 */
export function pipelineOf(request: IncomingMessage, tokenName: string | undefined): string {
  const peer = request.socket.remoteAddress?.replace(/^::ffff:/, '') ?? 'unknown';
  return `otlp/http:${tokenName ?? peer}`;
}
