import {
  type Instrument,
  type MetricDefinition,
  prometheusLabel,
  prometheusName,
} from '@agent-vitals/contract';

// Prometheus' text format 0.0.4: https://prometheus.io/docs/instrumenting/exposition_formats/

export const contentType = 'text/plain; version=0.0.4; charset=utf-8';

const typeOf: Readonly<Record<Instrument, string>> = {
  Counter: 'counter',
  UpDownCounter: 'gauge',
  Gauge: 'gauge',
  Histogram: 'histogram',
};

/**
 * The two lines that open a metric family; a family has them once, before its rows.
 *
 * @param metric - The metric as the contract has it.
 * @returns `# HELP` and `# TYPE`, each with its line feed.
 * @example
 * ```ts
 * familyHeader(metrics.restarts);
 * // '# HELP vitals_agent_restarts_total Restarts of …\n# TYPE vitals_agent_restarts_total counter\n'
 * ```
 */
export function familyHeader(metric: MetricDefinition): string {
  const name = prometheusName(metric);
  const help = metric.description.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
  return `# HELP ${name} ${help}\n# TYPE ${name} ${typeOf[metric.instrument]}\n`;
}

/**
 * Writes an attribute as a label, escaped.
 *
 * @param attribute - The dotted name.
 * @param value - Any text; an empty one is to Prometheus the same as no label.
 * @returns Such as `vitals_agent_state="idle"`.
 * @example
 * ```ts
 * label('vitals.agent.id', 'C:\\bot'); // 'vitals_agent_id="C:\\\\bot"'
 * ```
 */
export function label(attribute: string, value: string): string {
  return `${labelName(attribute)}="${escapeLabelValue(value)}"`;
}

/** Translated once each: attributes are those of the contract. */
const labelNames = new Map<string, string>();

function labelName(attribute: string): string {
  let name = labelNames.get(attribute);
  if (name === undefined) {
    name = prometheusLabel(attribute);
    labelNames.set(attribute, name);
  }
  return name;
}

/**
 * Writes an attribute that has few values, once for each of them.
 *
 * @param attribute - The dotted name.
 * @param values - All that it may have.
 * @returns The label of each value.
 * @example
 * ```ts
 * labelsByValue('vitals.agent.state', ['idle', 'busy']).idle; // 'vitals_agent_state="idle"'
 * ```
 */
export function labelsByValue<Value extends string>(
  attribute: string,
  values: readonly Value[],
): Readonly<Record<Value, string>> {
  return Object.fromEntries(values.map((value) => [value, label(attribute, value)])) as Record<Value, string>;
}

const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '"': '\\"', '\n': '\\n' };

function escapeLabelValue(value: string): string {
  return /[\\"\n]/.test(value) ? value.replace(/[\\"\n]/g, (character) => escapes[character]!) : value;
}

/**
 * Writes a sample's value as Go's ParseFloat reads it.
 *
 * @param value - Any number.
 * @returns Its shortest exact form; `+Inf`, `-Inf`, `NaN` for those.
 * @example
 * ```ts
 * formatValue(0.1); // '0.1'
 * formatValue(Infinity); // '+Inf'
 * ```
 */
export function formatValue(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  if (value === Number.NEGATIVE_INFINITY) return '-Inf';
  return String(value);
}
