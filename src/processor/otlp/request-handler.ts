import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { contentTypes, exportResponse, statusBody } from './answers.ts';
import { inflate } from './inflate.ts';
import { type BodyLimits, bodyLimits } from './limits.ts';
import { MemoryBudget, MemoryShare } from './memory-budget.ts';
import { type OtlpEncoding, OtlpReader, type OtlpSignal } from './reader.ts';
import { noMetrics, type ReceiverMetrics } from './receiver-metrics.ts';
import { type OtlpHttpReceiverOptions, pipelineOf } from './receiver-options.ts';
import { overloaded, Refusal, SenderGoneError } from './refusal.ts';
import { checkAnnouncedLength, drainBody, receiveBody } from './request-body.ts';
import { encodingOf, isGzipped, signalOf, unsupportedType } from './request-kind.ts';
import type { Tally } from './tally.ts';
import { MalformedRequestError } from './wire.ts';

/** What is known of a request before its body comes. */
interface Announcement {
  readonly signal: OtlpSignal;
  readonly encoding: OtlpEncoding;
  readonly gzipped: boolean;
  readonly pipeline: string;
  readonly limits: BodyLimits;
}

const defaultMaxRequests = 4_096;
/** As much of a refused body is let run off; a sender with more is cut off. */
const drainedBytes = 32 * 2 ** 20;
const defaultMaxBufferedBytes = 256 * 2 ** 20;

/** Answers OTLP requests: one after another is admitted, received, inflated, read, answered; at each step it may be refused. */
export class RequestHandler {
  /** Requests whose bodies are under way. */
  requestsUnderWay = 0;
  /** Connections are not kept for another request. */
  isClosing = false;
  private readonly options: OtlpHttpReceiverOptions;
  private readonly reader: OtlpReader;
  private readonly limits: Readonly<Record<OtlpEncoding, BodyLimits>>;
  private readonly budget: MemoryBudget;
  private readonly metrics: ReceiverMetrics;
  private readonly warned = new Set<string>();

  constructor(options: OtlpHttpReceiverOptions) {
    this.options = options;
    this.reader = new OtlpReader(
      options.maxTextBytes === undefined ? {} : { maxTextBytes: options.maxTextBytes },
    );
    this.limits = bodyLimits(options.maxBodyBytes, options.maxInflatedBytes);
    this.budget = new MemoryBudget(options.maxBufferedBytes ?? defaultMaxBufferedBytes);
    this.metrics = options.metrics ?? noMetrics;
  }

  /**
   * Answers a request. Never rejects.
   *
   * @param request - Of which nothing was read yet.
   * @param response - Gets the answer.
   * @param waits - Whether the sender waits for a word (100 Continue) before it sends the body.
   */
  async handle(request: IncomingMessage, response: ServerResponse, waits: boolean): Promise<void> {
    // Who sends neither encoding is more likely a person with curl than an exporter.
    const encoding = encodingOf(request.headers['content-type']) ?? 'json';
    let isBodyAwaited = !waits;
    try {
      const announcement = this.admit(request);
      if (waits) response.writeContinue();
      isBodyAwaited = true;
      const tally = await this.take(request, announcement);
      this.send(response, 200, encoding, exportResponse(announcement.signal, encoding, tally));
    } catch (error) {
      if (error instanceof SenderGoneError) this.count('sender_gone', error.message);
      else {
        // Whether the body of a sender that was told nothing still comes is open, and so what comes next.
        if (!isBodyAwaited) response.shouldKeepAlive = false;
        this.refuse(request, response, encoding, this.asRefusal(error));
      }
    }
  }

  /** Counts what was turned away outside of any request. */
  count(reason: string, message: string): void {
    this.metrics.rejected(reason, 1);
    this.warnOnce(reason, message);
  }

  /** Decides by the headers. */
  private admit(request: IncomingMessage): Announcement {
    const decision = this.options.authorize?.(request) ?? {
      allowed: true,
      pipeline: pipelineOf(request, undefined),
    };
    if (!decision.allowed)
      throw new Refusal(decision.status, 'unauthorized', decision.message, decision.headers);
    const signal = signalOf(request);
    const encoding = encodingOf(request.headers['content-type']);
    if (encoding === undefined) throw unsupportedType(request.headers['content-type']);
    const gzipped = isGzipped(request);
    const limits = this.limits[encoding];
    checkAnnouncedLength(request, limits.asSent);
    if (this.requestsUnderWay >= (this.options.maxRequests ?? defaultMaxRequests)) throw overloaded();
    return { signal, encoding, gzipped, pipeline: decision.pipeline, limits };
  }

  /** Receives, inflates and reads; whatever memory that took is given back. */
  private async take(request: IncomingMessage, announcement: Announcement): Promise<Tally> {
    const { gzipped, limits } = announcement;
    const share = new MemoryShare(this.budget);
    let durationMs: number | undefined;
    this.requestsUnderWay++;
    this.metrics.requestStarted();
    try {
      const sent = await receiveBody(request, limits.asSent, share);
      const body = gzipped ? await inflate(sent, limits.inflated, share) : sent;
      const startedAtMs = performance.now();
      const tally = this.read(body, announcement);
      durationMs = performance.now() - startedAtMs;
      return tally;
    } finally {
      this.requestsUnderWay--;
      this.metrics.requestFinished(durationMs);
      share.release();
    }
  }

  private read(body: Buffer, { signal, encoding, pipeline }: Announcement): Tally {
    const { sink } = this.options;
    const tally = this.reader.read(signal, encoding, body, pipeline, sink);
    sink.heard?.(pipeline);
    this.metrics.received(tally.items);
    for (const [reason, items] of tally.rejectedBy) this.metrics.rejected(reason, items);
    if (tally.cut > 0) this.metrics.rejected('value_cut', tally.cut);
    const explanation = tally.explain();
    if (explanation !== '') this.warnOnce([...tally.rejectedBy.keys()].join(), `${pipeline}: ${explanation}`);
    return tally;
  }

  private refuse(
    request: IncomingMessage,
    response: ServerResponse,
    encoding: OtlpEncoding,
    refusal: Refusal,
  ): void {
    const { status, reason, message, headers } = refusal;
    this.count(reason, `${pipelineOf(request, undefined)}: ${message}`);
    if (!request.complete) drainBody(request, response, drainedBytes);
    this.send(response, status, encoding, statusBody(status, encoding, message), headers);
  }

  private asRefusal(error: unknown): Refusal {
    if (error instanceof Refusal) return error;
    if (error instanceof MalformedRequestError) {
      return new Refusal(400, 'malformed', `Cannot read the request as it is malformed: ${error.message}.`);
    }
    this.options.onFailure?.(error);
    return new Refusal(500, 'failed', 'The processor failed to take the request.');
  }

  /** Senders repeat themselves; the first of a kind is logged, all are counted. */
  private warnOnce(kind: string, message: string): void {
    if (this.warned.has(kind)) return;
    this.warned.add(kind);
    this.options.log?.warn(message);
  }

  private send(
    response: ServerResponse,
    status: number,
    encoding: OtlpEncoding,
    body: Buffer,
    headers: OutgoingHttpHeaders = {},
  ): void {
    if (response.destroyed || response.headersSent) return;
    if (this.isClosing) response.shouldKeepAlive = false;
    response.writeHead(status, {
      ...headers,
      'Content-Type': contentTypes[encoding],
      'Content-Length': body.length,
    });
    response.end(body);
  }
}
