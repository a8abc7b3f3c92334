import { setImmediate as nextTurn } from 'node:timers/promises';
import type { SessionAnswer, SessionSummaryAnswer, SessionsAnswer } from '@agent-vitals/contract';
import { type RequestHandler, Router } from 'express';
import type { FleetView } from '../../../core/index.ts';
import { agentsListed, type SessionService } from '../../health/index.ts';
import { problem, sendProblem } from '../../http/index.ts';
import { defaultLimit, maxLimit } from './agents-query.ts';
import { createCursorCodec } from './cursor.ts';
import { methodNotAllowed } from './problems.ts';
import { parametersOf, refuseUnknown, single, wholeNumber } from './query.ts';
import { parseSessionRequest } from './sessions-query.ts';

const parameters = ['limit', 'cursor'] as const;
/** More collections at once are told to come back; one that lists more agents than most counts for several. */
const mostCollections = 16;

/** Agents written before others get their turn: about a millisecond's work. */
const agentsPerTurn = 256;

/** What the routes read. */
export interface SessionsSource {
  readonly fleet: Pick<FleetView, 'sessionCount' | 'sessionLimit' | 'sessionAt'>;
  readonly sessions: Pick<SessionService, 'collect' | 'summaryOf' | 'statistics'>;
}

/**
 * The routes of sessions: the list, how collecting goes, and one session.
 *
 * @param source - The fleet, and who judges its sessions.
 */
export function sessionRoutes(source: SessionsSource): Router {
  const router = Router({ caseSensitive: true });
  router.route('/health/sessions').get(listHandler(source)).all(methodNotAllowed('GET, HEAD'));
  // Before the session itself, whose id may hold anything: one that is called "stats" is found in the list alone.
  router.route('/health/sessions/stats').get(statisticsHandler(source)).all(methodNotAllowed('GET, HEAD'));
  router.route('/health/sessions/*id').get(sessionHandler(source)).all(methodNotAllowed('GET, HEAD'));
  return router;
}

/** A session keeps its index for as long as it has members: who stays is met exactly once. */
function listHandler({ fleet, sessions }: SessionsSource): RequestHandler {
  const cursors = createCursorCodec();
  return (request, response) => {
    const search = parametersOf(request.url);
    refuseUnknown(search, parameters);
    const limit = wholeNumber(single(search, 'limit'), 'limit', {
      least: 1,
      most: maxLimit,
      otherwise: defaultLimit,
    });
    const cursor = single(search, 'cursor');
    const page: SessionSummaryAnswer[] = [];
    let next: number | null = null;
    for (let index = cursor === null ? 0 : cursors.decode(cursor); index < fleet.sessionLimit; index++) {
      const session = fleet.sessionAt(index);
      if (session === undefined) continue;
      if (page.length === limit) {
        next = index;
        break;
      }
      page.push(sessions.summaryOf(session));
    }
    const answer: SessionsAnswer = {
      sessions: page,
      total: fleet.sessionCount,
      next_cursor: next === null ? null : cursors.encode(next),
    };
    response.json(answer);
  };
}

function statisticsHandler({ sessions }: SessionsSource): RequestHandler {
  return (_request, response) => void response.json(sessions.statistics());
}

function sessionHandler({ sessions }: SessionsSource): RequestHandler {
  let underWay = 0;
  return async (request, response) => {
    const id = ([] as string[]).concat(request.params.id ?? []).join('/');
    const asked = parseSessionRequest(parametersOf(request.url));
    const weight = Math.ceil(asked.limit / agentsListed);
    if (underWay + weight > mostCollections) {
      const detail = `Cannot collect as at most ${mostCollections} sessions may be asked for at once.`;
      sendProblem(response, problem(503, detail, { 'Retry-After': '1' }));
      return;
    }
    underWay += weight;
    try {
      const answer = await sessions.collect(id, asked);
      if (answer !== undefined) response.type('json').send(await inSlices(answer));
      else sendProblem(response, problem(404, `There is no session ${id.slice(0, 256)}.`));
    } finally {
      underWay -= weight;
    }
  };
}

/** Writes an answer as JSON, some agents a turn: thousands at once would hold everybody up. */
async function inSlices({ agents, ...rest }: SessionAnswer): Promise<Buffer> {
  const parts = [Buffer.from(`${JSON.stringify(rest).slice(0, -1)},"agents":[`)];
  for (let first = 0; first < agents.length; first += agentsPerTurn) {
    if (first > 0) await nextTurn();
    const slice = JSON.stringify(agents.slice(first, first + agentsPerTurn)).slice(1, -1);
    parts.push(Buffer.from(first > 0 ? `,${slice}` : slice));
  }
  parts.push(Buffer.from(']}'));
  return Buffer.concat(parts);
}
