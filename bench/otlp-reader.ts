/**
 * How long a processor takes to learn what a batch of 1,000 agents × 10 points says: the selective reader against
 * protobufjs and JSON.parse, each into the same columns, and each into a fleet. `node --conditions=@agent-vitals/source bench/otlp-reader.ts`
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { isDeepStrictEqual } from 'node:util';
import { type MessagePort, parentPort, Worker, workerData } from 'node:worker_threads';
import { type MetricDefinition, metrics } from '@agent-vitals/contract';
import { Fleet, type ObservationSink } from '../src/core/index.ts';
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
import { Columns } from './otlp-columns.ts';
import { type RequestShape, Walker } from './otlp-walker.ts';

const agents = 1_000;
const pointsPerAgent = 10;
const warmUpRuns = 100;
const turns = 20;
const runsPerTurn = 10;

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

const layouts = { 'A resource each': batchOfResources, 'Identity on the points': batchOfPoints };
type Layout = keyof typeof layouts;
const sinks = { columns: () => new Columns(), 'a fleet': fleetSink };
type Into = keyof typeof sinks;

function fleetSink(): ObservationSink {
  const fleet = new Fleet();
  let nowMs = now + 10_000;
  return { observe: (observation) => void fleet.apply(observation, nowMs++) };
}

/** Makes what a rival does with one request, again and again. */
const rivals: Readonly<Record<string, (request: JsonObject, sink: ObservationSink) => () => void>> = {
  'selective reader': (request, sink) => {
    const body = encodeOtlp(otlp.metricsRequest, request);
    const reader = new MetricsReader(new StringCache(), 256);
    return () => void reader.read(body, '', sink);
  },
  '  of it: validation': (request) => {
    const body = encodeOtlp(otlp.metricsRequest, request);
    return () => validate(body, 'metricsRequest');
  },
  protobufjs: (request, sink) => {
    const body = encodeOtlp(otlp.metricsRequest, request);
    const walker = new Walker(sink);
    return () => walker.walk(otlp.metricsRequest.decode(body) as RequestShape);
  },
  'JSON.parse': (request, sink) => {
    const json = JSON.stringify(request);
    const walker = new Walker(sink);
    return () => walker.walk(JSON.parse(json) as RequestShape);
  },
};

interface Race {
  readonly rival: string;
  readonly layout: Layout;
  readonly into: Into;
}

/** Each rival has a thread, and so compiled code and a heap of its own, as it would have in a processor. */
function runInThread(port: MessagePort, { rival, layout, into }: Race): void {
  const run = rivals[rival]!(layouts[layout](), sinks[into]());
  for (let i = 0; i < warmUpRuns; i++) run();
  port.on('message', () => {
    const times: number[] = [];
    for (let i = 0; i < runsPerTurn; i++) {
      const start = performance.now();
      run();
      times.push(performance.now() - start);
    }
    port.postMessage(times);
  });
  port.postMessage('ready');
}

/** Medians of all rivals, taking turns, so that whatever else the machine does hits all of them. */
async function medians(layout: Layout, into: Into): Promise<Map<string, number>> {
  const racers: { name: string; worker: Worker; times: number[] }[] = [];
  for (const name of Object.keys(rivals)) {
    const workerData: Race = { rival: name, layout, into };
    const worker = new Worker(new URL(import.meta.url), { workerData });
    await once(worker, 'message');
    racers.push({ name, worker, times: [] });
  }
  for (let turn = 0; turn < turns; turn++) {
    for (const { worker, times } of racers) {
      worker.postMessage('run');
      const [turnTimes] = (await once(worker, 'message')) as [number[]];
      times.push(...turnTimes);
    }
  }
  await Promise.all(racers.map(({ worker }) => worker.terminate()));
  return new Map(racers.map(({ name, times }) => [name, times.sort((a, b) => a - b)[times.length >> 1]!]));
}

/** A race between rivals that read different things would say nothing. */
function assertSame(request: JsonObject): void {
  const [ours, ...others] = Object.entries(rivals)
    .filter(([name]) => !name.startsWith(' '))
    .map(([name, make]) => {
      const columns = new Columns();
      make(request, columns)();
      return { name, columns };
    });
  for (const { name, columns } of others) {
    assert.ok(isDeepStrictEqual(columns, ours!.columns), `${name} reads something else`);
  }
}

async function compare(layout: Layout, into: Into): Promise<void> {
  const request = layouts[layout]();
  assertSame(request);
  const [protobuf, json] = [encodeOtlp(otlp.metricsRequest, request).length, JSON.stringify(request).length];
  const size = `${(protobuf / 1e6).toFixed(2)} MB protobuf, ${(json / 1e6).toFixed(2)} MB JSON`;
  console.log(`${layout}, into ${into}: ${agents} agents × ${pointsPerAgent} points, ${size}`);
  const results = await medians(layout, into);
  const ours = results.get('selective reader')!;
  for (const [name, ms] of results) {
    const perAgent = ((ms * 1000) / agents).toFixed(2).padStart(7);
    const ratio = (ms / ours).toFixed(1).padStart(5);
    console.log(`  ${name.padEnd(22)}${ms.toFixed(2).padStart(8)} ms ${perAgent} µs an agent  ${ratio} ×`);
  }
}

if (parentPort === null) {
  for (const into of Object.keys(sinks) as Into[]) {
    for (const layout of Object.keys(layouts) as Layout[]) await compare(layout, into);
  }
} else runInThread(parentPort, workerData as Race);
