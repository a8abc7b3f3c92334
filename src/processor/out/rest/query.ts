import { BadRequest } from './bad-request.ts';

/** The query string's parameters. Not Express' own reading: a parameter given twice must be seen as such. */
export function parametersOf(url: string): URLSearchParams {
  const start = url.indexOf('?');
  return new URLSearchParams(start < 0 ? '' : url.slice(start + 1));
}

/**
 * Refuses parameters that a route doesn't have.
 *
 * @throws BadRequest that names those it has.
 */
export function refuseUnknown(search: URLSearchParams, known: readonly string[]): void {
  for (const name of search.keys()) {
    if (!known.includes(name)) {
      throw new BadRequest(`Cannot read parameter ${name} as it must be one of ${known.join(', ')}`);
    }
  }
}

/**
 * A parameter that may be given once.
 *
 * @throws BadRequest where it is given more often.
 */
export function single(search: URLSearchParams, name: string): string | null {
  const values = search.getAll(name);
  if (values.length > 1) {
    throw new BadRequest(`Cannot read ${name} as it must be given once: current count is ${values.length}`);
  }
  return values[0] ?? null;
}

/**
 * A whole number within bounds.
 *
 * @throws BadRequest where it is anything else.
 */
export function wholeNumber(
  value: string | null,
  name: string,
  { least, most, otherwise }: { least: number; most: number; otherwise: number },
): number {
  if (value === null) return otherwise;
  const number = Number(value);
  if (!/^\d{1,15}$/.test(value) || number < least || number > most) {
    const said = value.slice(0, 64);
    throw new BadRequest(
      `Cannot use ${name} as it must be a whole number from ${least} to ${most}: current value is ${said}`,
    );
  }
  return number;
}

const rfc3339 = /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/;

/**
 * A time, RFC 3339.
 *
 * @returns Milliseconds since the epoch.
 * @throws BadRequest where it is anything else.
 */
export function timeOf(value: unknown, name: string): number {
  const [text = '', date = '', time = ''] = (typeof value === 'string' && rfc3339.exec(value)) || [];
  const epochMs = isReal(`${date}T${time}`) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(epochMs)) {
    const said = (JSON.stringify(value) ?? 'undefined').slice(0, 64);
    throw new BadRequest(
      `Cannot use ${name} as it must be a time such as 2030-01-31T12:00:00Z: current value is ${said}`,
    );
  }
  return epochMs;
}

/** `Date.parse` turns 31 February into 3 March. */
function isReal(dateTime: string): boolean {
  const utcMs = Date.parse(`${dateTime}Z`);
  return !Number.isNaN(utcMs) && new Date(utcMs).toISOString().startsWith(dateTime);
}
