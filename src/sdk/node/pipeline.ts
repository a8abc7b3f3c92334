import type { BatchLogRecordProcessor } from '@opentelemetry/sdk-logs';
import type { IMetricReader } from '@opentelemetry/sdk-metrics';
import { version } from '../version.ts';
import { type AgentView, PullProducer, PushProducer, type Scope } from './agent-view.ts';
import type { OpenTelemetry } from './open-telemetry.ts';
import { agentTemporality, OtlpLogExporter, OtlpMetricExporter, type OtlpTarget } from './otlp-exporters.ts';
import { periodicReader } from './periodic-reader.ts';
import { type PullAddress, PullServer } from './pull-server.ts';
import type { ReadErrorHandler } from './request-template.ts';
import type { Settings } from './settings.ts';

const scope: Scope = { name: 'agent-vitals', version };

/** One way out of the process. */
export interface Pipeline {
  /** The agents that it shows; undefined for log events. */
  readonly view?: AgentView;
  readonly reader?: IMetricReader;
  readonly logs?: BatchLogRecordProcessor;
  readonly listening?: Promise<PullAddress | undefined>;
  /** Sends what waits. */
  flush(): Promise<unknown>;
  /** What is under way has this long to arrive and then makes room for the goodbye. */
  hurry(limitMs: number): void;
  /** Gives up what is under way. */
  close(): void;
}

/** Agents and the process' other metrics, sent every interval. */
export function pushPipeline(
  openTelemetry: OpenTelemetry,
  settings: Settings,
  target: OtlpTarget,
  onError: ReadErrorHandler,
): Pipeline {
  const exporter = new OtlpMetricExporter(openTelemetry, target, settings.temporality);
  const producer = new PushProducer(
    scope,
    openTelemetry.resources.emptyResource(),
    agentTemporality(settings.temporality),
    onError,
  );
  const reader = periodicReader(openTelemetry, {
    exporter,
    producer,
    intervalMs: settings.exportIntervalMs,
    timeoutMs: settings.exportTimeoutMs,
  });
  return {
    view: producer.view,
    reader,
    flush: () => reader.forceFlush(),
    hurry: (limitMs) => exporter.hurry(limitMs),
    close: () => exporter.abort(),
  };
}

/** Agents and the process' other metrics, for whoever scrapes them. */
export function pullPipeline(
  { metrics, resources, prometheus }: OpenTelemetry,
  address: PullAddress,
  onError: ReadErrorHandler,
): Pipeline {
  const producer = new PullProducer(scope, resources.emptyResource(), metrics, onError);
  const reader = new prometheus.PrometheusExporter({ preventServerStart: true, metricProducers: [producer] });
  const server = new PullServer(address, (request, response) =>
    reader.getMetricsRequestHandler(request, response),
  );
  return {
    view: producer.view,
    reader,
    listening: server.listening,
    flush: async () => {},
    hurry: () => {},
    close: () => server.close(),
  };
}

/** Log events, sent in batches. Bounded: what finds the queue full is dropped by the processor. */
export function logPipeline(
  openTelemetry: OpenTelemetry,
  target: OtlpTarget,
  batches: Settings['logBatches'],
): Pipeline {
  const exporter = new OtlpLogExporter(openTelemetry, target);
  const logs = new openTelemetry.logs.BatchLogRecordProcessor({ exporter, ...batches });
  return {
    logs,
    flush: () => logs.forceFlush(),
    hurry: (limitMs) => exporter.hurry(limitMs),
    close: () => exporter.abort(),
  };
}
