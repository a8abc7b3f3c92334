import {
  type Attributes,
  encodeOtlp,
  gaugeMetric,
  histogramMetric,
  histogramPoint,
  type JsonObject,
  metricsRequest,
  numberPoint,
  otlp,
  type PointOptions,
  sumMetric,
} from './otlp.ts';
import { type QueriedSeries, queryPrometheus, scrapedTypes } from './prometheus-api.ts';

// What the Collector's Prometheus receiver makes of a scrape (its transaction and metric families): names and labels stay
// as they were scraped; target_info, job and instance become the resource, the labels of the scope leave; counters are
// cumulative sums; and a series that is gone is said once more, without a value.

const noRecordedValue = 1;
const ofTheScrape = new Set(['__name__', 'job', 'instance', 'le']);
const partOfHistogram = /_(bucket|sum|count)$/;

export interface ReceiverOptions {
  readonly job: string;
  /** `trim_metric_suffixes`: it takes `_total` from sums, and units where a target names them, which text doesn't. */
  readonly trimsSuffixes?: boolean;
}

/**
 * Stands between a real Prometheus, which scrapes as the receiver is told to, and a processor.
 *
 * @param prometheus - Its URL.
 * @param receiver - The processor's OTLP URL.
 * @returns A function that hands on what Prometheus has now, and answers how many series are gone since the last time.
 */
export function prometheusReceiver(
  prometheus: string,
  receiver: string,
  options: ReceiverOptions,
): () => Promise<number> {
  let before = new Map<string, QueriedSeries>();
  return async () => {
    const types = await scrapedTypes(prometheus);
    const series = await queryPrometheus(prometheus, `{job="${options.job}"}`);
    const now = new Map(series.map((each) => [JSON.stringify(each.labels), each]));
    const gone = [...before].filter(([key]) => !now.has(key)).map(([, each]) => each);
    before = now;
    const metrics = [
      ...metricsOf(series, types, options, 0),
      ...metricsOf(gone, types, options, noRecordedValue),
    ];
    const response = await fetch(`${receiver}/v1/metrics`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-protobuf' },
      body: new Uint8Array(
        encodeOtlp(
          otlp.metricsRequest,
          metricsRequest(resourceOf([...series, ...gone], options.job), metrics),
        ),
      ),
    });
    if (!response.ok)
      throw new Error(`Cannot hand on the scrape: ${response.status} ${await response.text()}`);
    return gone.length;
  };
}

function resourceOf(series: readonly QueriedSeries[], job: string): Attributes {
  const info = series.find(({ labels }) => labels.__name__ === 'target_info')?.labels ?? {};
  const [host = '', port = ''] = (series[0]?.labels.instance ?? '').split(':');
  return {
    'service.name': job,
    'service.instance.id': `${host}:${port}`,
    'server.address': host,
    'server.port': port,
    'url.scheme': 'http',
    ...attributesOf(info),
  };
}

function attributesOf(labels: Readonly<Record<string, string>>): Attributes {
  return Object.fromEntries(
    Object.entries(labels).filter(([label]) => !ofTheScrape.has(label) && !label.startsWith('otel_scope_')),
  );
}

function metricsOf(
  series: readonly QueriedSeries[],
  types: ReadonlyMap<string, string>,
  { trimsSuffixes = false }: ReceiverOptions,
  flags: number,
): JsonObject[] {
  const metrics: JsonObject[] = [];
  const histograms = new Map<string, Map<string, number>>();
  for (const { labels, value } of series) {
    const { __name__: name = '' } = labels;
    const family = name.replace(partOfHistogram, '');
    const options: PointOptions = { attributes: attributesOf(labels), timeMs: Date.now(), flags };
    if (types.get(family) === 'histogram') {
      const key = JSON.stringify([family, options.attributes]);
      const parts = histograms.get(key) ?? new Map<string, number>();
      histograms.set(key, parts.set(labels.le ?? name.slice(family.length), value));
    } else if (types.get(name) === 'counter') {
      metrics.push(
        sumMetric(trimsSuffixes ? name.replace(/_total$/, '') : name, [numberPoint(value, options)]),
      );
    } else if (name !== 'target_info') metrics.push(gaugeMetric(name, [numberPoint(value, options)]));
  }
  for (const [key, parts] of histograms) {
    const [family, attributes] = JSON.parse(key) as [string, Attributes];
    const point = histogramPoint(parts.get('_count') ?? 0, parts.get('_sum') ?? 0, {
      attributes,
      timeMs: Date.now(),
      flags,
    });
    metrics.push(histogramMetric(family, [{ ...point, ...bucketsOf(parts) }]));
  }
  return metrics;
}

/** OTLP counts each bucket by itself, Prometheus with all that are below. */
function bucketsOf(parts: ReadonlyMap<string, number>): JsonObject {
  const cumulative = [...parts]
    .filter(([le]) => !le.startsWith('_'))
    .map(([le, count]) => [Number(le.replace('+Inf', 'Infinity')), count] as const)
    .toSorted(([one], [other]) => one - other);
  return {
    explicitBounds: cumulative.map(([bound]) => bound).filter(Number.isFinite),
    bucketCounts: cumulative.map(([, count], index) => String(count - (cumulative[index - 1]?.[1] ?? 0))),
  };
}
