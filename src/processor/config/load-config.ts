import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { findConflicts, findOddities } from './checks.ts';
import type { Config } from './config.ts';
import { ConfigError, type ConfigProblem, type Place } from './config-error.ts';
import { readEnvironment } from './environment.ts';
import { configKeys, type KeyDefinition } from './keys.ts';
import { type Reading, readConfig } from './read-config.ts';
import { schemaTree } from './schema-tree.ts';
import { showDefault } from './show.ts';
import type { Environment } from './substitute.ts';
import { YamlSource } from './yaml-source.ts';

/** Ten thousand declared agents take about two. */
const mostFileBytes = 16 * 2 ** 20;

/** What to load. */
export interface ConfigRequest {
  /** The file's path, as it shall stand in messages. Without one there are only the defaults and the environment. */
  readonly file?: string | undefined;
  /** The file's text, where it has been read already. */
  readonly text?: string | undefined;
  /** All environment variables. */
  readonly env: Environment;
}

/** What came of it. */
export interface LoadedConfig {
  readonly config: Config;
  /** What is allowed but hardly meant, one sentence each. */
  readonly warnings: readonly string[];
}

/**
 * Loads a configuration: the file, with what `AGENT_VITALS_` variables say over it, checked as a whole. An empty
 * file, a file of comments and no file are the same.
 *
 * @param request - The file or its text, and the environment.
 * @returns The configuration with every key set, and warnings.
 * @throws ConfigError with everything that is wrong at once.
 * @example
 * ```ts
 * const { config } = loadConfig({ text: 'liveness: { late_after: 10s }', env: {} });
 * config.liveness.lateAfterMs; // 10000
 * ```
 */
export function loadConfig(request: ConfigRequest): LoadedConfig {
  return loadConfigBy(configKeys, request);
}

/**
 * {@link loadConfig} by another table of keys, such as one in which everything is built.
 *
 * @param keys - The paths of `configKeys`, with definitions that may differ.
 */
export function loadConfigBy(
  keys: Readonly<Record<string, KeyDefinition>>,
  { file, text, env }: ConfigRequest,
): LoadedConfig {
  const name = file ?? (text === undefined ? undefined : 'configuration');
  const content = text ?? (file === undefined ? undefined : readConfigFile(file));
  const source =
    content === undefined ? undefined : new YamlSource(content, name === undefined ? {} : { file: name });
  const environment = readEnvironment(env, keys);
  const reading = readConfig(schemaTree(keys), source, environment.overrides, env);
  const problems = [...(source?.problems ?? []), ...reading.problems, ...environment.problems];
  // The table of keys is what `Config` is made of, so what was read by it is one.
  const config = reading.values as unknown as Config;
  // What YAML can't read says nothing about its keys: they only seem to stand at their defaults.
  if (source === undefined || source.problems.length === 0)
    problems.push(...conflictProblems(config, keys, reading));
  if (problems.length > 0) throw new ConfigError(problems.sort(byPlace), file);
  return { config, warnings: [...environment.warnings, ...findOddities(config)] };
}

/**
 * Reads a configuration file.
 *
 * @param file - Its path; a relative one starts at the working directory.
 * @returns Its text.
 * @throws ConfigError where it can't be read, isn't UTF-8 or is absurdly large.
 */
export function readConfigFile(file: string): string {
  const refuse = (message: string): never => {
    throw new ConfigError([{ file, message: `Cannot read the file as ${message}` }], file);
  };
  let bytes: Uint8Array;
  try {
    const descriptor = openSync(file, 'r');
    try {
      const { size } = fstatSync(descriptor);
      if (size > mostFileBytes) refuse(`it must be at most ${mostFileBytes} bytes: current value is ${size}`);
      bytes = readFileSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    return refuse(`it must be there and readable: ${(error as Error).message}`);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return refuse('it must be UTF-8: current value has other bytes');
  }
}

function conflictProblems(
  config: Config,
  keys: Readonly<Record<string, KeyDefinition>>,
  { given, problems }: Reading,
): ConfigProblem[] {
  const unread = new Set<string>();
  for (const { key = '' } of problems) {
    for (let path = key; path !== ''; path = path.replace(/(?:^|[.[])[^.[]*$/, '')) unread.add(path);
  }
  const shown = (key: string) =>
    given.get(key)?.shown ?? (keys[key] === undefined ? 'a map' : showDefault(keys[key]));
  const found: ConfigProblem[] = [];
  for (const { keys: involved, must, current } of findConflicts(config, (key) => keys[key]?.built === true)) {
    if (involved.some((key) => unread.has(key))) continue;
    const [key, other] = involved;
    const place: Place =
      involved.map((path) => given.get(path)?.place).find((known) => known !== undefined) ?? {};
    const values =
      current ?? (other === undefined ? shown(key) : `${shown(key)}, that of ${other} ${shown(other)}`);
    found.push({
      ...place,
      key,
      message: `Cannot use ${key} as it must ${must}: current value is ${values}`,
    });
  }
  return found;
}

/** The file's in its order, then the environment's. */
function byPlace(one: ConfigProblem, other: ConfigProblem): number {
  if (one.file === undefined || other.file === undefined) {
    return Number(one.file === undefined) - Number(other.file === undefined);
  }
  return (one.line ?? 0) - (other.line ?? 0) || (one.column ?? 0) - (other.column ?? 0);
}
