/**
 * Reading from values that somebody else made: an error may be a proxy, a revoked one, or have getters that
 * throw. Nothing here throws.
 */

/** A property's value, or undefined if there is none or it cannot be read. */
export function read(value: unknown, key: PropertyKey): unknown {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return undefined;
  try {
    return (value as Record<PropertyKey, unknown>)[key];
  } catch {
    return undefined;
  }
}

/** A non-empty string property, else undefined. */
export function readString(value: unknown, key: PropertyKey): string | undefined {
  const found = read(value, key);
  return typeof found === 'string' && found !== '' ? found : undefined;
}

/** The first `limit` items of an array; empty for anything else. */
export function readItems(value: unknown, limit: number): unknown[] {
  try {
    return Array.isArray(value)
      ? Array.from({ length: Math.min(value.length, limit) }, (_, i) => value[i])
      : [];
  } catch {
    return [];
  }
}

/** Whether a value is data as JSON makes it, and not a stream, a buffer or an instance of a class. */
export function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  try {
    const prototype: unknown = Object.getPrototypeOf(value);
    return Array.isArray(value) || prototype === Object.prototype || prototype === null;
  } catch {
    return false;
  }
}
