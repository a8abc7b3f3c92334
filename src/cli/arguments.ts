import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { type LogFormat, type LogLevel, logFormats, logLevels, nearest } from '../processor/index.ts';
import { UsageError } from './usage-error.ts';

/** What the command line asks for. */
export type Command =
  | { readonly name: 'help' }
  | { readonly name: 'version' }
  | {
      readonly name: 'up';
      /** Undefined: every key at its default. */
      readonly configFile: string | undefined;
      readonly logLevel: LogLevel;
      readonly logFormat: LogFormat;
    }
  | { readonly name: 'check-config'; readonly configFile: string }
  | {
      readonly name: 'rules';
      /** Undefined: every key at its default. */
      readonly configFile: string | undefined;
    };

interface CommandSyntax {
  readonly options: ParseArgsOptionsConfig;
  /** Names of the positional arguments, all of them needed. */
  readonly operands: readonly string[];
}

const everywhere = { help: { type: 'boolean', short: 'h' } } as const satisfies ParseArgsOptionsConfig;

const topLevel: CommandSyntax = {
  options: { ...everywhere, version: { type: 'boolean', short: 'V' } },
  operands: [],
};

const commands = {
  up: {
    options: {
      ...everywhere,
      config: { type: 'string', short: 'c' },
      'log-level': { type: 'string' },
      'log-format': { type: 'string' },
    },
    operands: [],
  },
  'check-config': { options: everywhere, operands: ['FILE'] },
  rules: { options: { ...everywhere, config: { type: 'string', short: 'c' } }, operands: [] },
} as const satisfies Readonly<Record<string, CommandSyntax>>;

/**
 * Understands the command line.
 *
 * @param argv - The arguments after the program's name.
 * @returns The command; `--help` wins over everything beside it.
 * @throws UsageError where a command, option, value or operand is unknown, missing or too many.
 * @example
 * ```ts
 * parseCommandLine(['check-config', 'agent-vitals.yaml']); // { name: 'check-config', configFile: 'agent-vitals.yaml' }
 * ```
 */
export function parseCommandLine(argv: readonly string[]): Command {
  const [first, ...rest] = argv;
  if (first === undefined || first.startsWith('-')) {
    const { values } = parse('agent-vitals', topLevel, argv);
    if (values.version !== undefined && values.help === undefined) return { name: 'version' };
    if (values.help !== undefined) return { name: 'help' };
    throw new UsageError('Cannot run agent-vitals without a command');
  }
  if (!Object.hasOwn(commands, first)) {
    throw new UsageError(
      `Cannot run ${first} as there is no such command${suggestion(first, Object.keys(commands))}`,
    );
  }
  const name = first as keyof typeof commands;
  const { values, operands } = parse(`agent-vitals ${name}`, commands[name], rest);
  if (values.help !== undefined) return { name: 'help' };
  if (name === 'check-config') return { name, configFile: operands[0] ?? '' };
  if (name === 'rules') return { name, configFile: values.config };
  return {
    name,
    configFile: values.config,
    logLevel: choice('--log-level', values['log-level'] ?? 'info', logLevels),
    logFormat: choice('--log-format', values['log-format'] ?? 'text', logFormats),
  };
}

interface Parsed {
  /** A flag that is set has the empty text. */
  readonly values: Readonly<Record<string, string | undefined>>;
  readonly operands: readonly string[];
}

/** Not strict, so that what is wrong is said in our words, with what was probably meant. */
function parse(
  subject: string,
  { options, operands: names }: CommandSyntax,
  args: readonly string[],
): Parsed {
  const { tokens } = parseArgs({
    args: [...args],
    options,
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  const values: Record<string, string> = {};
  const operands: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') operands.push(token.value);
    if (token.kind !== 'option') continue;
    const option = Object.hasOwn(options, token.name) ? options[token.name] : undefined;
    if (option === undefined) {
      const known = Object.keys(options).map((name) => `--${name}`);
      throw new UsageError(
        `Cannot read option ${token.rawName} as ${subject} has no such option${suggestion(token.rawName, known)}`,
      );
    }
    if (option.type === 'boolean' && token.value !== undefined) {
      throw new UsageError(
        `Cannot read option ${token.rawName} as it must have no value: current value is ${token.value}`,
      );
    }
    const swallowed = token.value?.startsWith('-') && !token.inlineValue && token.value !== '-';
    if (option.type === 'string' && (token.value === undefined || token.value === '' || swallowed)) {
      throw new UsageError(`Cannot read option ${token.rawName} as it must have a value`);
    }
    values[token.name] = token.value ?? '';
  }
  if (values.help === undefined) checkOperands(subject, names, operands);
  return { values, operands };
}

function checkOperands(subject: string, names: readonly string[], given: readonly string[]): void {
  const missing = names[given.length];
  if (missing !== undefined) throw new UsageError(`Cannot run ${subject} as ${missing} must be given`);
  const surplus = given[names.length];
  if (surplus !== undefined) {
    throw new UsageError(
      `Cannot run ${subject} as it takes ${names.length === 0 ? 'no argument' : names.join(' ')}: ` +
        `${surplus} is one too many`,
    );
  }
}

function choice<T extends string>(option: string, value: string, allowed: readonly T[]): T {
  if ((allowed as readonly string[]).includes(value)) return value as T;
  throw new UsageError(
    `Cannot read option ${option} as it must be one of ${allowed.join(', ')}: current value is ${value}` +
      suggestion(value, allowed),
  );
}

function suggestion(word: string, known: readonly string[]): string {
  const meant = nearest(word, known);
  return meant === undefined ? '' : `. Did you mean ${meant}?`;
}
