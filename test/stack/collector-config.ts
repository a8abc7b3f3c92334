import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

/** A Collector's configuration as far as the tests look into it. */
export interface CollectorConfig {
  readonly [section: string]: Readonly<Record<string, unknown>>;
}

type Keys = string | { or: string[] } | Keys[] | { [key: string]: Keys };

const keys = parse(
  readFileSync(fileURLToPath(new URL('../testdata/stack/collector-keys.yaml', import.meta.url)), 'utf8'),
  { merge: true },
) as Record<string, Record<string, Keys>>;

const componentSections = ['receivers', 'processors', 'exporters', 'extensions'] as const;

/** Reads a configuration, `${env:NAME:-default}` replaced as the Collector does it. */
export function readCollectorConfig(
  text: string,
  env: Readonly<Record<string, string>> = {},
): CollectorConfig {
  const replaced = text
    .replace(/^\s*#.*$/gm, '')
    .replace(/\$\{env:([A-Z_]+)(?::-([^}]*))?\}/g, (_, name: string, otherwise?: string) => {
      const value = env[name] ?? otherwise;
      if (value === undefined) throw new Error(`Cannot replace ${name} as it must be set or have a default`);
      return value;
    });
  return parse(replaced) as CollectorConfig;
}

/**
 * Finds what a Collector wouldn't start with: unknown sections, components, keys and types of values; components that
 * a pipeline names and nobody defines; and those that are defined and used by nobody.
 *
 * @returns a sentence each
 */
export function mistakesOfCollector(config: CollectorConfig): string[] {
  const found: string[] = [];
  for (const [section, content] of Object.entries(config)) {
    if (section === 'service') found.push(...mistakes(content, keys.service!, 'service'));
    else if (!(componentSections as readonly string[]).includes(section))
      found.push(`${section} is no section`);
    else {
      for (const [id, settings] of Object.entries(content)) {
        const type = id.split('/')[0]!;
        const known = keys[section]![type];
        if (known === undefined) found.push(`${section}: ${type} is no known component`);
        else found.push(...mistakes(settings ?? {}, known, `${section}.${id}`));
      }
    }
  }
  return [...found, ...mistakesOfUse(config)];
}

function mistakesOfUse(config: CollectorConfig): string[] {
  const found: string[] = [];
  const service = config.service as {
    extensions?: string[];
    pipelines?: Record<string, Record<string, string[]>>;
  };
  const used: Record<string, Set<string>> = { extensions: new Set(service.extensions) };
  for (const [pipeline, parts] of Object.entries(service.pipelines ?? {})) {
    if (!/^(metrics|logs|traces)(\/|$)/.test(pipeline)) found.push(`${pipeline} has no known signal`);
    for (const [section, ids] of Object.entries(parts)) {
      used[section] ??= new Set();
      for (const id of ids) used[section].add(id);
    }
  }
  for (const section of componentSections) {
    const defined = new Set(Object.keys(config[section] ?? {}));
    const users = used[section] ?? new Set();
    for (const id of users) if (!defined.has(id)) found.push(`${section}: ${id} is used and not defined`);
    for (const id of defined) if (!users.has(id)) found.push(`${section}: ${id} is defined and not used`);
  }
  for (const match of JSON.stringify(config).matchAll(/"authenticator":"([^"]+)"/g)) {
    if (!used.extensions!.has(match[1]!))
      found.push(`extensions: ${match[1]} authenticates and isn't started`);
  }
  return found;
}

const types: Readonly<Record<string, (value: unknown) => boolean>> = {
  any: () => true,
  string: (value) => typeof value === 'string' && value !== '',
  boolean: (value) => typeof value === 'boolean',
  integer: Number.isInteger,
  number: (value) => typeof value === 'number',
  duration: (value) => typeof value === 'string' && /^(\d+(\.\d+)?(ms|s|m|h))+$/.test(value),
  endpoint: (value) => typeof value === 'string' && /^[\w.-]+:\d+$/.test(value),
  url: (value) => typeof value === 'string' && URL.canParse(value) && /^https?:/.test(value),
  component: (value) => typeof value === 'string' && /^[a-z_]+(\/[\w-]+)?$/.test(value),
  strings: (value) => Array.isArray(value) && value.every((item) => typeof item === 'string'),
};

function mistakes(value: unknown, known: Keys, path: string): string[] {
  if (typeof known === 'string') {
    return types[known]!(value)
      ? []
      : [`${path} must be of type ${known}: current value is ${JSON.stringify(value)}`];
  }
  if (Array.isArray(known)) {
    if (!Array.isArray(value)) return [`${path} must be a list`];
    return value.flatMap((item, index) => mistakes(item, known[0]!, `${path}[${index}]`));
  }
  if (Array.isArray(known.or)) {
    return (known.or as unknown[]).includes(value) ? [] : [`${path} must be one of ${known.or.join(', ')}`];
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${path} must be a map`];
  return Object.entries(value).flatMap(([key, inner]) => {
    const next = (known as Record<string, Keys>)[key] ?? (known as Record<string, Keys>)['*'];
    return next === undefined ? [`${path}.${key} is no known key`] : mistakes(inner, next, `${path}.${key}`);
  });
}
