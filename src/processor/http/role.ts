/** What a token may do: send telemetry, read what is known, or change it as well. */
export const roles = ['ingest', 'read', 'operator'] as const;
export type Role = (typeof roles)[number];

/**
 * Tells whether a role is enough. An operator may read; `ingest` stands apart, because an agent's token must not
 * show the fleet and a dashboard's must not feed it.
 *
 * @param held - The role of the token that was presented.
 * @param needed - The role that the request needs.
 * @example
 * ```ts
 * roleIncludes('operator', 'read'); // true
 * ```
 */
export function roleIncludes(held: Role, needed: Role): boolean {
  return held === needed || (held === 'operator' && needed === 'read');
}
