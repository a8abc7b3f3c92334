import type { Agent } from 'node:http';
import type { IOtlpExportDelegate } from '@opentelemetry/otlp-exporter-base';
import type { ISerializer } from '@opentelemetry/otlp-transformer';
import type { LogRecordExporter, ReadableLogRecord } from '@opentelemetry/sdk-logs';
import type {
  AggregationTemporality,
  InstrumentType,
  PushMetricExporter,
  ResourceMetrics,
} from '@opentelemetry/sdk-metrics';
import { version } from '../version.ts';
import { type AgentRequest, AgentScope } from './agent-view.ts';
import { HttpTransport, RefusedError } from './http-transport.ts';
import type { OpenTelemetry } from './open-telemetry.ts';
import { concatenate, encodeAttributes } from './protobuf.ts';
import type { Temporality } from './request-template.ts';
import type { TemporalityPreference } from './settings.ts';

type ExportResult = Parameters<Parameters<PushMetricExporter['export']>[1]>[0];

/** What both signals have in common. */
export interface OtlpTarget {
  /** Without the signal's path; undefined leaves it to the OTEL_* variables and the default. */
  readonly endpoint: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  /** At the longest for one export; an `OTEL_*` variable may say less. Default: what it says, else 10,000. */
  readonly timeoutMs?: number;
}

/** What one request carries: what the SDK collected, agents, or both. */
interface MetricsRequest {
  readonly collected: ResourceMetrics;
  readonly agents: AgentRequest | undefined;
}

/** Few enough that a slow endpoint never holds more than this many bodies. */
const concurrencyLimit = 4;

/** As many log events as the SDK's processor queues and sends at once by default. */
const waitingEventsLimit = 2_048;
const eventsPerRequest = 512;

/** `encodeAttributes` of a Resource: its attributes are field 1. */
const attributesOfResource = 1;

/**
 * Sends what a reader collected as OTLP/HTTP protobuf. Agents are written from their template; everything else that
 * the process measures by the SDK's own serializer, into the same request.
 */
export class OtlpMetricExporter implements PushMetricExporter {
  readonly #delegate: IOtlpExportDelegate<MetricsRequest>;
  readonly #transport: HttpTransport;
  readonly #preference: TemporalityPreference;
  readonly #openTelemetry: OpenTelemetry;

  constructor(openTelemetry: OpenTelemetry, target: OtlpTarget, preference: TemporalityPreference) {
    this.#openTelemetry = openTelemetry;
    this.#preference = preference;
    const { ProtobufMetricsSerializer } = openTelemetry.transformer;
    const resources = new ResourceEncoder();
    const { delegate, transport } = createDelegate<MetricsRequest, unknown>(
      openTelemetry,
      target,
      { identifier: 'METRICS', path: 'v1/metrics', component: 'otlp_http_metric_exporter' },
      {
        serializeRequest({ collected, agents }) {
          const stock =
            collected.scopeMetrics.length === 0
              ? new Uint8Array(0)
              : (ProtobufMetricsSerializer.serializeRequest(collected) ?? new Uint8Array(0));
          if (agents === undefined) return stock;
          const { resource } = collected;
          const own = agents.write(resources.encode(resource.attributes), resource.schemaUrl ?? '');
          // Two messages one after the other are one message with the fields of both.
          return stock.length === 0 ? own : concatenate([own, stock]);
        },
        deserializeResponse: (data) => ProtobufMetricsSerializer.deserializeResponse(data),
      },
      {
        name: 'metric_data_point',
        countItems: ({ collected, agents }) =>
          openTelemetry.transformer.MetricsExporterMetricsHelper.countItems(collected) +
          (agents?.points ?? 0),
      },
    );
    this.#delegate = delegate;
    this.#transport = transport;
  }

