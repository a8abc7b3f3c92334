import type { MetricDefinition } from '@agent-vitals/contract';
import type { AgentEntry } from './agent-entry.ts';
import type { AttributeSet } from './attribute-set.ts';
import type { DeltaBaselines, DeltaRequest } from './delta-baselines.ts';
import { type DurationFamily, families, type NumberFamily, type NumberSink } from './families.ts';
import { GaugeBlock, HistogramBlock, SumBlock } from './point-block.ts';
import { concatenate, field, fieldSize, textField, writeFieldHead } from './protobuf.ts';

/** Which of the contract's metrics are sent as increases since the last export that arrived. */
export interface Temporality {
  readonly counters: 'cumulative' | 'delta';
  readonly durations: 'cumulative' | 'delta';
}

/** How reading an agent failed; it never should. */
export type ReadErrorHandler = (error: unknown) => void;

// Fields of opentelemetry/proto/metrics/v1/metrics.proto.
const fieldOfRequest = { resourceMetrics: 1 } as const;
const fieldOfResourceMetrics = { resource: 1, scopeMetrics: 2, schemaUrl: 3 } as const;
const fieldOfScopeMetrics = { scope: 1, metrics: 2 } as const;
const fieldOfMetric = { name: 1, description: 2, unit: 3, gauge: 5, sum: 7, histogram: 9 } as const;
const fieldOfScope = { name: 1, version: 2 } as const;
/** `aggregation_temporality` 2, with the enumeration's values. */
const temporalityBytes = { delta: Uint8Array.of(0x10, 1), cumulative: Uint8Array.of(0x10, 2) } as const;
/** `is_monotonic` 3. */
const monotonicBytes = Uint8Array.of(0x18, 1);

/**
 * The body of an `ExportMetricsServiceRequest` for some agents, kept from one export to the next so that an export
 * overwrites the numbers in it and encodes nothing again.
 */
export class RequestTemplate {
  readonly #metrics: readonly MetricTemplate[];
  readonly #scope: Uint8Array;
  readonly #baselines: DeltaBaselines;

