import { type MetricDefinition, metrics, operationDurationBoundaries } from '@agent-vitals/contract';
import type { BatchObservableResult, Histogram, Meter, Observable } from '@opentelemetry/api';

/**
 * The contract's agent metrics on one meter. The order is that of creation, which is the order of export: a reader
 * learns status and recovery before the heartbeat that renews the agent.
 */
export class Instruments {
  readonly reportedStatus: Observable;
  readonly exhaustedRecoveryTime: Observable;
  readonly heartbeats: Observable;
  readonly heartbeatInterval: Observable;
  readonly leaseExpiry: Observable;
  readonly stateTime: Observable;
  readonly progress: Observable;
  readonly operationActive: Observable;
  readonly confidence: Observable;
  readonly queueDepth: Observable;
  readonly messages: Observable;
  readonly info: Observable;
  readonly processCpuUtilization: Observable;
  readonly processMemoryUsage: Observable;
  readonly processThreadCount: Observable;
  readonly processFileDescriptorCount: Observable;
  readonly eventLoopUtilization: Observable;
  readonly systemCpuUtilization: Observable;
  readonly systemCpuLogicalCount: Observable;
  readonly systemMemoryUtilization: Observable;
  readonly systemMemoryLimit: Observable;
  readonly operationDuration: Histogram;
  readonly integrationDuration: Histogram;
  readonly #meter: Meter;
  readonly #observables: Observable[] = [];
  readonly #callback: (result: BatchObservableResult) => void;

  constructor(meter: Meter, observe: (result: BatchObservableResult, to: Instruments) => void) {
    this.#meter = meter;
    this.reportedStatus = this.#observable(metrics.reportedStatus);
    this.exhaustedRecoveryTime = this.#observable(metrics.exhaustedRecoveryTime);
    this.heartbeats = this.#observable(metrics.heartbeats);
    this.heartbeatInterval = this.#observable(metrics.heartbeatInterval);
    this.leaseExpiry = this.#observable(metrics.leaseExpiry);
    this.stateTime = this.#observable(metrics.stateTime);
    this.progress = this.#observable(metrics.progress);
    this.operationActive = this.#observable(metrics.operationActive);
    this.confidence = this.#observable(metrics.confidence);
    this.queueDepth = this.#observable(metrics.queueDepth);
    this.messages = this.#observable(metrics.messages);
    this.info = this.#observable(metrics.info);
    this.processCpuUtilization = this.#observable(metrics.processCpuUtilization);
    this.processMemoryUsage = this.#observable(metrics.processMemoryUsage);
    this.processThreadCount = this.#observable(metrics.processThreadCount);
    this.processFileDescriptorCount = this.#observable(metrics.processFileDescriptorCount);
    this.eventLoopUtilization = this.#observable(metrics.eventLoopUtilization);
    this.systemCpuUtilization = this.#observable(metrics.systemCpuUtilization);
    this.systemCpuLogicalCount = this.#observable(metrics.systemCpuLogicalCount);
    this.systemMemoryUtilization = this.#observable(metrics.systemMemoryUtilization);
    this.systemMemoryLimit = this.#observable(metrics.systemMemoryLimit);
    this.operationDuration = this.#histogram(metrics.operationDuration);
    this.integrationDuration = this.#histogram(metrics.integrationRequestDuration);
    this.#callback = (result) => observe(result, this);
    meter.addBatchObservableCallback(this.#callback, this.#observables);
  }

  /** Observes nothing any more. */
  stop(): void {
    this.#meter.removeBatchObservableCallback(this.#callback, this.#observables);
  }

  #observable(definition: MetricDefinition): Observable {
    const { name, unit, description } = definition;
    const options = { unit, description };
    const instrument =
      definition.instrument === 'Counter'
        ? this.#meter.createObservableCounter(name, options)
        : definition.instrument === 'UpDownCounter'
          ? this.#meter.createObservableUpDownCounter(name, options)
          : this.#meter.createObservableGauge(name, options);
    this.#observables.push(instrument);
    return instrument;
  }

  #histogram(definition: MetricDefinition): Histogram {
    return this.#meter.createHistogram(definition.name, {
      unit: definition.unit,
      description: definition.description,
      advice: { explicitBucketBoundaries: [...operationDurationBoundaries] },
    });
  }
}
