/** Where a setting was given. */
export interface Place {
  /** The file's name as it was given. */
  readonly file?: string;
  /** The environment variable that set it. */
  readonly variable?: string;
  /** Both count from 1. */
  readonly line?: number;
  readonly column?: number;
}

/** One thing that is wrong with the configuration. */
export interface ConfigProblem extends Place {
  /** The key's path, such as `liveness.late_after` or `agents[2].id`. */
  readonly key?: string;
  /** What is wrong and what it must be, in one sentence. */
  readonly message: string;
}

/** Thrown when a configuration can't be used; says everything that is wrong with it at once. */
export class ConfigError extends Error {
  readonly problems: readonly ConfigProblem[];

  /**
   * @param problems - At least one.
   * @param subject - What could not be loaded: a file's name, or a phrase.
   */
  constructor(problems: readonly ConfigProblem[], subject = 'the configuration') {
    const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
    super(`Cannot use ${subject} as ${count} must be fixed:\n${problems.map(formatLine).join('\n')}`);
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/**
 * Writes a problem on one line, its place first, as compilers do.
 *
 * @example
 * ```ts
 * formatProblem({ file: 'a.yaml', line: 3, column: 5, message: 'Cannot …' }); // 'a.yaml:3:5: Cannot …'
 * ```
 */
export function formatProblem({ file, variable, line, column, message }: ConfigProblem): string {
  const source = file ?? (variable === undefined ? undefined : `environment variable ${variable}`);
  const place = [source, line, column].filter((part) => part !== undefined).join(':');
  return place === '' ? message : `${place}: ${message}`;
}

function formatLine(problem: ConfigProblem): string {
  return `  ${formatProblem(problem)}`;
}
