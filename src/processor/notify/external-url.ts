import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import { formatEndpoint } from '../config/index.ts';

/**
 * Where links in notifications lead.
 *
 * @param configured - `http.external_url`; empty where it isn't set.
 * @param bound - Where the page listens; on all addresses it is taken to be reached by the machine's name.
 * @returns Without a slash at the end.
 * @example
 * ```ts
 * externalUrlOf('', { address: '127.0.0.1', family: 'IPv4', port: 8080 }); // 'http://127.0.0.1:8080'
 * ```
 */
export function externalUrlOf(configured: string, { address, port }: AddressInfo): string {
  if (configured !== '') return configured.replace(/\/+$/, '');
  const isAny = address === '0.0.0.0' || address === '::';
  return `http://${formatEndpoint({ host: isAny ? hostname() : address, port })}`;
}
