import type { IntegrationAnswer } from '@agent-vitals/contract';
import { type RequestHandler, Router } from 'express';
import type { FleetView, IntegrationView } from '../../../core/index.ts';
import type { Clock } from '../../clock.ts';
import { timestampOf } from '../../timestamp.ts';
import { defaultLimit, maxLimit } from './agents-query.ts';
import { BadRequest } from './bad-request.ts';
import { methodNotAllowed } from './problems.ts';
import { parametersOf, refuseUnknown, single, wholeNumber } from './query.ts';

const parameters = ['limit', 'cursor'] as const;

/** What the route reads. */
export interface IntegrationsSource {
  readonly fleet: Pick<FleetView, 'integrationNames' | 'integration'>;
  readonly clock: Clock;
}

/**
 * The route of what agents call outside: a bare list by name, whose next page `Link: rel=next` names.
 *
 * @param source - The fleet, and what now is.
 */
export function integrationRoutes(source: IntegrationsSource): Router {
  const router = Router({ caseSensitive: true });
  router.route('/health/integrations').get(listHandler(source)).all(methodNotAllowed('GET, HEAD'));
  return router;
}

function listHandler({ fleet, clock }: IntegrationsSource): RequestHandler {
  return (request, response) => {
    const search = parametersOf(request.url);
    refuseUnknown(search, parameters);
    const limit = wholeNumber(single(search, 'limit'), 'limit', {
      least: 1,
      most: maxLimit,
      otherwise: defaultLimit,
    });
    const after = single(search, 'cursor');
    const names = fleet.integrationNames();
    const first = after === null ? 0 : placeAfter(names, decodeName(after));
    const page = names.slice(first, first + limit);
    const last = page.at(-1);
    if (last !== undefined && first + limit < names.length) {
      const query = new URLSearchParams({ limit: String(limit), cursor: encodeName(last) });
      response.set('Link', `<${request.baseUrl}${request.path}?${query}>; rel="next"`);
    }
    const nowMs = clock.now();
    const answer: IntegrationAnswer[] = page
      .map((name) => fleet.integration(name, nowMs))
      .filter((integration) => integration !== undefined)
      .map((integration) => integrationAnswerOf(integration, clock.toEpochMs));
    response.json(answer);
  };
}

/**
 * The shape that REST answers; an integration's id is its name.
 *
 * @param toEpochMs - Turns a moment of the fleet's time line into milliseconds since the epoch.
 */
export function integrationAnswerOf(
  integration: IntegrationView,
  toEpochMs: (ms: number) => number,
): IntegrationAnswer {
  const { name, meanDurationMs, errorRatio } = integration;
  return {
    integration_id: name,
    integration_name: name,
    status: integration.status,
    last_used: timestampOf(toEpochMs(integration.lastUsedMs)),
    latency_ms: meanDurationMs === null ? null : Math.round(meanDurationMs * 1000) / 1000,
    error_rate: errorRatio === null ? null : Math.round(errorRatio * 10_000) / 10_000,
    health_trend: integration.trend,
    connection_status: integration.connection,
    slow_above_ms: integration.slowAboveMs,
  };
}

/** The place of the first name behind one, by bisection: the names are sorted. */
function placeAfter(names: readonly string[], name: string): number {
  let low = 0;
  let high = names.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (names[middle]! <= name) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** A page begins behind a name, so a cursor holds good whoever comes meanwhile, and over restarts. */
function encodeName(name: string): string {
  return Buffer.from(name).toString('base64url');
}

function decodeName(cursor: string): string {
  const name = Buffer.from(cursor, 'base64url').toString();
  if (encodeName(name) === cursor) return name;
  throw new BadRequest('Cannot read cursor as it must be the cursor of an earlier Link');
}
