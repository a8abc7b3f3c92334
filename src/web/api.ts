import type { AgentsAnswer, AlertAnswer, ProblemAnswer } from '@agent-vitals/contract';

/** What became of a question to the processor. */
export type Asked =
  | { readonly kind: 'answer'; readonly fleet: AgentsAnswer; readonly serverAheadMs: number }
  | { readonly kind: 'login' }
  | { readonly kind: 'unreachable'; readonly reason: string };

const timeoutMs = 10_000;
/** The Date header counts whole seconds: a smaller difference says nothing. */
const leastSkewMs = 2_000;

/**
 * Asks the processor for the fleet's list.
 *
 * @param parameters - The query of `GET /api/health/agents`.
 * @param signal - Aborts the question when a newer one replaces it.
 * @returns What became of it; never throws, save for the abort.
 */
export async function askForFleet(parameters: URLSearchParams, signal: AbortSignal): Promise<Asked> {
  try {
    const response = await fetch(`/api/health/agents?${parameters}`, {
      headers: { accept: 'application/json' },
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
    if (response.status === 401 || response.status === 403) return { kind: 'login' };
    if (!response.ok) return { kind: 'unreachable', reason: await problemOf(response) };
    return { kind: 'answer', fleet: await response.json(), serverAheadMs: serverAheadMs(response) };
  } catch (error) {
    signal.throwIfAborted();
    return { kind: 'unreachable', reason: error instanceof Error ? error.message : String(error) };
  }
}

/** Alerts that somebody should look at, and whether there are more of them. */
export interface FiringAlerts {
  readonly alerts: readonly AlertAnswer[];
  readonly hasMore: boolean;
}

/**
 * Asks for the warnings and criticals that fire, the most urgent first.
 *
 * @param signal - Aborts the question when a newer one replaces it.
 * @returns Null where there is no answer: the question for the fleet says why.
 */
export async function askForAlerts(signal: AbortSignal): Promise<FiringAlerts | null> {
  const search = 'state=firing&severity=critical&severity=warning&limit=50';
  try {
    const response = await fetch(`/api/health/alerts?${search}`, {
      headers: { accept: 'application/json' },
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
    if (!response.ok) return null;
    return { alerts: await response.json(), hasMore: response.headers.has('link') };
  } catch {
    signal.throwIfAborted();
    return null;
  }
}

/** What is said with it when an alert is taken in hand. */
export interface Acknowledging {
  readonly comment: string | null;
  /** RFC 3339; null: until it is over. */
  readonly until: string | null;
}

/**
 * Takes an alert in hand.
 *
 * @returns Null where it worked, else why not.
 */
export async function acknowledge(alertId: string, said: Acknowledging): Promise<string | null> {
  try {
    const response = await fetch(`/api/health/alerts/${encodeURIComponent(alertId)}/acknowledge`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(said),
    });
    return response.ok ? null : await problemOf(response);
  } catch {
    return 'The processor does not answer.';
  }
}

function serverAheadMs(response: Response): number {
  const date = response.headers.get('date');
  const aheadMs = date === null ? 0 : Date.parse(date) - Date.now();
  return Math.abs(aheadMs) < leastSkewMs ? 0 : aheadMs;
}

/**
 * Exchanges a token for a cookie that scripts can't read.
 *
 * @param token - Of the role read or operator.
 * @returns Null where it worked, else why not.
 */
export async function logIn(token: string): Promise<string | null> {
  try {
    const response = await fetch('/login', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token }),
    });
    return response.ok ? null : await problemOf(response);
  } catch {
    return 'The processor does not answer.';
  }
}

/** Whether there is a session: its cookie can't be read by scripts. */
export async function hasSession(): Promise<boolean> {
  try {
    const { session } = (await (await fetch('/login')).json()) as { session: object | null };
    return session !== null;
  } catch {
    return false;
  }
}

/** Ends the session. */
export async function logOut(): Promise<void> {
  await fetch('/logout', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' });
}

/** Where agents send telemetry to, as the processor says; null where it doesn't. */
export async function askForOtlpAddress(): Promise<string | null> {
  try {
    const response = await fetch('/readyz', { headers: { accept: 'application/json' } });
    const { listeners } = (await response.json()) as { listeners?: { otlp_http?: string } };
    return listeners?.otlp_http ?? null;
  } catch {
    return null;
  }
}

async function problemOf(response: Response): Promise<string> {
  try {
    return ((await response.json()) as ProblemAnswer).detail;
  } catch {
    return `It answered ${response.status}.`;
  }
}
