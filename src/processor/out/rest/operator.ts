import express, { type RequestHandler, type Response, Router } from 'express';
import type { Fleet, Transition } from '../../../core/index.ts';
import type { Clock } from '../../clock.ts';
import { callerOf, problem, sendProblem } from '../../http/index.ts';
import { type OperatorAction, operatorActions, takeOperatorAction } from '../../operator-action.ts';
import { agentAnswerOf } from './agent-answer.ts';
import { BadRequest } from './bad-request.ts';
import { methodNotAllowed } from './problems.ts';
import { timeOf } from './query.ts';

/** What an operator did, for whoever keeps the audit log. */
export interface OperatorDeed {
  /** The name of the token; without tokens anybody on this machine. */
  readonly who: string;
  readonly action: OperatorAction | 'acknowledge';
  /** The agent's id, or the alert's. */
  readonly subject: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** What the routes act upon. */
export interface OperatorTarget {
  readonly fleet: Fleet;
  readonly clock: Clock;
  /** Told of what changed at once. */
  onTransitions(transitions: readonly Transition[]): void;
  /** Told before the answer goes out. @returns Whether it is on the disk, soon. */
  audit(deed: OperatorDeed): Promise<boolean>;
}

const bodyLimit = '16kb';

/**
 * The routes of an operator: `POST /health/agent/{id}/pause|resume|mute|forget`. Each answers the agent (forget: 204)
 * and does no harm when it is repeated. The status is 202 where it is in effect but not on the disk yet: it is lost if
 * the processor ends before.
 *
 * @param target - The fleet, and who is told.
 * @param guard - Lets operators through, before a body is read.
 */
export function operatorRoutes(target: OperatorTarget, guard: RequestHandler): Router {
  const router = Router({ caseSensitive: true });
  const body = express.json({ limit: bodyLimit, strict: true });
  for (const action of operatorActions) {
    router
      .route(`/health/agent/*id/${action}`)
      .post(guard, body, actionHandler(target, action))
      // An agent's id may end in such a word: then this is the agent itself that is asked for.
      .get((_request, _response, next) => next('route'))
      .all(methodNotAllowed('GET, HEAD, POST'));
  }
  return router;
}

function actionHandler(target: OperatorTarget, action: OperatorAction): RequestHandler {
  const { fleet, clock } = target;
  return async (request, response) => {
    const id = ([] as string[]).concat(request.params.id ?? []).join('/');
    const untilEpochMs = readBody(action, request.body);
    const nowMs = clock.now();
    const untilMs = nowMs + untilEpochMs - clock.toEpochMs(nowMs);
    if (untilMs <= nowMs) {
      const said = JSON.stringify(request.body.until);
      throw new BadRequest(`Cannot mute as until must be in the future: current value is ${said}`);
    }
    const slot = fleet.find(id);
    if (slot < 0) {
      sendProblem(response, problem(404, `There is no agent ${id.slice(0, 256)}.`));
      return;
    }
    if (action === 'forget' && fleet.view(slot, nowMs).declared) {
      const detail = `Cannot forget ${id} as it is expected by the configuration: remove it from agents first.`;
      sendProblem(response, problem(409, detail));
      return;
    }
    target.onTransitions(takeOperatorAction(fleet, slot, action, { nowMs, untilMs }));
    const isKept = await target.audit({
      who: whoOf(response),
      action,
      subject: id,
      detail: auditDetail(action, untilEpochMs),
    });
    if (action === 'forget') response.status(isKept ? 204 : 202).end();
    else
      response.status(isKept ? 200 : 202).json(agentAnswerOf(fleet.view(slot, clock.now()), clock.toEpochMs));
  };
}

/**
 * Reads the body: `{ until? }` for mute, nothing for the others.
 *
 * @returns Until when, in milliseconds since the epoch; `Infinity` where nothing is said.
 */
function readBody(action: OperatorAction, body: unknown): number {
  if (body === undefined || body === null) return Number.POSITIVE_INFINITY;
  if (typeof body !== 'object' || Array.isArray(body)) {
    throw new BadRequest(
      `Cannot ${action} as the body must be an object or nothing: current value is a list`,
    );
  }
  const allowed = action === 'mute' ? 'until alone' : 'nothing';
  for (const key of Object.keys(body)) {
    if (action === 'mute' && key === 'until') continue;
    throw new BadRequest(
      `Cannot ${action} as the body must hold ${allowed}: current value has ${JSON.stringify(key.slice(0, 64))}`,
    );
  }
  const { until } = body as { until?: unknown };
  return until === undefined || until === null ? Number.POSITIVE_INFINITY : timeOf(until, 'until');
}

function auditDetail(action: OperatorAction, untilEpochMs: number): OperatorDeed['detail'] {
  if (action !== 'mute') return {};
  return { untilEpochMs: Number.isFinite(untilEpochMs) ? untilEpochMs : null };
}

function whoOf(response: Response): string {
  return callerOf(response)?.name ?? 'local';
}
