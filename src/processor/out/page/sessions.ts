import { randomBytes } from 'node:crypto';
import type { Caller } from '../../http/index.ts';

/** The cookie that names a session. */
export const sessionCookie = 'agent_vitals_session';

/** How long a session lasts, in milliseconds: a working day and a night. */
export const sessionLifetimeMs = 24 * 3_600_000;

interface Entry {
  /** Whose token was exchanged. */
  readonly caller: Caller;
  readonly endsAtMs: number;
}

/** More than this at once are nobody's: the oldest leaves. */
const maxSessions = 1_000;

/** Sessions of people who exchanged a token at `/login`; kept in memory, so a restart ends them all. */
export class Sessions {
  readonly #entries = new Map<string, Entry>();
  readonly #now: () => number;

  /** @param now - Milliseconds, steady. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Begins a session; its id is 256 random bits and the only thing that opens it. */
  begin(caller: Caller): string {
    const [oldest] = this.#entries.keys();
    if (this.#entries.size >= maxSessions && oldest !== undefined) this.#entries.delete(oldest);
    const id = randomBytes(32).toString('base64url');
    this.#entries.set(id, { caller, endsAtMs: this.#now() + sessionLifetimeMs });
    return id;
  }

  /** Whose session an id opens; undefined where there is none or it is over. */
  find(id: string): Caller | undefined {
    const entry = this.#entries.get(id);
    if (entry === undefined) return undefined;
    if (entry.endsAtMs > this.#now()) return entry.caller;
    this.#entries.delete(id);
    return undefined;
  }

  end(id: string): void {
    this.#entries.delete(id);
  }
}

/**
 * Finds the session's id in a Cookie header.
 *
 * @param header - Such as `a=b; agent_vitals_session=…`.
 * @returns The id, or undefined where the header names none.
 */
export function sessionIdOf(header: string | undefined): string | undefined {
  for (const pair of header?.split(';') ?? []) {
    const [name, value] = pair.split('=', 2);
    if (name?.trim() === sessionCookie) return value?.trim();
  }
  return undefined;
}

/**
 * Writes the Set-Cookie header of a session.
 *
 * @param id - Empty to take the cookie away.
 */
export function sessionCookieHeader(id: string): string {
  const lifetimeSeconds = id === '' ? 0 : sessionLifetimeMs / 1000;
  return `${sessionCookie}=${id}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${lifetimeSeconds}`;
}
