import { type ContextManager, createNoopMeter, diag, metrics } from '@opentelemetry/api';
import type { OpenTelemetry } from './open-telemetry.ts';
import type { Pipeline } from './pipeline.ts';
import { resourceDetectors } from './resource.ts';
import type { Settings } from './settings.ts';

/** OpenTelemetry's SDK as the bootstrap has started it. */
export interface RunningSdk {
  /** Exports a last time and ends. May reject. */
  shutdown(): Promise<void>;
  /** Takes the providers back that were registered, so that another start finds the place free. */
  unregister(): void;
}

/** Starts OpenTelemetry's NodeSDK with our readers; with traces only where the variables ask for them. */
export function startNodeSdk(
  settings: Settings,
  openTelemetry: OpenTelemetry,
  pipelines: readonly Pipeline[],
): RunningSdk {
  const { api, node } = openTelemetry;
  const readers = pipelines.flatMap(({ reader }) => reader ?? []);
  const otherLogs = api.logs.getLoggerProvider();
  const sdk = new node.NodeSDK({
    metricReaders: readers,
    resourceDetectors: resourceDetectors(openTelemetry, settings),
    ...(settings.logs === 'environment'
      ? {}
      : { logRecordProcessors: pipelines.flatMap(({ logs }) => logs ?? []) }),
    ...(settings.traces
      ? {}
      : {
          spanProcessors: [],
          // NodeSDK takes null for "leave it alone"; for the context manager its type doesn't say so.
          contextManager: null as unknown as ContextManager,
          textMapPropagator: null,
        }),
  });
  sdk.start();
  const meterProvider = api.metrics.getMeterProvider();
  const loggerProvider = api.logs.getLoggerProvider();
  const ownsLogs = loggerProvider !== otherLogs;
  // Events that nobody sends are better seen as lost than swallowed.
  if (ownsLogs && settings.logs === 'none') api.logs.disable();
  if (readers.length > 0 && metrics.getMeter('agent-vitals') === createNoopMeter()) {
    diag.warn(
      '@agent-vitals/sdk: there are two copies of @opentelemetry/api that do not share a provider: agents report, but instruments made with the other copy do not (npm ls @opentelemetry/api shows both)',
    );
  }
  return {
    shutdown: () => sdk.shutdown(),
    unregister() {
      if (api.metrics.getMeterProvider() === meterProvider) api.metrics.disable();
      if (ownsLogs && api.logs.getLoggerProvider() === loggerProvider) api.logs.disable();
    },
  };
}
