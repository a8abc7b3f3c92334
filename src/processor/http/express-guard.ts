import type { RequestHandler, Response } from 'express';
import { type Access, type GuardRules, guardRequest } from './guards.ts';
import { sendProblem } from './problem.ts';
import type { Caller } from './tokens.ts';

/**
 * Makes Express middleware of {@link guardRequest}: what is refused gets a problem body, what passes has its caller in
 * `response.locals` for {@link callerOf}. To be put before anything that reads a body.
 *
 * @param rules - Those of the listener.
 * @param access - What the routes behind it need.
 * @example
 * ```ts
 * app.get('/metrics', expressGuard(rules, 'read'), metrics);
 * app.post('/api/health/agent/:id/pause', expressGuard(rules, 'operator'), express.json(), pause);
 * ```
 */
export function expressGuard(rules: GuardRules, access: Access): RequestHandler {
  return (request, response, next) => {
    const { refusal, caller } = guardRequest(request, rules, access);
    if (refusal !== undefined) {
      sendProblem(response, refusal);
      return;
    }
    response.locals.caller = caller;
    next();
  };
}

/** Whose request it is; undefined where nobody said. */
export function callerOf(response: Response): Caller | undefined {
  return response.locals.caller as Caller | undefined;
}
