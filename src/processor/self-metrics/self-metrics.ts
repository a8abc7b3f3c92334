import { attributes, type MetricDefinition, metrics } from '@agent-vitals/contract';
import type { BatchObservableResult, Histogram, Meter, MetricOptions, Observable } from '@opentelemetry/api';
import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import type { FleetView } from '../../core/index.ts';
import type { ReceiverFigures } from '../notify/receiver-state.ts';
import type { StoreFigures } from '../store/index.ts';
import { withContractNames } from './contract-names.ts';
import { processUsageReader } from './process-usage.ts';

export interface SelfMetricsOptions {
  readonly fleet: Pick<FleetView, 'size' | 'rejections' | 'irregularTransitions'>;
  /** What the store says of itself. */
  readonly store: {
    readonly figures: StoreFigures;
  };
  /** What the judging of alerts says of itself. */
  readonly alerts: { readonly openCount: number; readonly dropped: number };
  /** How it goes with those who are notified of alerts. */
  readonly notifications: { readonly figures: readonly ReceiverFigures[] };
  /** `limits.max_agents`, and `exposition.max_series`; read anew at each collection. */
  readonly agentLimit: number;
  readonly seriesLimit: number;
  /** Told of a metric that could not be read; the others are written all the same. */
  onError?(error: unknown): void;
}

/** From a tenth of a millisecond to 2.5 s: one request, one look for deadlines. */
const shortBoundaries = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5,
];
/** From 5 ms to Prometheus' default timeout and beyond: one exposition. */
const longBoundaries = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** What {@link SelfMetrics} exposes; the contract has more, for parts of the processor that are not there yet. */
export const selfMetricDefinitions: readonly MetricDefinition[] = [
  metrics.processorReceived,
  metrics.processorRejected,
  metrics.processorRequestDuration,
  metrics.processorRequestActive,
  metrics.processorAgents,
  metrics.processorAgentLimit,
  metrics.processorSeries,
  metrics.processorSeriesLimit,
  metrics.processorExpositionDuration,
  metrics.processorIrregularTransitions,
  metrics.processorTickDuration,
  metrics.processorStoreLag,
  metrics.processorSnapshotInterval,
  metrics.processorStoreErrors,
  metrics.processorStoreFailing,
  metrics.processorStoreDropped,
  metrics.processorAlerts,
  metrics.processorAlertsDropped,
  metrics.processorNotifications,
  metrics.processorNotificationWaiting,
  metrics.processorNotificationFailing,
  metrics.processCpuUtilization,
  metrics.processMemoryUsage,
  metrics.eventLoopUtilization,
];

/**
 * The processor's own metrics, by the OpenTelemetry SDK. What is counted often is a plain field that is read at
 * collection; the provider is this object's own and registered nowhere.
 */
export class SelfMetrics {
  readonly #options: SelfMetricsOptions;
  readonly #reader = new PrometheusExporter({ preventServerStart: true });
  readonly #provider = new MeterProvider({ readers: [this.#reader] });
  // No scope labels: there is one scope, and the fleet's own series have none. No target_info: the name of the
  // installation is the scraper's job and instance.
  readonly #serializer = new PrometheusSerializer(undefined, false, undefined, true, true);
  readonly #requestDuration: Histogram;
  readonly #tickDuration: Histogram;
  readonly #expositionDuration: Histogram;

  #received = 0;
  #requestsActive = 0;
  #series = 0;
  readonly #rejected = new Map<string, number>();

  constructor(options: SelfMetricsOptions) {
    this.#options = options;
    const meter = this.#provider.getMeter('agent-vitals');
    this.#requestDuration = histogram(meter, metrics.processorRequestDuration, shortBoundaries);
    this.#tickDuration = histogram(meter, metrics.processorTickDuration, shortBoundaries);
    this.#expositionDuration = histogram(meter, metrics.processorExpositionDuration, longBoundaries);
    this.#observe(meter);
  }

  /** Data points and log records arrived, whatever comes of them. */
  received(count: number): void {
    this.#received += count;
  }

  /**
   * Data points, log records or requests were turned away.
   *
   * @param reason - One of a few fixed words: each is a series.
   */
  rejected(reason: string, count: number): void {
    this.#rejected.set(reason, (this.#rejected.get(reason) ?? 0) + count);
  }

  /** Requests whose bodies are under way. */
  get requestsActive(): number {
    return this.#requestsActive;
  }

  /** A request's body begins to come in; {@link requestFinished} must follow. */
  requestStarted(): void {
    this.#requestsActive += 1;
  }

  /** @param durationMs - Time to decode it and apply what it says; undefined where it came to neither. */
  requestFinished(durationMs?: number): void {
    this.#requestsActive -= 1;
    if (durationMs !== undefined) this.#requestDuration.record(durationMs / 1000);
  }

