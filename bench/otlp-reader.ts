/**
 * How long a processor takes to learn what a batch of 1,000 agents × 10 points says: the selective reader against
 * protobufjs and JSON.parse, each into the same columns, and each into a fleet. `node --conditions=@agent-vitals/source bench/otlp-reader.ts`
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { type MetricDefinition, metrics } from '@agent-vitals/contract';
import {
  type AgentInfo,
  Fleet,
  Observation,
  type ObservationSink,
  signals,
  type Temporality,
} from '../src/core/index.ts';
import { knownMetrics, metricNames } from '../src/processor/otlp/metric-table.ts';
import { MetricsReader } from '../src/processor/otlp/metrics-reader.ts';
import { StringCache } from '../src/processor/otlp/string-cache.ts';
import { validate } from '../src/processor/otlp/validate.ts';
import {
  type Attributes,
  encodeOtlp,
  gaugeMetric,
  histogramMetric,
  type Json,
  type JsonObject,
  keyValues,
  metricsRequest,
  numberPoint,
  otlp,
  sumMetric,
} from '../test/support/otlp.ts';

const agents = 1_000;
const pointsPerAgent = 10;
const warmUpRounds = 20;
const rounds = 60;
const signalCount = signals.length;

/** What every rival writes into: by agent and signal the newest of everything that a point says. */
class Columns implements ObservationSink {
  readonly values = new Float64Array(agents * signalCount);
  readonly counts = new Float64Array(agents * signalCount);
  readonly times = new Float64Array(agents * signalCount);
  readonly startTimes = new Float64Array(agents * signalCount);
  readonly temporalities = new Uint8Array(agents * signalCount);
  readonly states: string[] = new Array<string>(agents).fill('');
  readonly operations: string[] = new Array<string>(agents).fill('');
  readonly sessions: string[] = new Array<string>(agents).fill('');
  readonly types: string[] = new Array<string>(agents).fill('');
  readonly infos: (AgentInfo | null)[] = new Array<AgentInfo | null>(agents).fill(null);
  private readonly slots = new Int32Array(8_192).fill(-1);
  private readonly ids: Uint8Array[] = [];

  private slotOf(bytes: Uint8Array, start: number, end: number): number {
    let hash = 0;
    for (let pos = start; pos < end; pos++) hash = Math.imul(hash, 31) + bytes[pos]!;
    for (let place = hash & 8_191; ; place = (place + 1) & 8_191) {
      const slot = this.slots[place]!;
      if (slot < 0) {
        this.slots[place] = this.ids.length;
        return this.ids.push(bytes.slice(start, end)) - 1;
      }
      const id = this.ids[slot]!;
      if (id.length !== end - start) continue;
      let i = id.length - 1;
      while (i >= 0 && id[i] === bytes[start + i]) i--;
      if (i < 0) return slot;
    }
  }

  observe(observation: Observation): void {
    const slot = this.slotOf(observation.idBytes, observation.idStart, observation.idEnd);
    const place = slot * signalCount + observation.signal;
    this.values[place] = observation.value;
    this.counts[place] = observation.count;
    this.times[place] = observation.timeMs;
    this.startTimes[place] = observation.startTimeMs;
    this.temporalities[place] = observation.temporality;
    this.sessions[slot] = observation.session;
    this.types[slot] = observation.type;
    if (observation.state !== '' && observation.value === 1) this.states[slot] = observation.state;
    if (observation.operation !== '') this.operations[slot] = observation.operation;
    if (observation.info !== null) this.infos[slot] = observation.info;
  }
}

const now = 1_790_000_000_000;

