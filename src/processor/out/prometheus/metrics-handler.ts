import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { performance } from 'node:perf_hooks';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { constants, createGzip } from 'node:zlib';
import type { Clock } from '../../clock.ts';
import type { SelfMetrics } from '../../self-metrics/self-metrics.ts';
import { acceptsGzip } from './accepts-gzip.ts';
import { AvailabilityCounters } from './availability-counters.ts';
import { type ExpositionOptions, type ExpositionSource, writeExposition } from './exposition.ts';
import { contentType } from './text-format.ts';

export interface MetricsHandlerOptions extends Omit<ExpositionSource, 'availabilityCounters'> {
  readonly clock: Clock;
  readonly selfMetrics: Pick<SelfMetrics, 'exposed' | 'rejected' | 'render'>;
  /** The configuration's `exposition`; asked for anew for each one. */
  bounds(): Pick<ExpositionOptions, 'maxSeries' | 'detailedSessions'>;
  /** Expositions under way at once (default = 4); a further one is answered 503, for Prometheus to come again. */
  readonly maxConcurrent?: number;
  /** How long one may take (default = 60,000 ms): a client that doesn't read must not keep its place for ever. */
  readonly timeoutMs?: number;
  /** Told of an exposition that broke off for a reason that is ours; a client that went away is none. */
  onError?(error: unknown): void;
}

/**
 * Makes the handler of `/metrics`: the fleet by our own writer, then the processor's own metrics.
 *
 * @param options - The fleet, the clock, the processor's own metrics and the bounds.
 * @returns A handler for `node:http` or Express; it answers GET and HEAD, and its promise never rejects.
 * @example
 * ```ts
 * const handle = metricsHandler({ fleet, verdictOf, ownHost, fleetScore, clock, selfMetrics, bounds });
 * createServer((request, response) => void handle(request, response));
 * ```
 */
export function metricsHandler(
  options: MetricsHandlerOptions,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const { selfMetrics, maxConcurrent = 4, timeoutMs = 60_000 } = options;
  const source: ExpositionSource = { ...options, availabilityCounters: new AvailabilityCounters() };
  let underWay = 0;

  return async (request, response) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405, { allow: 'GET, HEAD' }).end();
      return;
    }
    if (request.method === 'GET' && underWay >= maxConcurrent) {
      selfMetrics.rejected('exposition_limit', 1);
      response
        .writeHead(503, { 'retry-after': '1', 'content-type': 'text/plain; charset=utf-8' })
        .end(`Cannot write metrics as at most ${maxConcurrent} expositions may be under way: come again\n`);
      return;
    }
    const gzip = acceptsGzip(request.headers['accept-encoding']);
    response.setHeader('content-type', contentType);
    response.setHeader('cache-control', 'no-store');
    response.setHeader('vary', 'accept-encoding');
    if (gzip) response.setHeader('content-encoding', 'gzip');
    if (request.method === 'HEAD') {
      response.end();
      return;
    }

    // Gone before its turn, as behind a slow check of its token: it will not close again.
    if (response.destroyed) return;

    underWay += 1;
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const late = AbortSignal.timeout(timeoutMs);
    const signal = AbortSignal.any([gone.signal, late]);
    try {
      await answer(source, options, response, gzip, signal);
    } catch (error) {
      // Cut off, so that nobody takes the half of it for the whole.
      response.destroy();
      if (gone.signal.aborted) return;
      const tooLate = `Cannot finish an exposition as it must be read within ${timeoutMs} ms`;
      options.onError?.(late.aborted ? new Error(tooLate, { cause: error }) : error);
    } finally {
      underWay -= 1;
    }
  };
}

async function answer(
  source: ExpositionSource,
  { clock, selfMetrics, bounds }: MetricsHandlerOptions,
  response: ServerResponse,
  gzip: boolean,
  signal: AbortSignal,
): Promise<void> {
  const body: Writable = gzip ? compressInto(response) : response;
  // Its errors end the exposition; whoever awaits nothing at that moment must not leave one unhandled.
  const done = finished(response, { signal });
  done.catch(() => {});

  const startedAtMs = performance.now();
  const write = (chunk: string) => writeHeeding(body, chunk, signal);
  const options: ExpositionOptions = { ...bounds(), nowMs: clock.now(), toEpochMs: clock.toEpochMs, signal };
  const { series } = await writeExposition(source, options, write);
  selfMetrics.exposed(series, performance.now() - startedAtMs);
  await write(await selfMetrics.render());
  body.end();
  await done;
}

/** Level 1: the text repeats itself so much that higher ones cost several times the CPU for little. */
function compressInto(response: ServerResponse): Writable {
  const gzip = createGzip({ level: constants.Z_BEST_SPEED });
  gzip.once('error', (error) => response.destroy(error));
  response.once('close', () => gzip.destroy());
  gzip.pipe(response);
  return gzip;
}

/** Writes and waits until the other side has taken enough of it. */
async function writeHeeding(body: Writable, chunk: string, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  if (!body.write(chunk)) await once(body, 'drain', { signal });
}
