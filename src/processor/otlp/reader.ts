/*
 * How OTLP is read.
 *
 * A request of 1,000 agents has 10,000 points, and each point a dozen fields of which two or three matter. So nothing
 * is decoded into objects: the reader goes through the bytes, skips what the contract doesn't know, and fills one
 * observation that the fleet reads before the next point overwrites it.
 *
 *   body ─ protobuf ─────────────┐
 *   body ─ JSON ─ protobufOfJson ┴─ validate ─ MetricsReader, TracesReader, LogsReader ─ observation ─ sink
 *
 * - All or nothing: `validate` walks the whole body first, so a broken one is rejected before anything of it counts.
 *   The readers go only where it went and check no bounds again.
 * - Any order: protobuf allows fields in any order, and a message in pieces that are to be merged. A resource may
 *   follow its metrics, a name or a temporality its points; each is looked for before it is needed.
 * - What an agent says of itself comes first: of one resource the points of reported status, recovery time, info,
 *   lease expiry and interval are handed over before its heartbeats, progress and operations, so that an agent that
 *   returns goes straight to the state it reports. Else the order is the body's.
 * - Names, keys and attribute values are compared as bytes; texts that come again are made into strings once.
 * - JSON is rewritten as protobuf, types checked, so both encodings mean the same.
 */
import type { ObservationSink } from '../../core/index.ts';
import { protobufOfJson } from './json.ts';
import { LogsReader } from './logs-reader.ts';
import { MetricsReader } from './metrics-reader.ts';
import { StringCache } from './string-cache.ts';
import type { Tally } from './tally.ts';
import { TracesReader } from './traces-reader.ts';

export type OtlpSignal = 'metrics' | 'traces' | 'logs';
export type OtlpEncoding = 'protobuf' | 'json';

export interface OtlpReaderOptions {
  /** Longer attribute values than this many bytes are cut; ids never are. */
  readonly maxTextBytes?: number;
}

/**
 * Reads OTLP requests of any signal and encoding.
 *
 * @example
 * ```ts
 * const reader = new OtlpReader();
 * const tally = reader.read('metrics', 'protobuf', body, 'otlp/http:127.0.0.1', {
 *   observe: (observation) => fleet.apply(observation, clock.now()),
 * });
 * tally.explain(); // 'Rejected 1 of 40: 1 × an id over 256 bytes.'
 * ```
 */
export class OtlpReader {
  private readonly readers: Readonly<Record<OtlpSignal, MetricsReader | TracesReader | LogsReader>>;

  constructor({ maxTextBytes = 256 }: OtlpReaderOptions = {}) {
    const strings = new StringCache();
    this.readers = {
      metrics: new MetricsReader(strings, maxTextBytes),
      traces: new TracesReader(strings, maxTextBytes),
      logs: new LogsReader(strings, maxTextBytes),
    };
  }

  /**
   * Reads a request and hands over what it says of agents, either all of it or nothing.
   *
   * @param signal - What the body is a request of.
   * @param encoding - How it is written.
   * @param body - The whole body, inflated.
   * @param pipeline - The way it came in: receiver and token name, else the peer's address.
   * @param sink - Takes the observations, one object reused for all.
   * @returns What became of the points, spans or log records.
   * @throws MalformedRequestError before anything was handed over.
   */
  read(
    signal: OtlpSignal,
    encoding: OtlpEncoding,
    body: Buffer,
    pipeline: string,
    sink: ObservationSink,
  ): Tally {
    const bytes = encoding === 'json' ? protobufOfJson(body, signal) : body;
    return this.readers[signal].read(bytes, pipeline, sink);
  }
}