/** Ten points of an agent, by metric. */
function pointsOf(i: number, identity: Attributes): [metric: string, kind: string, points: JsonObject[]][] {
  const at = (attributes: Attributes = {}) => ({
    attributes: { ...identity, ...attributes },
    timeMs: now + i,
    startTimeMs: now - 3_600_000,
  });
  const duration = {
    attributes: keyValues({ ...identity, 'vitals.operation.name': 'answer' }),
    timeUnixNano: String((now + i) * 1e6),
    startTimeUnixNano: String((now - 3_600_000) * 1e6),
    count: '17',
    sum: 21.5 + i,
    bucketCounts: Array.from({ length: 17 }, (_, bucket) => String(bucket)),
    explicitBounds: Array.from({ length: 16 }, (_, bucket) => 0.01 * 2 ** bucket),
  };
  return [
    ['vitals.agent.heartbeats', 'sum', [numberPoint(360 + i, at())]],
    ['vitals.agent.heartbeat.interval', 'gauge', [numberPoint(10, at())]],
    [
      'vitals.agent.reported.status',
      'sum',
      [
        numberPoint(1, at({ 'vitals.agent.state': 'busy' })),
        numberPoint(0, at({ 'vitals.agent.state': 'idle' })),
      ],
    ],
    ['vitals.agent.progress', 'sum', [numberPoint(3 * i, at())]],
    ['vitals.agent.operation.duration', 'histogram', [duration]],
    ['vitals.agent.operation.active', 'sum', [numberPoint(1, at({ 'vitals.operation.name': 'answer' }))]],
    ['vitals.agent.confidence', 'gauge', [numberPoint(0.87, at())]],
    ['process.cpu.utilization', 'gauge', [numberPoint(0.125, at())]],
    [
      'vitals.agent.info',
      'gauge',
      [
        numberPoint(
          1,
          at({
            'gen_ai.agent.name': `Agent ${i}`,
            'gen_ai.agent.version': '1.4.2',
            'vitals.agent.kind': 'agent',
            'vitals.agent.location': `pod-${i}`,
            'process.pid': 1_000 + i,
          }),
        ),
      ],
    ],
  ];
}

/** With description and unit, as every SDK exports a metric. */
function metricOf(name: string, kind: string, points: JsonObject[]): JsonObject {
  const { description, unit } = Object.values<MetricDefinition>(metrics).find(
    (metric) => metric.name === name,
  )!;
  const build = kind === 'gauge' ? gaugeMetric : kind === 'histogram' ? histogramMetric : sumMetric;
  return { ...build(name, points), description, unit };
}

/** What the OpenTelemetry SDK says of a process. */
const sdkResource: Attributes = {
  'service.name': 'fleet',
  'service.version': '3.0.1',
  'telemetry.sdk.language': 'nodejs',
  'telemetry.sdk.name': 'opentelemetry',
  'telemetry.sdk.version': '2.0.0',
  'host.name': 'worker-3.internal',
};

function identityOf(i: number): Attributes {
  return {
    'vitals.agent.id': `agent-${String(i).padStart(6, '0')}`,
    'vitals.session.id': `session-${i % 20}`,
    'vitals.agent.type': 'researcher',
  };
}

/** As a Collector batches processes: a resource each. */
function batchOfResources(): JsonObject {
  const requests = Array.from({ length: agents }, (_, i) => {
    const resource = { ...sdkResource, 'service.instance.id': randomUUID(), ...identityOf(i) };
    return metricsRequest(
      resource,
      pointsOf(i, {}).map(([name, kind, points]) => metricOf(name, kind, points)),
    );
  });
  return { resourceMetrics: requests.flatMap((request) => request.resourceMetrics as Json[]) };
}

/** As one process exports many agents: identity on the points. */
function batchOfPoints(): JsonObject {
  const byMetric = new Map<string, { kind: string; points: JsonObject[] }>();
  for (let i = 0; i < agents; i++) {
    for (const [name, kind, points] of pointsOf(i, identityOf(i))) {
      const metric = byMetric.get(name) ?? { kind, points: [] };
      byMetric.set(name, metric);
      metric.points.push(...points);
    }
  }
  return metricsRequest(
    { ...sdkResource, 'service.instance.id': randomUUID() },
    [...byMetric].map(([name, { kind, points }]) => metricOf(name, kind, points)),
  );
}

// The rivals' walk over what protobufjs or JSON.parse makes: the same observations, the short way.