  export(metrics: ResourceMetrics, done: (result: ExportResult) => void): void {
    this.#sendAll(metrics).then(done, (error) =>
      done({ code: this.#openTelemetry.core.ExportResultCode.FAILED, error }),
    );
  }

  selectAggregationTemporality(instrument: InstrumentType): AggregationTemporality {
    return temporalityOf(this.#preference, instrument, this.#openTelemetry);
  }

  forceFlush(): Promise<void> {
    return this.#delegate.forceFlush();
  }

  async shutdown(): Promise<void> {
    await this.#delegate.shutdown();
  }

  /** See {@link HttpTransport.hurry}. */
  hurry(limitMs: number): void {
    this.#transport.hurry(limitMs);
  }

  /** Gives up what is under way. */
  abort(): void {
    this.#transport.shutdown();
  }

  /**
   * One request after the other, which bounds the memory. One that is refused doesn't hold back the others; when
   * nobody answers, the rest waits for the next export.
   */
  async #sendAll({ resource, scopeMetrics }: ResourceMetrics): Promise<ExportResult> {
    const { SUCCESS } = this.#openTelemetry.core.ExportResultCode;
    let answer: ExportResult = { code: SUCCESS };
    const agents: (AgentRequest | undefined)[] = scopeMetrics
      .filter((scope) => scope instanceof AgentScope)
      .flatMap((scope) => scope.producer.requests());
    let collected = scopeMetrics.filter((scope) => !(scope instanceof AgentScope));
    if (agents.length === 0 && collected.length > 0) agents.push(undefined);
    for (const request of agents) {
      const result = await this.#send({ collected: { resource, scopeMetrics: collected }, agents: request });
      if (result.code === SUCCESS) {
        request?.delivered();
        collected = [];
      } else {
        answer = result;
        if (!(result.error instanceof RefusedError)) break;
      }
    }
    return answer;
  }

  #send(request: MetricsRequest): Promise<ExportResult> {
    return new Promise((resolve) => this.#delegate.export(request, resolve));
  }
}

/** Sends log records as OTLP/HTTP protobuf, by the transport that keeps no process open. */
export class OtlpLogExporter implements LogRecordExporter {
  readonly #delegate: IOtlpExportDelegate<ReadableLogRecord[]>;
  readonly #transport: HttpTransport;
  readonly #core: OpenTelemetry['core'];
  readonly #waiting: ReadableLogRecord[] = [];
  #sending: Promise<void> | undefined;

  constructor(openTelemetry: OpenTelemetry, target: OtlpTarget) {
    this.#core = openTelemetry.core;
    const { delegate, transport } = createDelegate<ReadableLogRecord[], unknown>(
      openTelemetry,
      target,
      { identifier: 'LOGS', path: 'v1/logs', component: 'otlp_http_log_exporter' },
      openTelemetry.transformer.ProtobufLogsSerializer,
      openTelemetry.transformer.LogsExporterMetricsHelper,
    );
    this.#delegate = delegate;
    this.#transport = transport;
  }

