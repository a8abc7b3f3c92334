import type { Instrument } from './metrics.ts';

/** Units that Prometheus names end in, by UCUM, as the Collector's translator maps them. */
const unitWords: ReadonlyMap<string, string> = new Map(
  Object.entries({
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
  }),
);

const perUnitWords: ReadonlyMap<string, string> = new Map(
  Object.entries({
    s: 'second',
    m: 'minute',
    h: 'hour',
    d: 'day',
    w: 'week',
    mo: 'month',
    y: 'year',
  }),
);

export interface PrometheusNameInput {
  readonly name: string;
  readonly unit: string;
  readonly instrument: Instrument;
}

/**
 * Translates an OpenTelemetry metric to its Prometheus name by the Collector's rules
 * (`UnderscoreEscapingWithSuffixes`: `MetricNamer.Build` of prometheus/otlptranslator): words joined by underscores,
 * then the unit where the name hasn't got it, then `_total` for counters or `_ratio` for gauges of unit 1.
 *
 * @param metric - Name, UCUM unit and instrument.
 * @returns The name of the metric family's samples; a histogram's without `_bucket`, `_sum`, `_count`.
 * @throws RangeError when the name has no letter, digit or colon to make a name of.
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
  const words = name.split(/[^a-zA-Z0-9:]+/).filter((word) => word !== '');
  addUnit(words, unit);
  if (instrument === 'Counter') moveToEnd(words, 'total');
  if (instrument === 'Gauge' && unit === '1') moveToEnd(words, 'ratio');
  return legalName(words.join('_'), name);
}

/**
 * Translates a metric name without suffixes, as a Prometheus receiver that trims them hands it on
 * (`UnderscoreEscapingWithoutSuffixes`).
 *
 * @param name - The OpenTelemetry name.
 * @returns The name with every run of illegal characters as one underscore; its own underscores stay.
 * @throws RangeError when the name has no letter, digit or colon to make a name of.
 * @example
 * ```ts
 * import { prometheusNameWithoutSuffixes } from '@agent-vitals/contract';
 *
 * prometheusNameWithoutSuffixes('vitals.agent.heartbeats'); // 'vitals_agent_heartbeats'
 * ```
 */
export function prometheusNameWithoutSuffixes(name: string): string {
  const words = name.split(/[^a-zA-Z0-9:_]+/).filter((word) => word !== '');
  return legalName(words.join('_'), name);
}

/**
 * Translates an attribute to its Prometheus label by the same rules (`LabelNamer.Build`).
 *
 * @param attribute - The OpenTelemetry attribute name.
 * @returns The label name.
 * @throws RangeError when the attribute has nothing to make a label of.
 * @example
 * ```ts
 * import { prometheusLabel } from '@agent-vitals/contract';
 *
 * prometheusLabel('vitals.agent.id'); // 'vitals_agent_id'
 * ```
 */
export function prometheusLabel(attribute: string): string {
  const label = attribute.replace(/[^a-zA-Z0-9_]/gu, '_');
  if (/^_*$/.test(label)) {
    throw new RangeError(
      `Cannot translate attribute as its name must have a letter or digit: current value is "${attribute}"`,
    );
  }
  if (/^[0-9]/.test(label)) return `key_${label}`;
  return /^_(?!_)/.test(label) ? `key${label}` : label;
}

/** A name may not begin with a digit, nor be made of underscores alone. */
function legalName(translated: string, name: string): string {
  if (/^_*$/.test(translated)) {
    throw new RangeError(
      `Cannot translate metric as its name must have a letter, digit or colon: current value is "${name}"`,
    );
  }
  return /^[0-9]/.test(translated) ? `_${translated}` : translated;
}

function moveToEnd(words: string[], last: string): void {
  const others = words.filter((word) => word !== last);
  words.splice(0, words.length, ...others, last);
}

/**
 * A unit of several words counts as one when it is looked for in the name, so `1/s` never finds itself in
 * `…per.second`: the translator has it so, and names must equal the Collector's.
 */
function addUnit(words: string[], unit: string): void {
  const slash = unit.indexOf('/');
  const main = unitPart(slash < 0 ? unit : unit.slice(0, slash));
  const per = slash < 0 ? '' : unitPart(unit.slice(slash + 1));
  let mainWord = cleanUnit(unitWords.get(main) ?? main);
  let perWord = per === '' ? '' : cleanUnit(`per_${perUnitWords.get(per) ?? per}`).replace(/_$/, '');
  if (perWord === 'per') perWord = '';
  if (words.includes(mainWord)) mainWord = '';
  if (words.includes(perWord)) perWord = '';
  if (perWord !== '') mainWord = mainWord.replace(/_$/, '');
  if (mainWord !== '') words.push(mainWord);
  if (perWord !== '') words.push(perWord);
}

/** What stands in braces is an annotation, not a unit. */
function unitPart(part: string): string {
  return /[{}]/.test(part) ? '' : part.trim();
}

function cleanUnit(unit: string): string {
  return unit.replace(/[^a-zA-Z0-9:]+/g, '_').replace(/^_/, '');
}
