import { diag } from '@opentelemetry/api';

/** As `OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE` names them. */
export type TemporalityPreference = 'cumulative' | 'delta' | 'lowmemory';

/**
 * How the bootstrap starts. What is not given here comes from OpenTelemetry's own `OTEL_*` variables, then from the
 * default.
 */
export interface VitalsOptions {
  /**
   * Where to send, without the signal's path, such as `http://localhost:4318`. Default:
   * `OTEL_EXPORTER_OTLP_ENDPOINT` and its kin, else that.
   */
  readonly endpoint?: string | undefined;
  /** Sent as `authorization: Bearer …`. `OTEL_EXPORTER_OTLP_HEADERS` may carry other headers. */
  readonly token?: string | undefined;
  /** `service.name`. Default: `OTEL_SERVICE_NAME`, else what the SDK calls a service without a name. */
  readonly serviceName?: string | undefined;
  /** `service.version`. */
  readonly serviceVersion?: string | undefined;
  /** `service.namespace`. */
  readonly serviceNamespace?: string | undefined;
  /** More attributes of the resource; they win over those of `OTEL_RESOURCE_ATTRIBUTES`. */
  readonly resourceAttributes?: Readonly<Record<string, string | number | boolean>> | undefined;
  /**
   * Milliseconds between exports, from 100 ms up; best the interval of the heartbeats. Default:
   * `OTEL_METRIC_EXPORT_INTERVAL`, else 10,000.
   */
  readonly exportIntervalMs?: number | undefined;
  /**
   * `otlp` sends, `prometheus` waits to be scraped. Default: `OTEL_METRICS_EXPORTER` (either, both by a comma, or
   * `none`), else `otlp`. Log events go by OTLP in either, with `prometheus` only where an endpoint is given.
   */
  readonly mode?: 'otlp' | 'prometheus' | undefined;
  /**
   * `delta` sends counters as increases: for jobs that live for one run, whose counts would start at 0 each time.
   * Default: `OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE`, else `cumulative`.
   */
  readonly temporality?: TemporalityPreference | undefined;
  /** Where `prometheus` listens. Default: `OTEL_EXPORTER_PROMETHEUS_HOST` and `_PORT`, else `localhost:9464/metrics`. */
  readonly prometheus?:
    | {
        readonly host?: string | undefined;
        /** 0 takes a free one. */
        readonly port?: number | undefined;
        readonly path?: string | undefined;
      }
    | undefined;
  /**
   * Whether SIGTERM, SIGINT and the end of the event loop say goodbye for the agents, within 2 s. Default: true.
   */
  readonly goodbye?: boolean | undefined;
}

/** What {@link VitalsOptions} and the environment come to. */
export interface Settings {
  readonly disabled: boolean;
  readonly otlp: boolean;
  readonly prometheus: { readonly host: string; readonly port: number; readonly path: string } | undefined;
  /** Undefined where the exporters read it from the environment. */
  readonly endpoint: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly resourceAttributes: Readonly<Record<string, string | number | boolean>>;
  /** Names of `OTEL_NODE_RESOURCE_DETECTORS`. */
  readonly resourceDetectors: readonly string[];
  readonly exportIntervalMs: number;
  readonly exportTimeoutMs: number;
  readonly temporality: TemporalityPreference;
  /** What becomes of log events: sent by our exporter, left to what `OTEL_LOGS_EXPORTER` says, or nothing. */
  readonly logs: 'otlp' | 'environment' | 'none';
  /** As `BatchLogRecordProcessor` takes them. */
  readonly logBatches: LogBatches;
  /** Whether the variables ask for traces; without them the bootstrap sets up none. */
  readonly traces: boolean;
  readonly goodbye: boolean;
}

