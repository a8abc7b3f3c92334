import express, { type RequestHandler, type Response, Router } from 'express';
import type { Fleet, Transition } from '../../../core/index.ts';
import type { Clock } from '../../clock.ts';
import { callerOf, problem, sendProblem } from '../../http/index.ts';
import { agentAnswerOf } from './agent-answer.ts';
import { BadRequest } from './bad-request.ts';
import { methodNotAllowed } from './problems.ts';
import { timeOf } from './query.ts';

/** What an operator may do to an agent. */
export const operatorActions = ['pause', 'resume', 'mute', 'forget'] as const;
export type OperatorAction = (typeof operatorActions)[number];

/** What an operator did, for whoever keeps the audit log. */
export interface OperatorDeed {
  /** The name of the token; without tokens anybody on this machine. */
  readonly who: string;
  readonly action: OperatorAction;
  /** The agent's id. */
  readonly subject: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** What the routes act upon. */
export interface OperatorTarget {
  readonly fleet: Fleet;
  readonly clock: Clock;
  /** Told of what changed at once. */
  onTransitions(transitions: readonly Transition[]): void;
  /** Told before the answer goes out. @returns Whether it is on the disk. */
  audit(deed: OperatorDeed): Promise<boolean>;
}

const bodyLimit = '16kb';

/**
 * The routes of an operator: `POST /health/agent/{id}/pause|resume|mute|forget`. Each answers the agent (forget: 204)
 * and does no harm when it is repeated.
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
      .all(methodNotAllowed('POST'));
  }
  return router;
}

function actionHandler(target: OperatorTarget, action: OperatorAction): RequestHandler {
  const { fleet, clock } = target;
  return async (request, response) => {
    const id = ([] as string[]).concat(request.params.id ?? []).join('/');
    const detail = detailOf(action, request.body, clock);
    const slot = fleet.find(id);
    if (slot < 0) {
      sendProblem(response, problem(404, `There is no agent ${id.slice(0, 256)}.`));
      return;
    }
    act(target, action, slot, detail.untilMs);
    await target.audit({ who: whoOf(response), action, subject: id, detail: detail.said });
    if (action === 'forget') response.status(204).end();
    else response.json(agentAnswerOf(fleet.view(slot, clock.now()), clock.toEpochMs));
  };
}

function act(target: OperatorTarget, action: OperatorAction, slot: number, untilMs: number): void {
  const { fleet, clock } = target;
  const nowMs = clock.now();
  switch (action) {
    case 'pause':
      fleet.beginMaintenance(slot, nowMs);
      return;
    case 'resume':
      target.onTransitions(fleet.endMaintenance(slot, nowMs));
      fleet.unmute(slot);
      return;
    case 'mute':
      fleet.mute(slot, untilMs);
      return;
    case 'forget':
      fleet.forget(slot, nowMs);
      return;
  }
}

/** Reads the body: `{ until? }` for mute, nothing for the others. */
function detailOf(
  action: OperatorAction,
  body: unknown,
  clock: Clock,
): { untilMs: number; said: Readonly<Record<string, unknown>> } {
  const given = (body ?? {}) as Record<string, unknown>;
  const known = action === 'mute' ? ['until'] : [];
  for (const key of Object.keys(given)) {
    if (known.includes(key)) continue;
    const allowed = known.length === 0 ? 'empty' : `of ${known.join(', ')} alone`;
    throw new BadRequest(`Cannot use ${key.slice(0, 64)} as the body of ${action} must be ${allowed}`);
  }
  if (given.until === undefined || given.until === null)
    return { untilMs: Number.POSITIVE_INFINITY, said: action === 'mute' ? { untilEpochMs: null } : {} };
  const untilEpochMs = timeOf(given.until, 'until');
  const untilMs = clock.now() + (untilEpochMs - clock.toEpochMs(clock.now()));
  if (untilMs <= clock.now()) {
    throw new BadRequest(
      `Cannot mute as until must be in the future: current value is ${String(given.until)}`,
    );
  }
  return { untilMs, said: { untilEpochMs } };
}

function whoOf(response: Response): string {
  return callerOf(response)?.name ?? 'local';
}