  /**
   * Says at once that it is done, and queues what has to wait: while the SDK's processor waits for that word, its
   * timer keeps the process open.
   */
  export(logs: ReadableLogRecord[], done: Parameters<LogRecordExporter['export']>[1]): void {
    const room = Math.max(0, waitingEventsLimit - this.#waiting.length);
    this.#waiting.push(...logs.slice(0, room));
    if (logs.length > room) this.#sayLost(logs.length - room, new Error('too many wait'));
    if (this.#waiting.length > 0) this.#sending ??= this.#sendWaiting();
    done({ code: this.#core.ExportResultCode.SUCCESS });
  }

  async forceFlush(): Promise<void> {
    await this.#sending;
    await this.#delegate.forceFlush();
  }

  async shutdown(): Promise<void> {
    await this.forceFlush();
    await this.#delegate.shutdown();
  }

  /** See {@link HttpTransport.hurry}. */
  hurry(limitMs: number): void {
    this.#transport.hurry(limitMs);
  }

  /** Gives up what is under way. */
  abort(): void {
    this.#waiting.length = 0;
    this.#transport.shutdown();
  }

  /** One batch after the other, which bounds the memory. */
  async #sendWaiting(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, eventsPerRequest);
      try {
        const { code, error } = await new Promise<ExportResult>((resolve) =>
          this.#delegate.export(batch, resolve),
        );
        if (code !== this.#core.ExportResultCode.SUCCESS) this.#sayLost(batch.length, error);
      } catch (error) {
        this.#sayLost(batch.length, error);
      }
    }
    this.#sending = undefined;
  }

  #sayLost(count: number, cause: unknown): void {
    this.#core.globalErrorHandler(
      new Error(`@agent-vitals/sdk: ${count} log events are lost: ${cause}`, { cause }),
    );
  }
}

/** What the preference means for the agents' metrics, whose counters are read from fields as observables are. */
export function agentTemporality(preference: TemporalityPreference): Temporality {
  return {
    counters: preference === 'delta' ? 'delta' : 'cumulative',
    durations: preference === 'cumulative' ? 'cumulative' : 'delta',
  };
}

/** As OpenTelemetry's metrics exporter specification defines the preference. */
function temporalityOf(
  preference: TemporalityPreference,
  instrument: InstrumentType,
  { metrics: { AggregationTemporality, InstrumentType } }: OpenTelemetry,
): AggregationTemporality {
  const { DELTA, CUMULATIVE } = AggregationTemporality;
  if (preference === 'cumulative') return CUMULATIVE;
  const { UP_DOWN_COUNTER, OBSERVABLE_UP_DOWN_COUNTER, COUNTER, HISTOGRAM } = InstrumentType;
  if (preference === 'lowmemory') {
    return instrument === COUNTER || instrument === HISTOGRAM ? DELTA : CUMULATIVE;
  }
  return instrument === UP_DOWN_COUNTER || instrument === OBSERVABLE_UP_DOWN_COUNTER ? CUMULATIVE : DELTA;
}

interface Signal {
  /** As in `OTEL_EXPORTER_OTLP_<identifier>_ENDPOINT`. */
  readonly identifier: 'METRICS' | 'LOGS';
  readonly path: string;
  readonly component: string;
}

/** The stock exporters' configuration and bookkeeping around our transport. */
function createDelegate<Request, Response>(
  { exporterBase, exporterHttp }: OpenTelemetry,
  target: OtlpTarget,
  signal: Signal,
  serializer: ISerializer<Request, Response>,
  metricsHelper: ConstructorParameters<typeof exporterBase.ExporterMetrics<Request>>[0]['metricsHelper'],
): { delegate: IOtlpExportDelegate<Request>; transport: HttpTransport } {
  const { endpoint, headers } = target;
  const settings = exporterHttp.convertLegacyHttpOptions(
    {
      ...(endpoint === undefined ? {} : { url: `${endpoint}/${signal.path}` }),
      headers: { ...headers },
      concurrencyLimit,
    },
    signal.identifier,
    signal.path,
    { 'Content-Type': 'application/x-protobuf' },
  );
  const transport = new HttpTransport({
    url: settings.url,
    headers: settings.headers,
    compression: settings.compression,
    agentFactory: settings.agentFactory as (protocol: string) => Agent | Promise<Agent>,
    userAgent: `agent-vitals-sdk/${version}`,
  });
  const metrics = new exporterBase.ExporterMetrics<Request>({
    componentType: signal.component,
    metricsHelper,
    url: settings.url,
    meterProvider: undefined,
    responseAttributesFromError: () => ({}),
  });
  const timeoutMs = Math.min(settings.timeoutMillis, target.timeoutMs ?? Number.POSITIVE_INFINITY);
  const delegate = exporterBase.createOtlpNetworkExportDelegate(
    { ...settings, timeoutMillis: timeoutMs },
    serializer,
    metrics,
    transport,
  );
  return { delegate, transport };
}

/** A resource doesn't change once its attributes are settled; its bytes are kept. */
class ResourceEncoder {
  #attributes: object | undefined;
  #bytes: Uint8Array = new Uint8Array(0);

  encode(attributes: ResourceMetrics['resource']['attributes']): Uint8Array {
    if (attributes !== this.#attributes) {
      this.#attributes = attributes;
      this.#bytes = encodeAttributes(attributesOfResource, attributes);
    }
    return this.#bytes;
  }
}
