import type { Instrument } from './metrics.ts';

/** Units that Prometheus names end in, by UCUM, as the Collector's translator maps them. */
const unitWords: Readonly<Record<string, string>> = {
  d: 'days',
  h: 'hours',
  min: 'minutes',
  s: 'seconds',
  ms: 'milliseconds',
  us: 'microseconds',
  ns: 'nanoseconds',
  By: 'bytes',
  KiBy: 'kibibytes',
  MiBy: 'mebibytes',
  GiBy: 'gibibytes',
  TiBy: 'tibibytes',
  KBy: 'kilobytes',
  MBy: 'megabytes',
  GBy: 'gigabytes',
  TBy: 'terabytes',
  m: 'meters',
  V: 'volts',
  A: 'amperes',
  J: 'joules',
  W: 'watts',
  g: 'grams',
  Cel: 'celsius',
  Hz: 'hertz',
  '1': '',
  '%': 'percent',
};

const perUnitWords: Readonly<Record<string, string>> = {
  s: 'second',
  m: 'minute',
  h: 'hour',
  d: 'day',
  w: 'week',
  mo: 'month',
  y: 'year',
};

export interface PrometheusNameInput {
  readonly name: string;
  readonly unit: string;
  readonly instrument: Instrument;
}

/**
 * Translates an OpenTelemetry metric to its Prometheus name by the Collector's rules
 * (`UnderscoreEscapingWithSuffixes` of prometheus/otlptranslator): words joined by underscores, then the unit, then
 * `_total` for counters or `_ratio` for gauges of unit 1.
 *
 * @param metric - Name, UCUM unit and instrument.
 * @returns The name of the metric family's samples; a histogram's without `_bucket`, `_sum`, `_count`.
 * @example
 * ```ts
 * import { metrics, prometheusName } from '@agent-vitals/contract';
 *
 * prometheusName(metrics.heartbeats); // 'vitals_agent_heartbeats_total'
 * prometheusName(metrics.healthScore); // 'vitals_agent_health_score_ratio'
 * prometheusName(metrics.status); // 'vitals_agent_status'
 * ```
 */
export function prometheusName(metric: PrometheusNameInput): string {
  const { name, unit, instrument } = metric;
  let words = name.split(/[^a-zA-Z0-9:]+/).filter((word) => word !== '');
  for (const word of unitSuffix(unit)) if (!words.includes(word)) words.push(word);
  if (instrument === 'Counter') words = [...words.filter((word) => word !== 'total'), 'total'];
  if (instrument === 'Gauge' && unit === '1') words = [...words.filter((word) => word !== 'ratio'), 'ratio'];
  const joined = words.join('_');
  return /^[0-9]/.test(joined) ? `_${joined}` : joined;
}

/**
 * Translates a metric name without suffixes, as a Prometheus receiver that trims them hands it on.
 *
 * @param name - The OpenTelemetry name.
 * @returns The words of the name joined by underscores.
 * @example
 * ```ts
 * import { prometheusNameWithoutSuffixes } from '@agent-vitals/contract';
 *
 * prometheusNameWithoutSuffixes('vitals.agent.heartbeats'); // 'vitals_agent_heartbeats'
 * ```
 */
export function prometheusNameWithoutSuffixes(name: string): string {
  return prometheusName({ name, unit: '', instrument: 'UpDownCounter' });
}

/**
 * Translates an attribute to its Prometheus label by the same rules.
 *
 * @param attribute - The OpenTelemetry attribute name.
 * @returns The label name.
 * @example
 * ```ts
 * import { prometheusLabel } from '@agent-vitals/contract';
 *
 * prometheusLabel('vitals.agent.id'); // 'vitals_agent_id'
 * ```
 */
export function prometheusLabel(attribute: string): string {
  const label = attribute.replace(/[^a-zA-Z0-9_]/g, '_');
  if (/^[0-9]/.test(label)) return `key_${label}`;
  return label;
}

/** The words a unit adds; what stands in braces is an annotation, not a unit. */
function unitSuffix(unit: string): string[] {
  const [main = '', per = ''] = unit.split('/', 2).map((part) => part.trim());
  const words: string[] = [];
  if (main !== '' && !/[{}]/.test(main)) words.push(...cleanUnit(unitWords[main] ?? main));
  if (per !== '' && !/[{}]/.test(per)) words.push('per', ...cleanUnit(perUnitWords[per] ?? per));
  return words;
}

function cleanUnit(unit: string): string[] {
  return unit.split(/[^a-zA-Z0-9:]+/).filter((word) => word !== '');
}