  /** Deadlines were looked for. */
  ticked(durationMs: number): void {
    this.#tickDuration.record(durationMs / 1000);
  }

  /** An exposition was written. */
  exposed(series: number, durationMs: number): void {
    this.#series = series;
    this.#expositionDuration.record(durationMs / 1000);
  }

  /**
   * Writes the metrics in Prometheus' text format 0.0.4, to follow the fleet's.
   *
   * @returns Whole families that the fleet's exposition doesn't have, each line ended.
   */
  async render(): Promise<string> {
    const { resourceMetrics, errors } = await this.#reader.collect();
    for (const error of errors) this.#options.onError?.(error);
    return `${this.#serializer.serialize(withContractNames(resourceMetrics)).trimEnd()}\n`;
  }

  /** Releases what the SDK holds. */
  async shutdown(): Promise<void> {
    await this.#provider.shutdown();
  }

  #observe(meter: Meter): void {
    const counter = (metric: MetricDefinition) =>
      meter.createObservableCounter(metric.name, describe(metric));
    const upDownCounter = (metric: MetricDefinition) =>
      meter.createObservableUpDownCounter(metric.name, describe(metric));
    const gauge = (metric: MetricDefinition) => meter.createObservableGauge(metric.name, describe(metric));

    const { fleet, store, alerts } = this.#options;
    const readUsage = processUsageReader();
    let usage = readUsage();
    const rejected = counter(metrics.processorRejected);
    const values: readonly (readonly [Observable, () => number | null])[] = [
      [counter(metrics.processorReceived), () => this.#received],
      [upDownCounter(metrics.processorRequestActive), () => this.#requestsActive],
      [upDownCounter(metrics.processorAgents), () => fleet.size],
      [gauge(metrics.processorAgentLimit), () => this.#options.agentLimit],
      [upDownCounter(metrics.processorSeries), () => this.#series],
      [gauge(metrics.processorSeriesLimit), () => this.#options.seriesLimit],
      [counter(metrics.processorIrregularTransitions), () => fleet.irregularTransitions],
      [gauge(metrics.processorStoreLag), () => store.figures.lagSeconds],
      [gauge(metrics.processorSnapshotInterval), () => store.figures.snapshotIntervalSeconds],
      [counter(metrics.processorStoreErrors), () => store.figures.errors],
      [upDownCounter(metrics.processorStoreFailing), () => (store.figures.isFailing ? 1 : 0)],
      [
        counter(metrics.processorStoreDropped),
        () => store.figures.droppedFacts + store.figures.droppedRollups,
      ],
      [upDownCounter(metrics.processorAlerts), () => alerts.openCount],
      [counter(metrics.processorAlertsDropped), () => alerts.dropped],
      [gauge(metrics.processCpuUtilization), () => usage.cpuUtilization],
      [upDownCounter(metrics.processMemoryUsage), () => usage.memoryBytes],
      [gauge(metrics.eventLoopUtilization), () => usage.eventLoopUtilization],
    ];
    const notified = {
      count: counter(metrics.processorNotifications),
      waiting: upDownCounter(metrics.processorNotificationWaiting),
      failing: upDownCounter(metrics.processorNotificationFailing),
    };
    const read = (result: BatchObservableResult) => {
      usage = readUsage();
      for (const [observable, current] of values) {
        const value = current();
        if (value !== null) result.observe(observable, value);
      }
      for (const [reason, count] of this.#allRejected()) {
        result.observe(rejected, count, { [attributes.rejectReason]: reason });
      }
      for (const { receiver, counts, waiting, isFailing } of this.#options.notifications.figures) {
        const to = { [attributes.notificationReceiver]: receiver };
        for (const [outcome, count] of Object.entries(counts)) {
          result.observe(notified.count, count, { ...to, [attributes.notificationOutcome]: outcome });
        }
        result.observe(notified.waiting, waiting, to);
        result.observe(notified.failing, isFailing ? 1 : 0, to);
      }
    };
    meter.addBatchObservableCallback(read, [
      rejected,
      ...Object.values(notified),
      ...values.map(([observable]) => observable),
    ]);
  }

  /** What receivers turned away and what the fleet did, by reason. */
  #allRejected(): Map<string, number> {
    const all = new Map(this.#options.fleet.rejections);
    for (const [reason, count] of this.#rejected) all.set(reason, (all.get(reason) ?? 0) + count);
    return all;
  }
}

function describe(metric: MetricDefinition): MetricOptions {
  return { unit: metric.unit, description: metric.description };
}

function histogram(meter: Meter, metric: MetricDefinition, boundaries: number[]): Histogram {
  return meter.createHistogram(metric.name, {
    ...describe(metric),
    advice: { explicitBucketBoundaries: boundaries },
  });
}
