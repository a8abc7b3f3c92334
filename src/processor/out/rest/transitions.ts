import type { AgentStatus, TransitionAnswer, TransitionsAnswer } from '@agent-vitals/contract';
import { type RequestHandler, Router } from 'express';
import { problem, sendProblem } from '../../http/index.ts';
import { StoreError } from '../../store/index.ts';
import { BadRequest } from './bad-request.ts';
import { methodNotAllowed } from './problems.ts';
import { parametersOf, refuseUnknown, single, timeOf, wholeNumber } from './query.ts';

const parameters = ['agent', 'since', 'limit', 'cursor'] as const;
const defaultLimit = 100;
const maxLimit = 1000;

/** A transition that is kept, dated by the wall clock in milliseconds. */
export interface KeptTransition {
  readonly agent: string;
  readonly from: AgentStatus | null;
  readonly to: AgentStatus;
  readonly atEpochMs: number;
  readonly reason: string;
  readonly irregular: boolean;
}

/** Where transitions are kept. */
export interface TransitionsSource {
  /**
   * Reads a page, the newest first.
   *
   * @throws RangeError where the cursor is none of its own; StoreError where they can't be read at present.
   */
  transitions(query: {
    agent?: string | undefined;
    sinceEpochMs?: number | undefined;
    limit: number;
    cursor?: string | undefined;
  }): Promise<{ readonly items: readonly KeptTransition[]; readonly nextCursor: string | null }>;
}

/**
 * The route of changes of status: `GET /health/transitions?agent=&since=&limit=&cursor=`, the newest first.
 *
 * @param source - Where they are kept.
 */
export function transitionRoutes(source: TransitionsSource): Router {
  const router = Router({ caseSensitive: true });
  router.route('/health/transitions').get(listHandler(source)).all(methodNotAllowed('GET, HEAD'));
  return router;
}

function listHandler(source: TransitionsSource): RequestHandler {
  return async (request, response) => {
    const search = parametersOf(request.url);
    refuseUnknown(search, parameters);
    const since = single(search, 'since');
    const query = {
      agent: single(search, 'agent') ?? undefined,
      sinceEpochMs: since === null ? undefined : timeOf(since, 'since'),
      limit: wholeNumber(single(search, 'limit'), 'limit', {
        least: 1,
        most: maxLimit,
        otherwise: defaultLimit,
      }),
      cursor: single(search, 'cursor') ?? undefined,
    };
    try {
      const { items, nextCursor } = await source.transitions(query);
      const answer: TransitionsAnswer = {
        transitions: items.map(transitionAnswerOf),
        next_cursor: nextCursor,
      };
      response.json(answer);
    } catch (error) {
      if (error instanceof RangeError) throw new BadRequest(error.message);
      if (!(error instanceof StoreError)) throw error;
      // The log and the metrics tell of the store; what is asked for here waits for it.
      const detail = `Cannot list transitions as the store must be readable: it is not (${error.fault}).`;
      sendProblem(response, problem(503, detail, { 'Retry-After': '5' }));
    }
  };
}

/** The shape that REST answers. */
export function transitionAnswerOf(transition: KeptTransition): TransitionAnswer {
  const { agent, from, to, atEpochMs, reason, irregular } = transition;
  return { agent, from, to, at: new Date(atEpochMs).toISOString(), reason, irregular };
}
