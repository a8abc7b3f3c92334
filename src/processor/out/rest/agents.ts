import { setImmediate as nextTurn } from 'node:timers/promises';
import { type AgentStatus, type AgentsAnswer, statusPrecedence } from '@agent-vitals/contract';
import { type RequestHandler, Router } from 'express';
import type { FleetView } from '../../../core/index.ts';
import type { Clock } from '../../clock.ts';
import { problem, sendProblem } from '../../http/index.ts';
import { agentAnswerOf } from './agent-answer.ts';
import { parseAgentsQuery } from './agents-query.ts';
import { createCursorCodec } from './cursor.ts';
import { type ListedFleet, listAgents } from './list-agents.ts';
import { methodNotAllowed } from './problems.ts';
import { parametersOf } from './query.ts';

/** More walks through the fleet at once are told to come back. */
const mostListings = 16;

/** What the routes read. */
export interface AgentsSource {
  readonly fleet: ListedFleet & Pick<FleetView, 'find' | 'view'>;
  readonly clock: Clock;
}

/**
 * The routes of the fleet's list and of one agent.
 *
 * @param source - The fleet, and what now is.
 */
export function agentRoutes(source: AgentsSource): Router {
  const router = Router({ caseSensitive: true });
  router.route('/health/agents').get(listHandler(source)).all(methodNotAllowed('GET, HEAD'));
  // The id may hold slashes, encoded or not: `service.namespace/service.name@host.name` is a default identity.
  router.route('/health/agent/*id').get(agentHandler(source)).all(methodNotAllowed('GET, HEAD'));
  return router;
}

function listHandler({ fleet, clock }: AgentsSource): RequestHandler {
  const cursors = createCursorCodec();
  let listings = 0;
  return async (request, response) => {
    const query = parseAgentsQuery(parametersOf(request.url), cursors);
    if (listings >= mostListings) {
      const detail = `Cannot list as at most ${mostListings} lists may be asked for at once.`;
      sendProblem(response, problem(503, detail, { 'Retry-After': '1' }));
      return;
    }
    listings++;
    try {
      const page = await listAgents(fleet, query, {
        read: (slot) => agentAnswerOf(fleet.view(slot, clock.now()), clock.toEpochMs),
        yieldTurn: () => nextTurn(),
        isWanted: () => !response.destroyed,
      });
      if (page === undefined) return;
      const answer: AgentsAnswer = {
        agents: [...page.agents],
        total: page.total,
        next_cursor: page.nextSlot === null ? null : cursors.encode(page.nextSlot),
        counts: countsOf(fleet),
      };
      response.json(answer);
    } finally {
      listings--;
    }
  };
}

function agentHandler({ fleet, clock }: AgentsSource): RequestHandler {
  return (request, response) => {
    const id = ([] as string[]).concat(request.params.id ?? []).join('/');
    const slot = fleet.find(id);
    if (slot < 0) {
      sendProblem(response, problem(404, `There is no agent ${id.slice(0, 256)}.`));
      return;
    }
    response.json(agentAnswerOf(fleet.view(slot, clock.now()), clock.toEpochMs));
  };
}

function countsOf(fleet: ListedFleet): Record<AgentStatus, number> {
  const counts = statusPrecedence.map((status) => [status, fleet.countIn(status)]);
  return Object.fromEntries(counts) as Record<AgentStatus, number>;
}
