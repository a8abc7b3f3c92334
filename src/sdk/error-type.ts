/** What OpenTelemetry says for an error without a name of low cardinality. */
export const otherErrorType = '_OTHER';

/** Distinct error types an agent may report; the rest is `_OTHER`. */
const errorTypeLimit = 32;
const wellFormed = /^[\w.:-]{1,64}$/;

/**
 * The `error.type` of a failure: the error's code, else its HTTP status, else its name; never its message, which has
 * as many values as there are failures.
 *
 * @param error - Whatever was thrown.
 * @returns A name of low cardinality, `_OTHER` where there is none.
 */
export function errorTypeOf(error: unknown): string {
  try {
    if (typeof error !== 'object' || error === null) return otherErrorType;
    const { code, status, name } = error as { code?: unknown; status?: unknown; name?: unknown };
    if (typeof code === 'string' && wellFormed.test(code)) return code;
    if (typeof status === 'number' && Number.isInteger(status) && status >= 100 && status < 600) {
      return String(status);
    }
    if (typeof name === 'string' && name !== 'Error' && wellFormed.test(name)) return name;
    const className = (error as object).constructor?.name;
    return typeof className === 'string' && wellFormed.test(className) ? className : otherErrorType;
  } catch {
    // A getter or proxy of the author's own threw.
    return otherErrorType;
  }
}

/** Keeps the names of one kind bounded: what comes after the limit shares one name. */
export class BoundedNames {
  readonly #known = new Set<string>();
  readonly #limit: number;
  readonly #excess: string;

  constructor(limit: number, excess: string) {
    this.#limit = limit;
    this.#excess = excess;
  }

  /** The name itself while there is room for it, else the shared one. */
  take(name: string): string {
    if (this.#known.has(name)) return name;
    if (typeof name !== 'string' || name === '' || name.length > 128) return this.#excess;
    if (this.#known.size >= this.#limit) return this.#excess;
    this.#known.add(name);
    return name;
  }
}

/** The error types of one agent. */
export function boundedErrorTypes(): BoundedNames {
  return new BoundedNames(errorTypeLimit, otherErrorType);
}