  /**
   * @param baselines - What has arrived so far; shared by all templates of one receiver, since an agent may move
   *   from one to another.
   */
  constructor(
    scope: { readonly name: string; readonly version: string },
    temporality: Temporality,
    baselines: DeltaBaselines,
  ) {
    this.#baselines = baselines;
    this.#scope = field(
      fieldOfScopeMetrics.scope,
      textField(fieldOfScope.name, scope.name),
      textField(fieldOfScope.version, scope.version),
    );
    this.#metrics = families.map((family) =>
      'read' in family
        ? family.definition.instrument === 'Gauge'
          ? new GaugeTemplate(family)
          : new SumTemplate(family, temporality.counters)
        : new DurationTemplate(family, temporality.durations),
    );
  }

  /**
   * Reads the agents' fields into the template.
   *
   * @returns To be called when the request has arrived: increases count from there on.
   */
  fill(entries: readonly AgentEntry[], timeNanos: bigint, onError: ReadErrorHandler): () => void {
    const increases = this.#baselines.begin(timeNanos);
    for (const metric of this.#metrics) metric.fill(entries, timeNanos, increases, onError);
    return () => increases.commit();
  }

  /** Data points of the last {@link fill}. */
  get points(): number {
    return this.#metrics.reduce((sum, metric) => sum + metric.points, 0);
  }

  /**
   * The request's body, in memory of its own.
   *
   * @param resource - The attributes as fields of a Resource.
   * @param schemaUrl - The resource's; may be empty.
   */
  toBytes(resource: Uint8Array, schemaUrl: string): Uint8Array {
    const head = field(fieldOfResourceMetrics.resource, resource);
    const tail = textField(fieldOfResourceMetrics.schemaUrl, schemaUrl);
    const metrics = this.#metrics.filter((metric) => metric.points > 0);
    const scopeSize = metrics.reduce((sum, metric) => sum + fieldSize(metric.size), this.#scope.length);
    const resourceSize = head.length + fieldSize(scopeSize) + tail.length;
    const bytes = Buffer.allocUnsafeSlow(fieldSize(resourceSize));
    let at = writeFieldHead(bytes, 0, fieldOfRequest.resourceMetrics, resourceSize);
    bytes.set(head, at);
    at = writeFieldHead(bytes, at + head.length, fieldOfResourceMetrics.scopeMetrics, scopeSize);
    bytes.set(this.#scope, at);
    at += this.#scope.length;
    for (const metric of metrics) {
      at = writeFieldHead(bytes, at, fieldOfScopeMetrics.metrics, metric.size);
      at = metric.writeTo(bytes, at);
    }
    bytes.set(tail, at);
    return bytes;
  }
}

/** One metric: its head, its points and what stands behind the points. */
abstract class MetricTemplate {
  protected abstract readonly block: GaugeBlock | SumBlock | HistogramBlock;
  readonly #head: Uint8Array;
  readonly #dataField: number;
  readonly #tail: Uint8Array;

  constructor(definition: MetricDefinition, dataField: number, tail: Uint8Array) {
    this.#head = concatenate([
      textField(fieldOfMetric.name, definition.name),
      textField(fieldOfMetric.description, definition.description),
      textField(fieldOfMetric.unit, definition.unit),
    ]);
    this.#dataField = dataField;
    this.#tail = tail;
  }

  get points(): number {
    return this.block.points;
  }

  /** Bytes of the Metric without its own tag and length. */
  get size(): number {
    return this.#head.length + fieldSize(this.block.length + this.#tail.length);
  }

  writeTo(bytes: Uint8Array, start: number): number {
    bytes.set(this.#head, start);
    const { block } = this;
    let at = start + this.#head.length;
    at = writeFieldHead(bytes, at, this.#dataField, block.length + this.#tail.length);
    bytes.set(block.bytes, at);
    at += block.length;
    bytes.set(this.#tail, at);
    return at + this.#tail.length;
  }

  fill(
    entries: readonly AgentEntry[],
    timeNanos: bigint,
    increases: DeltaRequest,
    onError: ReadErrorHandler,
  ): void {
    this.block.begin(timeNanos);
    for (const entry of entries) {
      try {
        this.read(entry, increases);
      } catch (error) {
        onError(error);
      }
    }
    this.block.finish();
  }

  protected abstract read(entry: AgentEntry, increases: DeltaRequest): void;
}

class GaugeTemplate extends MetricTemplate implements NumberSink {
  protected override readonly block = new GaugeBlock();
  readonly #family: NumberFamily;

  constructor(family: NumberFamily) {
    super(family.definition, fieldOfMetric.gauge, new Uint8Array(0));
    this.#family = family;
  }

  number(_entry: AgentEntry, identity: AttributeSet, suffix: AttributeSet, value: number): void {
    this.block.write(identity, suffix, value);
  }

  protected override read(entry: AgentEntry): void {
    this.#family.read(entry, this);
  }
}

class SumTemplate extends MetricTemplate implements NumberSink {
  protected override readonly block = new SumBlock();
  readonly #family: NumberFamily;
  readonly #delta: boolean;
  #increases: DeltaRequest | undefined;

  constructor(family: NumberFamily, temporality: 'cumulative' | 'delta') {
    const monotonic = family.definition.instrument === 'Counter';
    const delta = monotonic && temporality === 'delta';
    const tail = temporalityBytes[delta ? 'delta' : 'cumulative'];
    super(family.definition, fieldOfMetric.sum, monotonic ? concatenate([tail, monotonicBytes]) : tail);
    this.#family = family;
    this.#delta = delta;
  }

  number(entry: AgentEntry, identity: AttributeSet, suffix: AttributeSet, value: number): void {
    if (this.#increases === undefined) {
      this.block.write(identity, suffix, entry.startNanos, value);
      return;
    }
    const since = this.#increases.of(entry);
    this.block.write(identity, suffix, since.startNanos, since.number(this.#family, suffix, value));
  }

  protected override read(entry: AgentEntry, increases: DeltaRequest): void {
    this.#increases = this.#delta ? increases : undefined;
    this.#family.read(entry, this);
  }
}

class DurationTemplate extends MetricTemplate {
  protected override readonly block = new HistogramBlock();
  readonly #family: DurationFamily;
  readonly #delta: boolean;

  constructor(family: DurationFamily, temporality: 'cumulative' | 'delta') {
    super(family.definition, fieldOfMetric.histogram, temporalityBytes[temporality]);
    this.#family = family;
    this.#delta = temporality === 'delta';
  }

  protected override read(entry: AgentEntry, increases: DeltaRequest): void {
    for (const { attributes, durations } of this.#family.series(entry)) {
      if (!this.#delta) {
        this.block.write(entry.identity, attributes, entry.attachedNanos, durations);
        continue;
      }
      const since = increases.of(entry);
      const increase = since.duration(durations);
      if (increase.count > 0) this.block.write(entry.identity, attributes, since.startNanos, increase);
    }
  }
}
