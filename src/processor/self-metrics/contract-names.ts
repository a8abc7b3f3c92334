import { type Instrument, prometheusName } from '@agent-vitals/contract';
import { DataPointType, type MetricData, type ResourceMetrics } from '@opentelemetry/sdk-metrics';

/**
 * Gives collected metrics the names that the contract's translation gives them. The SDK's serializer adds no unit to
 * a name and writes it into a line of its own (`# UNIT`), which is none of the text format 0.0.4.
 *
 * @param collected - What a reader collected.
 * @returns The same metrics under their Prometheus names, without units.
 * @example
 * ```ts
 * serializer.serialize(withContractNames((await reader.collect()).resourceMetrics));
 * ```
 */
export function withContractNames(collected: ResourceMetrics): ResourceMetrics {
  return {
    resource: collected.resource,
    scopeMetrics: collected.scopeMetrics.map(({ scope, metrics }) => ({
      scope,
      metrics: metrics.map((metric) => ({
        ...metric,
        descriptor: {
          ...metric.descriptor,
          name: prometheusName({ ...metric.descriptor, instrument: instrumentOf(metric) }),
          unit: '',
        },
      })),
    })),
  };
}

function instrumentOf(metric: MetricData): Instrument {
  switch (metric.dataPointType) {
    case DataPointType.SUM:
      return metric.isMonotonic ? 'Counter' : 'UpDownCounter';
    case DataPointType.GAUGE:
      return 'Gauge';
    default:
      return 'Histogram';
  }
}
