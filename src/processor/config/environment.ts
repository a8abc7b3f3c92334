import type { ConfigProblem } from './config-error.ts';
import { foreignVariables } from './foreign-variables.ts';
import type { KeyDefinition } from './keys.ts';
import type { Environment } from './substitute.ts';
import { nearest } from './suggest.ts';
import { parseScalar } from './value-types.ts';

const prefix = 'AGENT_VITALS_';

/** A key's value as the environment gives it. */
export interface Override {
  readonly variable: string;
  readonly text: string;
}

/** What the environment says about the configuration. */
export interface EnvironmentSettings {
  /** By the key's path. */
  readonly overrides: ReadonlyMap<string, Override>;
  readonly problems: readonly ConfigProblem[];
  readonly warnings: readonly string[];
}

/**
 * What Docker links and Kubernetes set in every container beside a Service that is called `agent-vitals` or
 * `agent-vitals-…` (kubernetes.io, "Accessing the Service": `{SVCNAME}_SERVICE_HOST`): nobody's mistyped setting.
 */
const serviceLink =
  /^AGENT_VITALS_(?:\w+_)?(?:SERVICE_HOST|SERVICE_PORT(?:_\w+)?|PORT_\d+_(?:TCP|UDP|SCTP)(?:_\w+)?)$/;
const serviceAddress = /^(?:tcp|udp|sctp):\/\//;
/** What the SDK leaves in the environment of processes that an agent starts, this one perhaps among them. */
const leftBySdk = 'AGENT_VITALS_CLAIMED';

/**
 * Names the variable that sets a key.
 *
 * @example
 * ```ts
 * variableOf('liveness.offline_after'); // 'AGENT_VITALS_LIVENESS_OFFLINE_AFTER'
 * ```
 */
export function variableOf(path: string): string {
  return prefix + path.replaceAll('.', '_').toUpperCase();
}

/**
 * Reads the settings out of the environment. A variable that begins like ours and names no key is a problem.
 *
 * @param env - All variables.
 * @param keys - The table of keys.
 * @example
 * ```ts
 * readEnvironment({ AGENT_VITALS_NAME: 'west' }, configKeys).overrides.get('name'); // { variable, text: 'west' }
 * ```
 */
export function readEnvironment(
  env: Environment,
  keys: Readonly<Record<string, KeyDefinition>>,
): EnvironmentSettings {
  const paths = Object.keys(keys).filter((path) => !path.includes('[]'));
  const pathOf = new Map(paths.map((path) => [variableOf(path), path]));
  const overrides = new Map<string, Override>();
  const problems: ConfigProblem[] = [];
  for (const [variable, text] of Object.entries(env)) {
    if (text === undefined || !variable.startsWith(prefix)) continue;
    const path = pathOf.get(variable);
    if (path !== undefined) overrides.set(path, { variable, text });
    else if (variable !== leftBySdk && !serviceLink.test(variable) && !serviceAddress.test(text)) {
      problems.push({ variable, message: unknownMessage(variable, pathOf.keys()) });
    }
  }
  return { overrides, ...readForeign(env, keys, overrides, problems) };
}

function unknownMessage(variable: string, known: Iterable<string>): string {
  const suggestion = nearest(
    variable.slice(prefix.length),
    [...known].map((name) => name.slice(prefix.length)),
  );
  const hint =
    suggestion === undefined
      ? 'remove it or see docs/configuration.md'
      : `did you mean ${prefix}${suggestion}?`;
  return `Cannot use ${variable} as a variable that begins with ${prefix} must name a key: ${hint}`;
}

function readForeign(
  env: Environment,
  keys: Readonly<Record<string, KeyDefinition>>,
  overrides: Map<string, Override>,
  problems: ConfigProblem[],
): { problems: ConfigProblem[]; warnings: string[] } {
  const unused: string[] = [];
  for (const { name, definition, sets } of foreignVariables) {
    const text = env[name];
    if (text === undefined || text === '') continue;
    const parsed = parseScalar(text, definition);
    const isDefault = 'value' in parsed && parsed.value === definition.default;
    if (sets.length === 0 || sets.some(({ key }) => keys[key]?.built !== true)) {
      if (!isDefault) unused.push(name);
      continue;
    }
    if ('mustBe' in parsed) {
      const message = `Cannot use ${name} as it must be ${parsed.mustBe}: current value is ${JSON.stringify(text)}`;
      problems.push({ variable: name, message });
      continue;
    }
    for (const { key, toText } of sets) {
      if (!overrides.has(key)) overrides.set(key, { variable: name, text: toText(text) });
    }
  }
  if (unused.length === 0) return { problems, warnings: [] };
  const verb = unused.length === 1 ? 'has' : 'have';
  return { problems, warnings: [`${unused.join(', ')} ${verb} no effect: the feature is not built yet`] };
}
