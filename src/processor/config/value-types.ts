import { formatDurationMs, parseDurationMs } from './duration.ts';
import { type Endpoint, formatEndpoint, parseEndpoint } from './endpoint.ts';
import type { KeyDefinition, ValueType } from './keys.ts';
import { formatSizeBytes, parseSizeBytes } from './size.ts';

/** The types whose value is one text in YAML and in an environment variable. */
export type ScalarType = Exclude<ValueType, 'texts' | 'text_map' | 'object' | 'list'>;

/** A value, or what it must be: "a duration such as 30s", "at least 2". */
export type Parsed = { readonly value: unknown } | { readonly mustBe: string };

interface ScalarRule {
  /** Completes "must be". */
  readonly mustBe: string;
  /** The value, undefined where the text is none. */
  parse(text: string, definition: KeyDefinition): unknown;
  format(value: never): string;
  /** What `min` and `max` bound, where it isn't the value itself. */
  measure?(value: never): number;
  /** Completes "must be at least 3 …". */
  readonly unit?: string;
}

const durationExample = 'a duration with its units, such as 500ms, 30s, 2m, 5h, 7d or 1m30s';
const longestDurationMs = 3650 * 86_400_000;
const numberPattern = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i;

const rules: Readonly<Record<ScalarType, ScalarRule>> = {
  text: {
    mustBe: 'text on one line',
    // A line break or an escape sequence in a name would forge lines in logs.
    parse: (text) => (/\p{Cc}/u.test(text) ? undefined : text),
    format: String,
    measure: (text: string) => Buffer.byteLength(text),
    unit: ' bytes long',
  },
  url: {
    mustBe: 'an http:// or https:// URL',
    parse: (text) => (text === '' || isHttpUrl(text) ? text : undefined),
    format: String,
  },
  choice: {
    mustBe: 'one of those known',
    parse: (text, { choices }) => (choices?.includes(text) ? text : undefined),
    format: String,
  },
  flag: {
    mustBe: 'true or false',
    parse: (text) => (text === 'true' ? true : text === 'false' ? false : undefined),
    format: String,
  },
  count: {
    mustBe: 'a whole number',
    parse: (text) => (/^\d{1,15}$/.test(text) ? Number(text) : undefined),
    format: String,
  },
  number: {
    mustBe: 'a number',
    parse: (text) => (numberPattern.test(text) && Number.isFinite(Number(text)) ? Number(text) : undefined),
    format: String,
  },
  duration: { mustBe: durationExample, parse: parseDurationMs, format: formatDurationMs },
  recovery: {
    mustBe: `${durationExample}, or never`,
    parse: (text) => (text === 'never' ? null : parseDurationMs(text)),
    format: (value: number | null) => (value === null ? 'never' : formatDurationMs(value)),
    measure: (value: number | null) => value ?? longestDurationMs,
  },
  size: {
    mustBe: 'a size such as 20MiB, 1GiB or 1048576 (bytes)',
    parse: parseSizeBytes,
    format: formatSizeBytes,
  },
  endpoint: {
    mustBe: 'host:port with a port from 0 to 65535, such as 127.0.0.1:8080 or [::1]:8080',
    parse: parseEndpoint,
    format: (value: Endpoint) => formatEndpoint(value),
  },
};

/** What bounds a value that names no bound itself. */
const bounds: Partial<Record<ScalarType, Pick<KeyDefinition, 'min' | 'max'>>> = {
  duration: { min: '1ms', max: '3650d' },
  recovery: { min: '1ms', max: '3650d' },
  count: { min: 1 },
};

/** Tells the types that are one text from those that are lists or maps. */
export function isScalarType(type: ValueType): type is ScalarType {
  return type in rules;
}

/**
 * Reads a value from its text and holds it against the bounds of its key.
 *
 * @param text - As written in YAML or in an environment variable.
 * @param definition - A key of a scalar type.
 * @example
 * ```ts
 * parseScalar('2m', configKeys['liveness.failover_grace']); // { value: 120000 }
 * ```
 */
export function parseScalar(text: string, definition: KeyDefinition): Parsed {
  const rule = ruleOf(definition.type);
  const value = rule.parse(text, definition);
  if (value === undefined) {
    return { mustBe: definition.choices === undefined ? rule.mustBe : oneOf(definition.choices) };
  }
  return boundMissed(value, definition) ?? { value };
}

