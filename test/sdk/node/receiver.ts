/** A local OTLP/HTTP receiver that a test can make slow, broken or dead. */
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { otlp } from '../../support/otlp.ts';
import { waitFor } from '../../support/wait.ts';

export interface NumberPoint {
  readonly metric: string;
  readonly unit: string;
  readonly kind: 'gauge' | 'sum' | 'histogram';
  /** 1 is delta, 2 cumulative, 0 for gauges. */
  readonly temporality: number;
  readonly monotonic: boolean;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly startNanos: bigint;
  readonly timeNanos: bigint;
  /** The value, or a histogram's count. */
  readonly value: number;
  readonly sum: number | undefined;
  readonly buckets: readonly number[];
  readonly bounds: readonly number[];
}

export interface ReceivedMetrics {
  readonly resource: Readonly<Record<string, unknown>>;
  /** In the order of the request. */
  readonly points: readonly NumberPoint[];
  readonly scopes: readonly string[];
}

export interface ReceivedLog {
  readonly name: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

export interface ReceivedRequest {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly atMs: number;
  readonly metrics: ReceivedMetrics | undefined;
  readonly logs: readonly ReceivedLog[];
}

export type Behavior =
  | 'accept'
  | 'hang'
  | { readonly status: number; readonly retryAfter?: string }
  /** Bytes as they are, for answers that no HTTP server gives. */
  | { readonly raw: string };

export interface Receiver extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** Requests whose bodies have come in completely, whatever was answered. */
  readonly requests: ReceivedRequest[];
  readonly connections: number;
  behave(behavior: Behavior): void;
  /** Closes the port and every connection. */
  die(): Promise<void>;
  /** Listens again, at the same port. */
  revive(): Promise<void>;
  /** Closes connections that idle, as servers do after a while. */
  closeIdle(): void;
  /** Waits for a request that fits; those that came before count, too. */
  request(fits: (request: ReceivedRequest) => boolean, what: string): Promise<ReceivedRequest>;
}

/**
 * Starts a receiver on a free port of 127.0.0.1.
 *
 * @param options - `decode: false` only counts requests: decoding many agents takes longer than sending them.
 */
export async function startReceiver({ decode = true } = {}): Promise<Receiver> {
  const requests: ReceivedRequest[] = [];
  let behavior: Behavior = 'accept';
  let server: Server;
  const sockets = new Set<Socket>();
  let connections = 0;

  const listen = async (port: number): Promise<number> => {
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('error', () => {});
      request.on('end', () => {
        const bytes = Buffer.concat(chunks);
        const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes;
        requests.push({
          path: request.url ?? '',
          headers: request.headers,
          atMs: performance.now(),
          metrics: decode && request.url === '/v1/metrics' ? decodeMetrics(body) : undefined,
          logs: decode && request.url === '/v1/logs' ? decodeLogs(body) : [],
        });
        if (behavior === 'hang') return;
        if (behavior === 'accept') {
          response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
          return;
        }
        if ('raw' in behavior) {
          request.socket.write(behavior.raw);
          return;
        }
        const { status, retryAfter } = behavior;
        response.writeHead(status, retryAfter === undefined ? {} : { 'retry-after': retryAfter }).end('no');
      });
    });
    server.on('connection', (socket) => {
      connections++;
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
    });
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  };
  const port = await listen(0);
  const die = async () => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const socket of sockets) socket.destroy();
    await closed;
  };

  return {
    url: `http://127.0.0.1:${port}`,
    port,
    requests,
    get connections() {
      return connections;
    },
    behave(next) {
      behavior = next;
    },
    die,
    async revive() {
      await listen(port);
    },
    closeIdle: () => server.closeIdleConnections(),
    request: (fits, what) => waitFor(() => requests.find(fits), { what, intervalMs: 5 }),
    [Symbol.asyncDispose]: die,
  };
}

/** The points of a metric, in order; optionally of one agent. */
export function pointsOf(
  from: { readonly metrics: ReceivedMetrics | undefined } | ReceivedMetrics,
  metric: string,
  agent?: string,
): NumberPoint[] {
  const points = 'points' in from ? from.points : (from.metrics?.points ?? []);
  return points.filter(
    (point) =>
      point.metric === metric && (agent === undefined || point.attributes['vitals.agent.id'] === agent),
  );
}

