import type { MetricDefinition } from '@agent-vitals/contract';
import { operationDurationBoundaries } from '@agent-vitals/contract';
import { type HrTime, ValueType } from '@opentelemetry/api';
import type {
  AggregationTemporality,
  DataPoint,
  DataPointType,
  Histogram,
  MetricData,
} from '@opentelemetry/sdk-metrics';
import type { AgentEntry } from './agent-entry.ts';
import { families, type NumberFamily } from './families.ts';
import type { ReadErrorHandler } from './request-template.ts';

/** The enumerations of the metrics SDK that is in use. */
export interface MetricEnums {
  readonly AggregationTemporality: typeof AggregationTemporality;
  readonly DataPointType: typeof DataPointType;
}

/**
 * The agents' metrics as the SDK's own readers want them: cumulative, an object a point. For pull, whose exporter
 * takes nothing else.
 */
export function metricData(
  entries: readonly AgentEntry[],
  timeNanos: bigint,
  enums: MetricEnums,
  onError: ReadErrorHandler,
): MetricData[] {
  const endTime = hrTime(timeNanos);
  const metrics: MetricData[] = [];
  for (const family of families) {
    if ('read' in family) {
      const dataPoints = numberPoints(family, entries, endTime, onError);
      if (dataPoints.length > 0) metrics.push(numberMetric(family.definition, dataPoints, enums));
      continue;
    }
    const dataPoints = entries.flatMap((entry) =>
      family.series(entry).map(
        ({ attributes, durations }): DataPoint<Histogram> => ({
          attributes: { ...entry.identity.attributes, ...attributes.attributes },
          startTime: hrTime(entry.attachedNanos),
          endTime,
          value: {
            count: durations.count,
            sum: durations.sumSeconds,
            buckets: { boundaries: [...operationDurationBoundaries], counts: [...durations.buckets] },
          },
        }),
      ),
    );
    if (dataPoints.length === 0) continue;
    metrics.push({
      descriptor: descriptor(family.definition),
      dataPointType: enums.DataPointType.HISTOGRAM,
      aggregationTemporality: enums.AggregationTemporality.CUMULATIVE,
      dataPoints,
    });
  }
  return metrics;
}

function numberPoints(
  family: NumberFamily,
  entries: readonly AgentEntry[],
  endTime: HrTime,
  onError: ReadErrorHandler,
): DataPoint<number>[] {
  const points: DataPoint<number>[] = [];
  for (const entry of entries) {
    const startTime = hrTime(entry.startNanos);
    try {
      family.read(entry, {
        number: (_entry, identity, suffix, value) => {
          const attributes = { ...identity.attributes, ...suffix.attributes };
          points.push({ attributes, startTime, endTime, value });
        },
      });
    } catch (error) {
      onError(error);
    }
  }
  return points;
}

function numberMetric(
  definition: MetricDefinition,
  dataPoints: DataPoint<number>[],
  { AggregationTemporality, DataPointType }: MetricEnums,
): MetricData {
  const base = {
    descriptor: descriptor(definition),
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
    dataPoints,
  };
  return definition.instrument === 'Gauge'
    ? { ...base, dataPointType: DataPointType.GAUGE }
    : { ...base, dataPointType: DataPointType.SUM, isMonotonic: definition.instrument === 'Counter' };
}

function descriptor({ name, description, unit }: MetricDefinition) {
  return { name, description, unit, valueType: ValueType.DOUBLE };
}

function hrTime(nanos: bigint): HrTime {
  return [Number(nanos / 1_000_000_000n), Number(nanos % 1_000_000_000n)];
}