/**
 * Writes a value as {@link parseScalar} reads it; numbers and flags stay what they are, as in YAML.
 *
 * @param value - A value of the key's type.
 */
export function formatScalar(value: unknown, { type }: KeyDefinition): string | number | boolean {
  if (typeof value === 'boolean' || type === 'count' || type === 'number') return value as number | boolean;
  return ruleOf(type).format(value as never);
}

/**
 * The default of a key as it is once read.
 *
 * @returns Undefined where it has none.
 * @throws TypeError where the table's default breaks the table's own rule.
 */
export function defaultOf(definition: KeyDefinition): unknown {
  const written = definition.default;
  if (written === undefined || !isScalarType(definition.type)) return written;
  const parsed = parseScalar(String(written), definition);
  if ('value' in parsed) return parsed.value;
  throw new TypeError(`Cannot use the default ${written} as it must be ${parsed.mustBe}`);
}

/** Completes "must be" for a key at which nothing fit was given. */
export function expectation(definition: KeyDefinition): string {
  if (definition.type === 'texts') return 'a list of texts';
  if (definition.type === 'text_map') return 'a map of texts';
  if (definition.type === 'object') return 'a map';
  // A text that no type takes yields what the type wants.
  const parsed = parseScalar('\n', definition);
  return 'mustBe' in parsed ? parsed.mustBe : 'a text';
}

/** Says what a key's value may be, for documentation: "duration", "whole number, 2 to 10000 (changes)". */
export function describeType(definition: KeyDefinition): string {
  const { type, choices, unit, above } = definition;
  if (choices !== undefined) return oneOf(choices.map((choice) => `\`${choice}\``));
  const names: Readonly<Record<ValueType, string>> = {
    text: 'text',
    url: 'URL',
    choice: 'choice',
    flag: '`true` or `false`',
    count: 'whole number',
    number: 'number',
    duration: 'duration',
    recovery: 'duration or `never`',
    size: 'size',
    endpoint: '`host:port`',
    texts: 'list of texts',
    text_map: 'map of texts',
    object: 'map',
    list: 'list',
  };
  const counted = unit === undefined ? '' : ` of ${unit}`;
  const min = above === undefined ? definition.min : `above ${above}`;
  const isText = type === 'text' || type === 'texts';
  if (isText || (min === undefined && definition.max === undefined)) return `${names[type]}${counted}`;
  const range =
    definition.max === undefined
      ? `at least ${min}`
      : min === undefined
        ? `at most ${definition.max}`
        : `${min} to ${definition.max}`;
  return `${names[type]}${counted}, ${range}`;
}

function ruleOf(type: ValueType): ScalarRule {
  if (!isScalarType(type)) throw new TypeError(`Cannot read a ${type} as one text must be enough for it`);
  return rules[type];
}

function boundMissed(value: unknown, definition: KeyDefinition): { mustBe: string } | undefined {
  const type = definition.type as ScalarType;
  const rule = rules[type];
  const { min, max } = { ...bounds[type], ...definition };
  const measured = rule.measure === undefined ? value : rule.measure(value as never);
  if (typeof measured !== 'number') return undefined;
  const unit = rule.unit ?? '';
  if (definition.above !== undefined && measured <= definition.above)
    return { mustBe: `above ${definition.above}` };
  if (min !== undefined && measured < boundValue(min, rule, definition)) {
    return { mustBe: type === 'text' && min === 1 ? 'a text that is not empty' : `at least ${min}${unit}` };
  }
  if (max !== undefined && measured > boundValue(max, rule, definition))
    return { mustBe: `at most ${max}${unit}` };
  return undefined;
}

function boundValue(bound: string | number, rule: ScalarRule, definition: KeyDefinition): number {
  return typeof bound === 'number' ? bound : (rule.parse(bound, definition) as number);
}

function oneOf(choices: readonly string[]): string {
  return choices.length < 2 ? choices.join() : `${choices.slice(0, -1).join(', ')} or ${choices.at(-1)}`;
}

function isHttpUrl(text: string): boolean {
  const protocol = URL.canParse(text) ? new URL(text).protocol : '';
  return protocol === 'http:' || protocol === 'https:';
}