/** What an agent reports of itself in a request, or undefined where it isn't in there. */
export function stateOf(request: ReceivedRequest, agent: string): unknown {
  return pointsOf(request, 'vitals.agent.reported.status', agent).find(({ value }) => value === 1)
    ?.attributes['vitals.agent.state'];
}

interface WireKeyValue {
  readonly key: string;
  readonly value?: Readonly<Record<string, unknown>>;
}

function plain(value: unknown): unknown {
  if (value === null || typeof value !== 'object') return value;
  const [kind, inner] = Object.entries(value)[0] ?? [];
  if (kind === 'intValue') return Number(inner);
  if (kind === 'arrayValue') return ((inner as { values?: unknown[] }).values ?? []).map(plain);
  return inner;
}

function attributesOf(list: readonly WireKeyValue[] = []): Record<string, unknown> {
  return Object.fromEntries(list.map(({ key, value }) => [key, plain(value)]));
}

const conversion = { longs: String } as const;

/** Decodes an ExportMetricsServiceRequest by protobufjs. */
export function decodeMetrics(bytes: Uint8Array): ReceivedMetrics {
  const request = otlp.metricsRequest.toObject(otlp.metricsRequest.decode(bytes), conversion) as WireRequest;
  const resources = request.resourceMetrics ?? [];
  const points: NumberPoint[] = [];
  const scopes: string[] = [];
  for (const { scopeMetrics = [] } of resources) {
    for (const { scope, metrics = [] } of scopeMetrics) {
      scopes.push(scope?.name ?? '');
      for (const metric of metrics) points.push(...pointsOfMetric(metric));
    }
  }
  return { resource: attributesOf(resources[0]?.resource?.attributes), points, scopes };
}

function pointsOfMetric(metric: WireMetric): NumberPoint[] {
  const kind = metric.gauge !== undefined ? 'gauge' : metric.sum !== undefined ? 'sum' : 'histogram';
  const data = metric[kind] ?? {};
  return (data.dataPoints ?? []).map((point) => ({
    metric: metric.name,
    unit: metric.unit ?? '',
    kind,
    temporality: Number(data.aggregationTemporality ?? 0),
    monotonic: data.isMonotonic ?? false,
    attributes: attributesOf(point.attributes),
    startNanos: BigInt(point.startTimeUnixNano ?? 0),
    timeNanos: BigInt(point.timeUnixNano ?? 0),
    value: Number(point.asDouble ?? point.asInt ?? point.count ?? Number.NaN),
    sum: point.sum,
    buckets: (point.bucketCounts ?? []).map(Number),
    bounds: point.explicitBounds ?? [],
  }));
}

function decodeLogs(bytes: Uint8Array): ReceivedLog[] {
  const request = otlp.logsRequest.toObject(otlp.logsRequest.decode(bytes), conversion) as WireLogs;
  return (request.resourceLogs ?? []).flatMap(({ scopeLogs = [] }) =>
    scopeLogs.flatMap(({ logRecords = [] }) =>
      logRecords.map(({ eventName = '', attributes }) => ({
        name: eventName,
        attributes: attributesOf(attributes),
      })),
    ),
  );
}

interface WirePoint {
  readonly attributes?: WireKeyValue[];
  readonly startTimeUnixNano?: string;
  readonly timeUnixNano?: string;
  readonly asDouble?: number;
  readonly asInt?: string;
  readonly count?: string;
  readonly sum?: number;
  readonly bucketCounts?: string[];
  readonly explicitBounds?: number[];
}

interface WireData {
  readonly dataPoints?: WirePoint[];
  readonly aggregationTemporality?: number;
  readonly isMonotonic?: boolean;
}

interface WireMetric {
  readonly name: string;
  readonly unit?: string;
  readonly gauge?: WireData;
  readonly sum?: WireData;
  readonly histogram?: WireData;
}

interface WireRequest {
  readonly resourceMetrics?: {
    readonly resource?: { readonly attributes?: WireKeyValue[] };
    readonly scopeMetrics?: {
      readonly scope?: { readonly name?: string };
      readonly metrics?: WireMetric[];
    }[];
  }[];
}

interface WireLogs {
  readonly resourceLogs?: {
    readonly scopeLogs?: {
      readonly logRecords?: { readonly eventName?: string; readonly attributes?: WireKeyValue[] }[];
    }[];
  }[];
}