type Int64 = { readonly low: number; readonly high: number } | string;
interface ValueShape {
  stringValue?: string;
  intValue?: Int64;
}
interface AttributeShape {
  key: string;
  value?: ValueShape;
}
interface PointShape {
  attributes?: AttributeShape[];
  startTimeUnixNano?: Int64;
  timeUnixNano?: Int64;
  asInt?: Int64;
  asDouble?: number;
  count?: Int64;
  sum?: number;
  flags?: number;
}
interface DataShape {
  dataPoints?: PointShape[];
  aggregationTemporality?: number;
}
interface RequestShape {
  resourceMetrics?: {
    resource?: { attributes?: AttributeShape[] };
    scopeMetrics?: {
      metrics?: { name?: string; gauge?: DataShape; sum?: DataShape; histogram?: DataShape }[];
    }[];
  }[];
}

const codeByName = new Map(metricNames);
const infoSignal = signals.indexOf('info');

function toNumber(value: Int64 | undefined): number {
  if (value === undefined) return 0;
  return typeof value === 'string' ? Number(value) : value.high * 4_294_967_296 + (value.low >>> 0);
}

/** Identity on the points or the resource. */
interface Identity {
  id: string;
  session: string;
  type: string;
}

class Walker {
  private readonly observation = new Observation();
  private readonly ids = new Map<string, Uint8Array>();
  private readonly sink: ObservationSink;

  constructor(sink: ObservationSink) {
    this.sink = sink;
  }

  walk(request: RequestShape): void {
    for (const { resource, scopeMetrics } of request.resourceMetrics ?? []) {
      const identity: Identity = { id: '', session: '', type: '' };
      for (const { key, value } of resource?.attributes ?? []) {
        if (key === 'vitals.agent.id') identity.id = value?.stringValue ?? '';
        else if (key === 'vitals.session.id') identity.session = value?.stringValue ?? '';
        else if (key === 'vitals.agent.type') identity.type = value?.stringValue ?? '';
      }
      for (const { metrics } of scopeMetrics ?? []) {
        for (const metric of metrics ?? []) {
          const code = codeByName.get(metric.name ?? '');
          const data = metric.gauge ?? metric.sum ?? metric.histogram;
          if (code === undefined || data === undefined) continue;
          this.observation.signal = knownMetrics[code]!.signal;
          this.observation.temporality = (data.aggregationTemporality ?? 0) as Temporality;
          for (const point of data.dataPoints ?? []) this.take(point, identity, metric.histogram != null);
        }
      }
    }
  }

  private take(point: PointShape, identity: Identity, isHistogram: boolean): void {
    const { observation } = this;
    let { id, session, type } = identity;
    observation.state = '';
    observation.operation = '';
    observation.errorType = '';
    observation.info = observation.signal === infoSignal ? emptyInfo() : null;
    for (const { key, value } of point.attributes ?? []) {
      const text = value?.stringValue ?? '';
      if (key === 'vitals.agent.id') id = text;
      else if (key === 'vitals.session.id') session = text;
      else if (key === 'vitals.agent.type') type = text;
      else if (key === 'vitals.agent.state') observation.state = text;
      else if (key === 'vitals.operation.name') observation.operation = text;
      else if (key === 'error.type') observation.errorType = text;
      else if (observation.info !== null) addInfo(observation.info, key, value);
    }
    let bytes = this.ids.get(id);
    if (bytes === undefined) {
      bytes = Buffer.from(id);
      this.ids.set(id, bytes);
    }
    observation.idBytes = bytes;
    observation.idEnd = bytes.length;
    observation.session = session;
    observation.type = type;
    observation.startTimeMs = toNumber(point.startTimeUnixNano) / 1e6;
    observation.timeMs = toNumber(point.timeUnixNano) / 1e6;
    observation.count = isHistogram ? toNumber(point.count) : 0;
    // Members of a oneof that aren't there read as 0 from a protobufjs message.
    if (isHistogram) observation.value = point.sum ?? 0;
    else observation.value = Object.hasOwn(point, 'asInt') ? toNumber(point.asInt) : (point.asDouble ?? 0);
    observation.noRecordedValue = ((point.flags ?? 0) & 1) !== 0;
    this.sink.observe(observation);
  }
}

