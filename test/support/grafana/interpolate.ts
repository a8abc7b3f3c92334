import type { Variable } from './dashboards.ts';

/** What is chosen: one value, several, or `$__all`. */
export type Choices = Readonly<Record<string, string | readonly string[]>>;

/** The time that a dashboard shows, and in what steps. */
export interface TimeShown {
  readonly rangeSeconds: number;
  readonly stepSeconds: number;
  /** As the data source says it: by default 15 s. */
  readonly scrapeSeconds: number;
}

/**
 * Puts values in the place of variables as Grafana's Prometheus data source does: single values escaped for a string,
 * several as one regular expression, `$__all` as the variable's `allValue`, intervals by its formulas.
 *
 * @throws Error when a variable has no value
 */
export function interpolate(
  expr: string,
  variables: readonly Variable[],
  choices: Choices,
  time: TimeShown,
): string {
  const { rangeSeconds, stepSeconds, scrapeSeconds } = time;
  const builtIn: Readonly<Record<string, string>> = {
    __range: `${rangeSeconds}s`,
    __range_s: `${rangeSeconds}`,
    __interval: `${stepSeconds}s`,
    __rate_interval: `${Math.max(stepSeconds + scrapeSeconds, 4 * scrapeSeconds)}s`,
  };
  return expr.replace(/\$(?:\{(\w+)\}|(\w+))/g, (text, braced?: string, bare?: string) => {
    const name = braced ?? bare ?? '';
    if (Object.hasOwn(builtIn, name)) return builtIn[name]!;
    const variable = variables.find((candidate) => candidate.name === name);
    const choice = choices[name];
    if (variable === undefined || choice === undefined) {
      throw new Error(`Cannot interpolate ${text} as it must have a value: the query is ${expr}`);
    }
    return textOf(variable, choice);
  });
}

function textOf(variable: Variable, choice: string | readonly string[]): string {
  if ([choice].flat().includes('$__all')) {
    if (variable.allValue === undefined) {
      throw new Error(
        `Cannot choose all of ${variable.name} as it must have an allValue; choose each of them`,
      );
    }
    return variable.allValue;
  }
  if (!variable.multi && !variable.includeAll) return String(choice).replace(/\\/g, '\\\\');
  const values = [choice].flat().map((value) =>
    String(value)
      .replace(/\\/g, '\\\\\\\\')
      .replace(/[$^*{}[\]+?.()|]/g, '\\\\$&'),
  );
  return values.length === 1 ? values[0]! : `(${values.join('|')})`;
}