interface LogBatches {
  readonly maxQueueSize?: number;
  readonly scheduledDelayMillis?: number;
  readonly exportTimeoutMillis?: number;
  readonly maxExportBatchSize?: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

const defaultIntervalMs = 10_000;
const leastIntervalMs = 100;
const defaultTimeoutMs = 10_000;
/** Not `process`, which would send the command line along. */
const defaultDetectors = ['serviceinstance', 'host', 'env'];
const temporalities: readonly TemporalityPreference[] = ['cumulative', 'delta', 'lowmemory'];

/**
 * Resolves options and `OTEL_*` variables. A variable that makes no sense is said through `diag` and passed over, as
 * OpenTelemetry does.
 *
 * @param options - What the code says; it wins.
 * @param environment - `process.env`.
 * @throws TypeError or RangeError for an option that cannot be.
 */
export function resolveSettings(options: VitalsOptions, environment: Environment): Settings {
  const exporters = exportersOf(options.mode, environment);
  const exportIntervalMs = intervalOf(options.exportIntervalMs, environment);
  const timeoutMs = positiveOf('OTEL_METRIC_EXPORT_TIMEOUT', environment) ?? defaultTimeoutMs;
  const logs = environment.OTEL_LOGS_EXPORTER?.trim() || 'otlp';
  const otlp = exporters.includes('otlp');
  if (otlp) sayProtocol(environment);
  return {
    disabled: environment.OTEL_SDK_DISABLED?.trim().toLowerCase() === 'true',
    otlp,
    prometheus: exporters.includes('prometheus') ? prometheusOf(options, environment) : undefined,
    endpoint: options.endpoint === undefined ? undefined : endpointOf(options.endpoint),
    headers: options.token === undefined ? {} : { authorization: `Bearer ${checkedToken(options.token)}` },
    resourceAttributes: {
      ...options.resourceAttributes,
      ...(options.serviceName === undefined ? {} : { 'service.name': options.serviceName }),
      ...(options.serviceVersion === undefined ? {} : { 'service.version': options.serviceVersion }),
      ...(options.serviceNamespace === undefined ? {} : { 'service.namespace': options.serviceNamespace }),
    },
    resourceDetectors: listOf(environment.OTEL_NODE_RESOURCE_DETECTORS) ?? defaultDetectors,
    exportIntervalMs,
    exportTimeoutMs: Math.min(timeoutMs, exportIntervalMs),
    temporality: temporalityOf(options.temporality, environment),
    logs: logs !== 'otlp' ? 'environment' : otlp || options.endpoint !== undefined ? 'otlp' : 'none',
    logBatches: logBatchesOf(environment),
    traces: isSet(environment.OTEL_TRACES_EXPORTER),
    goodbye: options.goodbye ?? true,
  };
}

function exportersOf(mode: VitalsOptions['mode'], environment: Environment): readonly string[] {
  if (mode === 'otlp' || mode === 'prometheus') return [mode];
  if (mode !== undefined) {
    throw new TypeError(`Cannot start vitals as mode must be otlp or prometheus: current value is ${mode}`);
  }
  const asked = listOf(environment.OTEL_METRICS_EXPORTER);
  if (asked === undefined) return ['otlp'];
  if (asked.includes('none')) return [];
  const known = asked.filter((name) => name === 'otlp' || name === 'prometheus');
  if (known.length < asked.length) {
    diag.warn(
      `@agent-vitals/sdk: OTEL_METRICS_EXPORTER may be otlp, prometheus or none here: current value is ${environment.OTEL_METRICS_EXPORTER}`,
    );
  }
  return known.length === 0 ? ['otlp'] : known;
}

function sayProtocol(environment: Environment): void {
  const protocol = environment.OTEL_EXPORTER_OTLP_METRICS_PROTOCOL ?? environment.OTEL_EXPORTER_OTLP_PROTOCOL;
  if (isSet(protocol) && protocol.trim() !== 'http/protobuf') {
    diag.warn(
      `@agent-vitals/sdk: sends http/protobuf, whatever OTEL_EXPORTER_OTLP_PROTOCOL says (${protocol})`,
    );
  }
}

function endpointOf(endpoint: string): string {
  const protocol = URL.canParse(endpoint) ? new URL(endpoint).protocol : undefined;
  if (protocol !== 'http:' && protocol !== 'https:') {
    throw new TypeError(
      `Cannot start vitals as endpoint must be an http or https URL: current value is ${endpoint}`,
    );
  }
  // Whoever copied the address of one signal means the receiver.
  return endpoint.replace(/\/+$/, '').replace(/\/v1\/(metrics|logs|traces)$/, '');
}

function checkedToken(token: string): string {
  // What a header can carry. The token itself is never shown.
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw new TypeError('Cannot start vitals as token must be visible ASCII characters only');
}

function intervalOf(given: number | undefined, environment: Environment): number {
  if (given === undefined) return positiveOf('OTEL_METRIC_EXPORT_INTERVAL', environment) ?? defaultIntervalMs;
  if (given >= leastIntervalMs && given <= 2 ** 31 - 1) return given;
  throw new RangeError(
    `Cannot start vitals as exportIntervalMs must be at least ${leastIntervalMs} ms: current value is ${given}`,
  );
}

function prometheusOf(options: VitalsOptions, environment: Environment) {
  const { host, port, path = '/metrics' } = options.prometheus ?? {};
  if (port !== undefined && !(Number.isInteger(port) && port >= 0 && port <= 65_535)) {
    throw new RangeError(
      `Cannot start vitals as prometheus.port must be from 0 to 65535: current value is ${port}`,
    );
  }
  return {
    host: host ?? (environment.OTEL_EXPORTER_PROMETHEUS_HOST?.trim() || 'localhost'),
    port: port ?? positiveOf('OTEL_EXPORTER_PROMETHEUS_PORT', environment) ?? 9464,
    path: path.startsWith('/') ? path : `/${path}`,
  };
}

function temporalityOf(
  given: TemporalityPreference | undefined,
  environment: Environment,
): TemporalityPreference {
  if (given !== undefined) {
    if (temporalities.includes(given)) return given;
    throw new TypeError(
      `Cannot start vitals as temporality must be one of ${temporalities.join(', ')}: current value is ${given}`,
    );
  }
  const name = 'OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE';
  const asked = environment[name]?.trim().toLowerCase();
  if (!isSet(asked)) return 'cumulative';
  const known = temporalities.find((each) => each === asked);
  if (known === undefined) {
    diag.warn(
      `@agent-vitals/sdk: ${name} must be one of ${temporalities.join(', ')}: current value is ${asked}`,
    );
  }
  return known ?? 'cumulative';
}

function positiveOf(name: string, environment: Environment): number | undefined {
  const text = environment[name]?.trim();
  if (!isSet(text)) return undefined;
  const value = Number(text);
  if (value > 0 && Number.isFinite(value)) return value;
  diag.warn(`@agent-vitals/sdk: ${name} must be a number above 0: current value is ${text}`);
  return undefined;
}

function logBatchesOf(environment: Environment): LogBatches {
  const maxQueueSize = positiveOf('OTEL_BLRP_MAX_QUEUE_SIZE', environment);
  const scheduledDelayMillis = positiveOf('OTEL_BLRP_SCHEDULE_DELAY', environment);
  const exportTimeoutMillis = positiveOf('OTEL_BLRP_EXPORT_TIMEOUT', environment);
  const maxExportBatchSize = positiveOf('OTEL_BLRP_MAX_EXPORT_BATCH_SIZE', environment);
  return {
    ...(maxQueueSize === undefined ? {} : { maxQueueSize }),
    ...(scheduledDelayMillis === undefined ? {} : { scheduledDelayMillis }),
    ...(exportTimeoutMillis === undefined ? {} : { exportTimeoutMillis }),
    ...(maxExportBatchSize === undefined ? {} : { maxExportBatchSize }),
  };
}

/** Names by a comma; undefined where there is none. */
function listOf(text: string | undefined): readonly string[] | undefined {
  const names = (text ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  return names.length === 0 ? undefined : names;
}

function isSet(text: string | undefined): text is string {
  return text !== undefined && text.trim() !== '';
}