function emptyInfo(): AgentInfo {
  return {
    name: null,
    description: null,
    version: null,
    kind: null,
    peers: [],
    payloadClass: null,
    location: null,
    sessionName: null,
    processId: null,
    hostId: null,
  };
}

function addInfo(info: AgentInfo, key: string, value: ValueShape | undefined): void {
  const text = value?.stringValue ?? null;
  if (key === 'gen_ai.agent.name') info.name = text;
  else if (key === 'gen_ai.agent.version') info.version = text;
  else if (key === 'vitals.agent.kind') info.kind = text;
  else if (key === 'vitals.agent.location') info.location = text;
  else if (key === 'process.pid') info.processId = toNumber(value?.intValue);
}

/** Medians of all rivals, taking turns, so that whatever else the machine does hits all of them. */
function medians(runs: Readonly<Record<string, () => void>>): Map<string, number> {
  const times = new Map(Object.keys(runs).map((name) => [name, [] as number[]]));
  for (let round = -warmUpRounds; round < rounds; round++) {
    for (const [name, run] of Object.entries(runs)) {
      const start = performance.now();
      run();
      if (round >= 0) times.get(name)!.push(performance.now() - start);
    }
  }
  return new Map([...times].map(([name, list]) => [name, list.sort((a, b) => a - b)[rounds / 2]!]));
}

function compare(title: string, request: JsonObject, into: string, makeSink: () => ObservationSink): void {
  const body = encodeOtlp(otlp.metricsRequest, request);
  const json = JSON.stringify(request);
  const reader = new MetricsReader(new StringCache(), 256);
  const ours = makeSink();
  const walkers = { protobufjs: new Walker(makeSink()), json: new Walker(makeSink()) };
  const results = medians({
    'selective reader': () => void reader.read(body, 'bench', ours),
    '  of it: validation': () => validate(body, 'metricsRequest'),
    protobufjs: () => walkers.protobufjs.walk(otlp.metricsRequest.decode(body) as RequestShape),
    'JSON.parse': () => walkers.json.walk(JSON.parse(json) as RequestShape),
  });
  const size = `${(body.length / 1e6).toFixed(2)} MB protobuf, ${(json.length / 1e6).toFixed(2)} MB JSON`;
  console.log(`${title}, into ${into}: ${agents} agents × ${pointsPerAgent} points, ${size}`);
  const ourMs = results.get('selective reader')!;
  for (const [name, ms] of results) {
    const perAgent = ((ms * 1000) / agents).toFixed(2).padStart(7);
    const ratio = (ms / ourMs).toFixed(1).padStart(5);
    console.log(`  ${name.padEnd(22)}${ms.toFixed(2).padStart(8)} ms ${perAgent} µs an agent  ${ratio} ×`);
  }
}

/** A race between rivals that read different things would say nothing. */
function assertSame(request: JsonObject): void {
  const body = encodeOtlp(otlp.metricsRequest, request);
  const columns = { ours: new Columns(), protobufjs: new Columns(), json: new Columns() };
  new MetricsReader(new StringCache(), 256).read(body, '', columns.ours);
  new Walker(columns.protobufjs).walk(otlp.metricsRequest.decode(body) as RequestShape);
  new Walker(columns.json).walk(JSON.parse(JSON.stringify(request)) as RequestShape);
  assert.ok(isDeepStrictEqual(columns.ours, columns.protobufjs), 'protobufjs reads something else');
  assert.ok(isDeepStrictEqual(columns.ours, columns.json), 'JSON.parse reads something else');
}

function fleetSink(): ObservationSink {
  const fleet = new Fleet();
  let nowMs = now + 10_000;
  return { observe: (observation) => void fleet.apply(observation, nowMs++) };
}

for (const [title, request] of [
  ['A resource each', batchOfResources()],
  ['Identity on the points', batchOfPoints()],
] as const) {
  assertSame(request);
  compare(title, request, 'columns', () => new Columns());
  compare(title, request, 'the fleet', fleetSink);
}
