import { SeverityNumber } from '@opentelemetry/api';
import { OTLPLogExporter as JsonLogs } from '@opentelemetry/exporter-logs-otlp-http';
import { OTLPLogExporter as ProtobufLogs } from '@opentelemetry/exporter-logs-otlp-proto';
import {
  AggregationTemporalityPreference,
  OTLPMetricExporter as JsonMetrics,
} from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPMetricExporter as ProtobufMetrics } from '@opentelemetry/exporter-metrics-otlp-proto';
import { OTLPTraceExporter as JsonTraces } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtobufTraces } from '@opentelemetry/exporter-trace-otlp-proto';
import { CompressionAlgorithm } from '@opentelemetry/otlp-exporter-base';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { LoggerProvider, SimpleLogRecordProcessor } from '@opentelemetry/sdk-logs';
import {
  AggregationType,
  MeterProvider,
  PeriodicExportingMetricReader,
  type PushMetricExporter,
} from '@opentelemetry/sdk-metrics';
import { SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type OtlpHttpReceiver, startOtlpHttpReceiver } from '../../../src/processor/otlp/index.ts';
import { Recorder } from './recorded.ts';

/*
 * What the OpenTelemetry SDK itself sends, over loopback.
 */

let recorder = new Recorder();
let receiver: OtlpHttpReceiver;
const warnings: string[] = [];

beforeAll(async () => {
  receiver = await startOtlpHttpReceiver({
    endpoint: { host: '127.0.0.1', port: 0 },
    sink: { observe: (observation) => recorder.observe(observation) },
    log: { warn: (message) => warnings.push(message) },
  });
});

beforeEach(() => {
  recorder = new Recorder();
});

afterAll(() => receiver.close());

const resource = resourceFromAttributes({
  'service.name': 'fleet',
  'service.instance.id': '627cc493-f310-47de-96bd-71410b7dec09',
  'host.name': 'worker-3',
  'vitals.agent.id': 'crawler-7',
  'vitals.session.id': 'night',
  'vitals.agent.type': 'crawler',
});
const membership = { id: 'crawler-7', session: 'night', type: 'crawler', host: 'worker-3' };
const { GZIP, NONE } = CompressionAlgorithm;
const { CUMULATIVE, DELTA } = AggregationTemporalityPreference;

describe.each([
  ['protobuf', ProtobufMetrics, NONE, CUMULATIVE, 2],
  ['protobuf, gzipped, delta', ProtobufMetrics, GZIP, DELTA, 1],
  ['JSON', JsonMetrics, NONE, CUMULATIVE, 2],
  ['JSON, gzipped, delta', JsonMetrics, GZIP, DELTA, 1],
] as const)('metrics of the SDK as %s', (_, Exporter, compression, temporalityPreference, temporality) => {
  it('are what the instruments recorded', async () => {
    const exporter: PushMetricExporter = new Exporter({
      url: `${receiver.url}/v1/metrics`,
      compression,
      temporalityPreference,
    });
    const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
    const views = [
      {
        instrumentName: 'vitals.integration.request.duration',
        aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM as const },
      },
    ];
    const provider = new MeterProvider({ resource, readers: [reader], views });
    const meter = provider.getMeter('agent-vitals');
    const before = Date.now();
    meter.createCounter('vitals.agent.heartbeats', { unit: '{heartbeat}' }).add(3);
    meter.createCounter('vitals.agent.state.time', { unit: 's' }).add(1.5, { 'vitals.agent.state': 'busy' });
    const status = meter.createUpDownCounter('vitals.agent.reported.status');
    status.add(1, { 'vitals.agent.state': 'busy' });
    status.add(0, { 'vitals.agent.state': 'idle' });
    const duration = meter.createHistogram('vitals.agent.operation.duration', { unit: 's' });
    duration.record(0.25, { 'vitals.operation.name': 'fetch' });
    duration.record(0.5, { 'vitals.operation.name': 'fetch' });
    const request = meter.createHistogram('vitals.integration.request.duration', { unit: 's' });
    request.record(2, { 'vitals.integration.name': 'search', 'error.type': 'timeout' });
    meter.createObservableGauge('vitals.agent.confidence').addCallback((result) => result.observe(0.75));
    meter
      .createGauge('vitals.agent.info')
      .record(1, { 'gen_ai.agent.name': 'Crawler', 'vitals.agent.peers': ['a', 'b'], 'process.pid': 77 });
    meter.createCounter('gen_ai.client.calls').add(1);
    await provider.forceFlush();
    const after = Date.now();
    await provider.shutdown();

    const observed = recorder.observed.map(({ startTimeMs, timeMs, ...rest }) => {
      expect(timeMs).toBeGreaterThanOrEqual(before - 1);
      expect(timeMs).toBeLessThanOrEqual(after + 1);
      expect(startTimeMs).toBeLessThanOrEqual(timeMs + 1);
      return rest;
    });
    // The shutdown exports once more.
    expect(observed.slice(0, 9)).toMatchObject([
      { ...membership, signal: 'reportedStatus', state: 'busy', value: 1, temporality: 2 },
      { ...membership, signal: 'reportedStatus', state: 'idle', value: 0, temporality: 2 },
      { ...membership, signal: 'info', info: { name: 'Crawler', peers: ['a', 'b'], processId: 77 } },
      {
        ...membership,
        signal: 'integrationRequestDuration',
        value: 2,
        count: 1,
        integration: 'search',
        errorType: 'timeout',
        temporality,
      },
      { ...membership, signal: 'heartbeats', value: 3, temporality, pipeline: 'otlp/http:127.0.0.1' },
      { ...membership, signal: 'stateTime', value: 1.5, state: 'busy', temporality },
      { ...membership, signal: 'operationDuration', value: 0.75, count: 2, operation: 'fetch', temporality },
      { ...membership, signal: 'confidence', value: 0.75, temporality: 0 },
      { ...membership, signal: 'seen' },
    ]);
    expect(warnings).toEqual([]);
  });
});

describe.each([
  ['protobuf', ProtobufTraces, ProtobufLogs],
  ['JSON', JsonTraces, JsonLogs],
] as const)('spans and log records of the SDK as %s', (_, Traces, Logs) => {
  it('tell of the agent and its change of state', async () => {
    const traces = new TracerProvider({
      resource: resourceFromAttributes({ 'service.name': 'shop' }),
      spanProcessors: [
        new SimpleSpanProcessor({ exporter: new Traces({ url: `${receiver.url}/v1/traces` }) }),
      ],
    });
    const tracer = traces.getTracer('test');
    tracer.startSpan('GET /').end();
    tracer.startSpan('invoke_agent', { attributes: { 'gen_ai.agent.id': 'asst_1' } }).end();
    await traces.shutdown();
    expect(recorder.observed).toMatchObject([{ signal: 'seen', id: 'asst_1', introduces: true }]);

    const logs = new LoggerProvider({
      resource,
      processors: [new SimpleLogRecordProcessor({ exporter: new Logs({ url: `${receiver.url}/v1/logs` }) })],
    });
    logs.getLogger('agent-vitals').emit({
      eventName: 'vitals.agent.state_changed',
      severityNumber: SeverityNumber.ERROR,
      attributes: {
        'vitals.agent.state': 'error',
        'exception.message': 'no route',
        'vitals.thread.id': 't1',
      },
    });
    await logs.shutdown();
    expect(recorder.observed.slice(1)).toMatchObject([
      { ...membership, signal: 'stateChanged', state: 'error', message: 'no route', thread: 't1' },
    ]);
    expect(warnings).toEqual([]);
  });
});
