import { type Endpoint, formatEndpoint, isLoopback } from '../config/endpoint.ts';
import type { Role } from './role.ts';

/** The roles of which a listener needs one token before it may bind beyond loopback. */
const neededRoles = {
  'receivers.otlp.http.endpoint': ['ingest'],
  'receivers.otlp.grpc.endpoint': ['ingest'],
  'http.endpoint': ['read', 'operator'],
} as const satisfies Readonly<Record<string, readonly Role[]>>;

/** The key of a listener's endpoint. */
export type ListenerKey = keyof typeof neededRoles;

/**
 * Tells whether a listener may bind where it is configured to: beyond loopback only with a token that opens it.
 *
 * @param endpoint - Where it would bind.
 * @param tokens - The tokens there are.
 * @param key - The endpoint's key.
 * @returns What the endpoint must do ("be on loopback …"); undefined where it may bind.
 */
export function bindRefusal(
  endpoint: Endpoint,
  tokens: readonly { readonly role: Role }[],
  key: ListenerKey,
): string | undefined {
  const needed: readonly Role[] = neededRoles[key];
  if (isLoopback(endpoint.host) || tokens.some(({ role }) => needed.includes(role))) return undefined;
  const local = formatEndpoint({ host: '127.0.0.1', port: endpoint.port });
  return `be on loopback, such as ${local}, unless auth.tokens has a token of role ${needed.join(' or ')}`;
}

/**
 * Stops a start that would open a port to everybody.
 *
 * @param endpoint - Where a listener would bind.
 * @param tokens - The tokens there are.
 * @param key - The endpoint's key, for the message.
 * @throws Error that names the key and the fix.
 * @example
 * ```ts
 * assertBindAllowed({ host: '127.0.0.1', port: 8080 }, [], 'http.endpoint');
 * ```
 */
export function assertBindAllowed(
  endpoint: Endpoint,
  tokens: readonly { readonly role: Role }[],
  key: ListenerKey,
): void {
  const must = bindRefusal(endpoint, tokens, key);
  if (must !== undefined) {
    throw new Error(`Cannot use ${key} as it must ${must}: current value is ${formatEndpoint(endpoint)}`);
  }
}
