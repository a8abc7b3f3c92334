import {
  attributes,
  identityAttributes,
  type MetricDefinition,
  metrics,
  operationDurationBoundaries,
  prometheusLabel,
  prometheusName,
} from '@agent-vitals/contract';
import { describe, expect, it } from 'vitest';

const table: MetricDefinition[] = Object.values(metrics);

/** Every sample name a family shows up under. */
function sampleNames(metric: MetricDefinition): string[] {
  const name = prometheusName(metric);
  return metric.instrument === 'Histogram'
    ? ['bucket', 'sum', 'count'].map((part) => `${name}_${part}`)
    : [name];
}

describe('the table of metrics', () => {
  it('has each name once', () => {
    const names = table.map((metric) => metric.name);
    expect(new Set(names).size).toBe(names.length);
  });

  it('has each Prometheus sample once', () => {
    const names = table.flatMap(sampleNames);
    expect(new Set(names).size).toBe(names.length);
  });

  it('names no metric like the namespace of another', () => {
    const asNamespace = table.filter((metric) =>
      table.some((other) => other.name.startsWith(`${metric.name}.`)),
    );
    expect(asNamespace.map((metric) => metric.name)).toEqual([]);
  });

  it.each(table)('$name is dotted lower case, with a description that ends in a full stop', (metric) => {
    expect(metric.name).toMatch(/^[a-z][a-z0-9]*([._][a-z0-9]+)*$/);
    expect(metric.description).toMatch(/^[A-Z1].*\.$/);
    expect(metric.description).not.toContain('\n');
  });

  it.each(table)(
    '$name has only attributes that the contract knows, none twice, none of the identity',
    (metric) => {
      const known: readonly string[] = Object.values(attributes);
      expect(metric.attributes.filter((attribute) => !known.includes(attribute))).toEqual([]);
      expect(new Set(metric.attributes).size).toBe(metric.attributes.length);
      if (metric.emitter === 'processor.agent') {
        expect(
          metric.attributes.filter((attribute) =>
            (identityAttributes as readonly string[]).includes(attribute),
          ),
        ).toEqual([]);
      }
    },
  );

  it('has no two attributes of one label', () => {
    const labels = Object.values(attributes).map(prometheusLabel);
    expect(new Set(labels).size).toBe(labels.length);
  });

  it('makes what is 0 or 1 an up-down counter, so that its name stays bare', () => {
    for (const key of [
      'status',
      'condition',
      'pipelineGap',
      'alertActive',
      'integrationStatus',
      'sessionHealthStatus',
    ] as const) {
      expect(metrics[key].instrument).toBe('UpDownCounter');
      expect(prometheusName(metrics[key])).not.toMatch(/_ratio$/);
    }
  });

  it('advises boundaries that double from 10 ms to 81.92 s, then 5 and 15 minutes', () => {
    const doubled = Array.from({ length: 14 }, (_, step) => Number((0.01 * 2 ** step).toFixed(2)));
    expect(operationDurationBoundaries).toEqual([...doubled, 300, 900]);
  });
});
