import type { IncidentsAnswer } from '@agent-vitals/contract';
import { type RequestHandler, Router } from 'express';
import type { Incident } from '../../../core/index.ts';
import type { Clock } from '../../clock.ts';
import { problem, sendProblem } from '../../http/index.ts';
import { StoreError } from '../../store/index.ts';
import { defaultLimit, maxLimit } from './agents-query.ts';
import { incidentAnswerOf } from './alert-answer.ts';
import { BadRequest } from './bad-request.ts';
import { methodNotAllowed } from './problems.ts';
import { parametersOf, refuseUnknown, single, wholeNumber } from './query.ts';

const parameters = ['limit', 'cursor'] as const;

/** Where incidents are kept. */
export interface IncidentsSource {
  /**
   * Reads a page, the newest first.
   *
   * @throws RangeError where the cursor is none of its own; StoreError where they can't be read at present.
   */
  incidents(query: {
    limit: number;
    cursor?: string | undefined;
  }): Promise<{ readonly items: readonly Incident[]; readonly nextCursor: string | null }>;
  readonly clock: Clock;
}

/** The route of incidents: `GET /health/incidents?limit=&cursor=`, the newest first. */
export function incidentRoutes(source: IncidentsSource): Router {
  const router = Router({ caseSensitive: true });
  router.route('/health/incidents').get(listHandler(source)).all(methodNotAllowed('GET, HEAD'));
  return router;
}

function listHandler({ incidents, clock }: IncidentsSource): RequestHandler {
  return async (request, response) => {
    const search = parametersOf(request.url);
    refuseUnknown(search, parameters);
    const bounds = { least: 1, most: maxLimit, otherwise: defaultLimit };
    const limit = wholeNumber(single(search, 'limit'), 'limit', bounds);
    try {
      const { items, nextCursor } = await incidents({ limit, cursor: single(search, 'cursor') ?? undefined });
      const answer: IncidentsAnswer = {
        incidents: items.map((incident) => incidentAnswerOf(incident, clock.toEpochMs)),
        next_cursor: nextCursor,
      };
      response.json(answer);
    } catch (error) {
      if (error instanceof RangeError) throw new BadRequest(error.message);
      if (!(error instanceof StoreError)) throw error;
      const detail = `Cannot list incidents as the store must be readable: it is not (${error.fault}).`;
      sendProblem(response, problem(503, detail, { 'Retry-After': '5' }));
    }
  };
}
