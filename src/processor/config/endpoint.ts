import { BlockList, isIP, isIPv4, isIPv6 } from 'node:net';

/** Where a listener binds. */
export interface Endpoint {
  /** A name or an address; an IPv6 address without its brackets. */
  readonly host: string;
  /** 0 lets the system choose a free one. */
  readonly port: number;
}

const pattern = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9._-]+)):(\d{1,5})$/;

/**
 * Reads `host:port`. An IPv6 address stands in brackets; the host must be given, because an empty one would mean
 * every address of the machine without anybody having said so.
 *
 * @param text - The endpoint as written.
 * @returns The endpoint; undefined where the text is none.
 * @example
 * ```ts
 * parseEndpoint('[::1]:8080'); // { host: '::1', port: 8080 }
 * ```
 */
export function parseEndpoint(text: string): Endpoint | undefined {
  const match = pattern.exec(text);
  if (match === null) return undefined;
  const [, address, name, digits] = match;
  const port = Number(digits);
  if (port > 65_535) return undefined;
  if (address !== undefined) return isIPv6(address) ? { host: address, port } : undefined;
  // Digits and dots alone are an address that was mistyped, not a name.
  if (name === undefined || (/^[\d.]+$/.test(name) && !isIPv4(name))) return undefined;
  return { host: name, port };
}

/**
 * Writes an endpoint as {@link parseEndpoint} reads it.
 *
 * @example
 * ```ts
 * formatEndpoint({ host: '::1', port: 8080 }); // '[::1]:8080'
 * ```
 */
export function formatEndpoint({ host, port }: Endpoint): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/**
 * Tells whether a host can be reached from this machine alone: 127.0.0.0/8, ::1 (mapped IPv4 addresses too) or
 * `localhost`. Any other name counts as beyond it, whatever it resolves to today.
 *
 * @param host - A name or an address, an IPv6 address without brackets.
 */
export function isLoopback(host: string): boolean {
  const version = isIP(host);
  if (version === 0) return host.toLowerCase() === 'localhost';
  return loopback.check(host, version === 6 ? 'ipv6' : 'ipv4');
}

/** Tells whether a host stands for every address of the machine. */
export function isWildcard(host: string): boolean {
  return host === '0.0.0.0' || (isIPv6(host) && /^[0:]+$/.test(host));
}

/**
 * Tells whether two listeners would take the same port of the same address.
 *
 * @example
 * ```ts
 * endpointsOverlap({ host: '0.0.0.0', port: 8080 }, { host: '127.0.0.1', port: 8080 }); // true
 * ```
 */
export function endpointsOverlap(one: Endpoint, other: Endpoint): boolean {
  if (one.port !== other.port || one.port === 0) return false;
  if (takesAll(one.host, other.host) || takesAll(other.host, one.host)) return true;
  if (one.host.toLowerCase() === other.host.toLowerCase()) return true;
  // `localhost` is 127.0.0.1, ::1 or both.
  return [one, other].some(({ host }) => isIP(host) === 0) && isLoopback(one.host) && isLoopback(other.host);
}

/** `::` takes IPv4 as well; `0.0.0.0` leaves a single IPv6 address free. */
function takesAll(wildcard: string, host: string): boolean {
  return isWildcard(wildcard) && (isIPv6(wildcard) || isWildcard(host) || !isIPv6(host));
}
