import type { CollectionResult, IMetricReader, MetricProducer } from '@opentelemetry/sdk-metrics';
import type { OpenTelemetry } from './open-telemetry.ts';
import type { OtlpMetricExporter } from './otlp-exporters.ts';

type Exported = Parameters<Parameters<OtlpMetricExporter['export']>[1]>[0];

/** What is exported, where to, and how often. */
export interface PeriodicExport {
  readonly exporter: OtlpMetricExporter;
  readonly producer: MetricProducer;
  readonly intervalMs: number;
  /** How long asynchronous callbacks of others may take to be collected. */
  readonly timeoutMs: number;
}

/**
 * Exports every interval. The SDK's own reader guards each export with a timer that keeps the process open: towards
 * an endpoint that hangs, a process that has nothing more to do would stay for as long as an export may take. Here
 * nothing does, as the exporter bounds its own time; and exports never overlap, however slow they are.
 */
export function periodicReader(openTelemetry: OpenTelemetry, options: PeriodicExport): IMetricReader {
  const { api, core, metrics } = openTelemetry;
  const { exporter, producer, intervalMs, timeoutMs } = options;

  class PeriodicReader extends metrics.MetricReader {
    #timer: NodeJS.Timeout | undefined;
    #running: Promise<void> | undefined;

    constructor() {
      super({
        aggregationTemporalitySelector: (instrument) => exporter.selectAggregationTemporality(instrument),
        metricProducers: [producer],
        otelComponentType: 'periodic_metric_reader',
      });
    }

    protected override onInitialized(): void {
      this.#timer = setInterval(() => {
        if (this.#running === undefined) void this.#run();
      }, intervalMs);
      this.#timer.unref();
    }

    /** What runs may have read the instruments before the call, so one more export follows it. */
    protected override async onForceFlush(): Promise<void> {
      await this.#running;
      await (this.#running ?? this.#run());
    }

    protected override async onShutdown(): Promise<void> {
      clearInterval(this.#timer);
      await this.onForceFlush();
      await exporter.shutdown();
    }

    #run(): Promise<void> {
      this.#running = this.#export()
        .catch((error) => core.globalErrorHandler(error))
        .finally(() => {
          this.#running = undefined;
        });
      return this.#running;
    }

    async #export(): Promise<void> {
      const { resourceMetrics, errors } = await this.collect({ timeoutMillis: timeoutMs });
      if (errors.length > 0) api.diag.error('@agent-vitals/sdk: not all metrics could be read', ...errors);
      const { resource } = resourceMetrics;
      if (resource.asyncAttributesPending) await resource.waitForAsyncAttributes?.();
      if (resourceMetrics.scopeMetrics.length === 0) return;
      const { code, error } = await this.#send(resourceMetrics);
      if (code !== core.ExportResultCode.SUCCESS) {
        throw new Error(`@agent-vitals/sdk: metrics could not be exported: ${error?.message}`, {
          cause: error,
        });
      }
    }

    /** Requests of the exporter are no part of what the process does: instrumentations leave them out. */
    #send(resourceMetrics: CollectionResult['resourceMetrics']): Promise<Exported> {
      return new Promise((resolve) =>
        api.context.with(core.suppressTracing(api.context.active()), () =>
          exporter.export(resourceMetrics, resolve),
        ),
      );
    }
  }

  return new PeriodicReader();
}
