import { isIP, isIPv6 } from 'node:net';
import { type Endpoint, formatEndpoint, isLoopback, isWildcard } from '../config/endpoint.ts';

/** Which Host headers a listener answers to. */
export interface HostRule {
  /** Whether a host (without port and brackets) is one of the listener's own. */
  allows(host: string): boolean;
  /** Reached from this machine alone. */
  readonly isLoopback: boolean;
  /** For messages. */
  readonly example: string;
  /** For messages: what to do so that it answers to another name; empty where nothing can be done. */
  readonly remedy: string;
}

/**
 * Makes the rule against DNS rebinding: a page whose own name is made to point at this listener sends that name as
 * Host, and isn't answered. Allowed are the configured host, the bound address, `localhost` (with the names below it,
 * RFC 6761 §6.3), loopback addresses and the further names; where every address of the machine is bound, any address.
 * The port isn't looked at: it changes under port forwarding, and rebinding can't be told by it.
 *
 * @param endpoint - The listener's endpoint as configured.
 * @param bound - Where it is bound, as `server.address()` tells.
 * @param furtherNames - Hosts without port, such as that of a reverse proxy, from `http.allowed_hosts`; undefined where
 *   the listener can have none.
 * @example
 * ```ts
 * hostRule({ host: '127.0.0.1', port: 8080 }).allows('rebound.example'); // false
 * ```
 */
export function hostRule(
  endpoint: Endpoint,
  bound?: { address: string; port: number },
  furtherNames?: readonly string[],
): HostRule {
  const own = new Set(
    [endpoint.host, bound?.address ?? endpoint.host, ...(furtherNames ?? [])].map((name) =>
      name.toLowerCase(),
    ),
  );
  const isEveryAddress = isWildcard(endpoint.host);
  return {
    allows(host) {
      const name = host.toLowerCase();
      if (own.has(name) || isLoopback(name) || name.endsWith('.localhost')) return true;
      return isEveryAddress && isIP(name) !== 0;
    },
    isLoopback: isLoopback(endpoint.host),
    example: formatEndpoint({
      host: isEveryAddress ? '127.0.0.1' : endpoint.host,
      port: bound?.port ?? endpoint.port,
    }),
    remedy: furtherNames === undefined ? '' : ', or name it in http.allowed_hosts',
  };
}

/**
 * Takes the host out of a Host header.
 *
 * @param header - `host` or `host:port`, an IPv6 address in brackets (RFC 9110 §7.2).
 * @returns The host without port, brackets and a name's last dot; undefined where the header is malformed.
 * @example
 * ```ts
 * hostOf('[::1]:8080'); // '::1'
 * ```
 */
export function hostOf(header: string): string | undefined {
  const match = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::\d{1,5})?$/i.exec(header);
  const [, address, name] = match ?? [];
  if (address !== undefined) return isIPv6(address) ? address : undefined;
  return name?.replace(/\.$/, '');
}
