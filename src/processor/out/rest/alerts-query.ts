import { alertSeverities } from '@agent-vitals/contract';
import type { Alert } from '../../../core/index.ts';
import { defaultLimit, maxLimit } from './agents-query.ts';
import { sourceTypeOf } from './alert-answer.ts';
import { BadRequest } from './bad-request.ts';
import { type AlertPlace, alertStates } from './list-alerts.ts';
import { refuseUnknown, single, wholeNumber } from './query.ts';

/** What `GET /api/health/alerts` is asked for. */
export interface AlertsQuery {
  readonly matches: (alert: Alert) => boolean;
  readonly limit: number;
  /** Where the page begins; null at the beginning. */
  readonly after: AlertPlace | null;
}

const parameters = ['severity', 'state', 'source_type', 'source_id', 'name', 'limit', 'cursor'] as const;

export const sourceTypes = [...new Set(Object.values(sourceTypeOf))];

/**
 * Reads the parameters of the list of alerts. `severity`, `state`, `source_type`, `source_id` and `name` may be repeated
 * and then mean any of them; all that are given must match.
 *
 * @throws BadRequest where a parameter is unknown or out of range; the detail names what is allowed.
 * @example
 * ```ts
 * parseAlertsQuery(new URLSearchParams('severity=critical&state=firing')).matches(alert);
 * ```
 */
export function parseAlertsQuery(search: URLSearchParams): AlertsQuery {
  refuseUnknown(search, parameters);
  const severities = oneOf(search, 'severity', alertSeverities);
  const states = oneOf(search, 'state', alertStates);
  const types = oneOf(search, 'source_type', sourceTypes);
  const ids = anyOf(search, 'source_id');
  const names = anyOf(search, 'name');
  const cursor = single(search, 'cursor');
  return {
    matches: ({ severity, state, scope, subject, name }) =>
      (severities?.has(severity) ?? true) &&
      (states?.has(state) ?? true) &&
      (types?.has(sourceTypeOf[scope]) ?? true) &&
      (ids?.has(subject) ?? true) &&
      (names?.has(name) ?? true),
    limit: wholeNumber(single(search, 'limit'), 'limit', {
      least: 1,
      most: maxLimit,
      otherwise: defaultLimit,
    }),
    after: cursor === null ? null : decodePlace(cursor),
  };
}

function anyOf(search: URLSearchParams, name: string): ReadonlySet<string> | null {
  return search.has(name) ? new Set(search.getAll(name)) : null;
}

function oneOf(search: URLSearchParams, name: string, known: readonly string[]): ReadonlySet<string> | null {
  const values = anyOf(search, name);
  for (const value of values ?? []) {
    if (known.includes(value)) continue;
    const said = value.slice(0, 64);
    throw new BadRequest(
      `Cannot use ${name} as it must be one of ${known.join(', ')}: current value is ${said}`,
    );
  }
  return values;
}

/** A page begins behind an alert's place, so a cursor holds good whatever comes and goes meanwhile. */
export function encodePlace({ rank, activeAtMs, id }: AlertPlace): string {
  return Buffer.from(`${rank}.${activeAtMs}~${id}`).toString('base64url');
}

function decodePlace(cursor: string): AlertPlace {
  const text = Buffer.from(cursor, 'base64url').toString();
  const match = /^(\d)\.(-?[\d.]{1,24}(?:e[-+]?\d{1,3})?)~([\w-]{1,64})$/.exec(text);
  const activeAtMs = Number(match?.[2]);
  if (match === null || Number.isNaN(activeAtMs)) {
    throw new BadRequest('Cannot read cursor as it must be the cursor of an earlier Link');
  }
  return { rank: Number(match[1]), activeAtMs, id: match[3]! };
}
