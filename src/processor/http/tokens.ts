import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { ConfigError, type ConfigProblem, type TokenConfig } from '../config/index.ts';
import type { Role } from './role.ts';

/** Whose token it was. */
export interface Caller {
  readonly name: string;
  readonly role: Role;
}

const shortestToken = 16;
const mostFileBytes = 4096;

/** Bearer tokens, of which only digests are kept: neither a dump nor a log can show one. */
export class Tokens {
  readonly #entries: readonly { readonly caller: Caller; readonly digest: Buffer }[];

  /** @param tokens - The tokens themselves, which are not kept. */
  constructor(tokens: readonly (Caller & { readonly token: string })[]) {
    this.#entries = tokens.map(({ name, role, token }) => ({
      caller: { name, role },
      digest: digestOf(token),
    }));
  }

  /** Without tokens nobody needs one, and nothing binds beyond loopback. */
  get isEmpty(): boolean {
    return this.#entries.length === 0;
  }

  /** Whose tokens there are. */
  get callers(): readonly Caller[] {
    return this.#entries.map(({ caller }) => caller);
  }

  /**
   * Finds out whose token a request carries. The time it takes tells nothing about the tokens: digests of equal
   * length are compared in constant time, all of them.
   *
   * @param authorizationHeader - The header as received.
   * @returns Undefined where there is no bearer token (RFC 6750 §2.1) or nobody's.
   * @example
   * ```ts
   * const tokens = new Tokens([{ name: 'grafana', role: 'read', token: '0123456789abcdef' }]);
   * tokens.authenticate('Bearer 0123456789abcdef'); // { name: 'grafana', role: 'read' }
   * ```
   */
  authenticate(authorizationHeader: string | undefined): Caller | undefined {
    const token = bearerToken(authorizationHeader);
    if (token === undefined) return undefined;
    const digest = digestOf(token);
    let found: Caller | undefined;
    for (const entry of this.#entries) if (timingSafeEqual(entry.digest, digest)) found = entry.caller;
    return found;
  }
}

/** What an `Authorization: Bearer …` header carries; undefined for none and for any other scheme. */
export function bearerToken(authorizationHeader: string | undefined): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(authorizationHeader ?? '')?.[1];
}

/** Tokens read from their files. */
export interface LoadedTokens {
  readonly tokens: Tokens;
  /** Files that others may read too, one sentence each. */
  readonly warnings: readonly string[];
}

/**
 * Reads the tokens that the configuration names. A file holds its token alone; line ends after it don't count.
 *
 * @param configs - `auth.tokens` of the configuration.
 * @throws ConfigError that names each key whose file can't be used, never what is in it.
 */
export function loadTokens(configs: readonly TokenConfig[]): LoadedTokens {
  const problems: ConfigProblem[] = [];
  const warnings: string[] = [];
  const found: (Caller & { token: string })[] = [];
  const keyOf = new Map<string, string>();
  for (const [index, { name, role, tokenFile }] of configs.entries()) {
    const key = `auth.tokens[${index}].token_file`;
    const refuse = (why: string) => problems.push({ key, message: `Cannot use ${key} as ${why}` });
    const read = readTokenFile(tokenFile);
    if ('why' in read) {
      refuse(read.why);
      continue;
    }
    const { token, isWorldReadable } = read;
    const sameAs = keyOf.get(token);
    if (sameAs !== undefined)
      refuse(`its token must differ from that of ${sameAs}: current value is the same`);
    keyOf.set(token, key);
    found.push({ name, role, token });
    if (isWorldReadable)
      warnings.push(`${key}: every user of this machine can read ${tokenFile}; chmod 600 it`);
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return { tokens: new Tokens(found), warnings };
}

function readTokenFile(file: string): { token: string; isWorldReadable: boolean } | { why: string } {
  let text: string;
  let mode: number;
  try {
    const stats = statSync(file);
    if (!stats.isFile()) return { why: `it must be a plain file: current value is ${file}` };
    if (stats.size > mostFileBytes) {
      return {
        why: `${file} must hold a token alone, at most ${mostFileBytes} bytes: current value is ${stats.size}`,
      };
    }
    text = readFileSync(file, 'utf8');
    mode = stats.mode;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
    // Somebody may have put the token itself there: what doesn't look like a path isn't shown.
    if (!/[/\\.]/.test(file)) return { why: `it must be the path of a readable file, not a token: ${code}` };
    return { why: `it must be a readable file: ${code} for ${file}` };
  }
  const token = text.replace(/[\r\n]+$/, '');
  if (token === '') return { why: `${file} must hold a token: current value is empty` };
  if (!/^[\x21-\x7e]+$/.test(token))
    return { why: `the token in ${file} must be one word of visible ASCII characters` };
  if (token.length < shortestToken) {
    return {
      why: `the token in ${file} must have at least ${shortestToken} characters: current value has ${token.length}`,
    };
  }
  return { token, isWorldReadable: isOpenToEverybody(file, mode) };
}

/**
 * Tells whether every user of this machine can read a file. Windows has no such bits and shows them all as set; Docker
 * and Podman mount secrets below /run/secrets, readable to every user of a container that has this one program in it.
 *
 * @param file - Its path.
 * @param mode - Its mode, as `stat` tells.
 * @example
 * ```ts
 * isOpenToEverybody('/etc/agent-vitals/token', 0o644); // true
 * isOpenToEverybody('/run/secrets/token', 0o444); // false
 * ```
 */
export function isOpenToEverybody(file: string, mode: number): boolean {
  return process.platform !== 'win32' && !file.startsWith('/run/secrets/') && (mode & 0o004) !== 0;
}

function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
