/** Environment variables as the caller has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The text with its references replaced, or why that can't be. */
export type Substituted =
  | { readonly text: string }
  | { readonly unset: string }
  | { readonly malformed: string };

/** `$${` is an escaped brace; anything else that opens like a reference must be a whole one. */
const opening = /\$\$\{|\$\{([^}]*)(\}?)/g;
const reference = /^env:([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?$/s;

/**
 * Replaces `${env:NAME}` and `${env:NAME:-default}` in a value. As in a shell, the default also stands in for a
 * variable that is set but empty. `$${` yields a literal `${`.
 *
 * @param text - A value from the file.
 * @param env - Where names are looked up.
 * @returns The text; or the name that is not set and has no default; or the reference that can't be read.
 * @example
 * ```ts
 * substitute('${env:HOST:-127.0.0.1}:8080', {}); // { text: '127.0.0.1:8080' }
 * ```
 */
export function substitute(text: string, env: Environment): Substituted {
  let failure: Substituted | undefined;
  const replaced = text.replace(opening, (whole, inner: string | undefined, closing: string) => {
    if (inner === undefined) return '${';
    const match = closing === '}' ? reference.exec(inner) : null;
    if (match === null) {
      failure ??= { malformed: whole };
      return whole;
    }
    const name = match[1]!;
    const value = env[name];
    const fallback = match[2];
    if (fallback !== undefined) return value === undefined || value === '' ? fallback : value;
    if (value === undefined) failure ??= { unset: name };
    return value ?? '';
  });
  return failure ?? { text: replaced };
}
