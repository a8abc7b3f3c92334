import type { IncomingMessage } from 'node:http';
import type { RequestHandler, Response } from 'express';
import { type Access, type GuardRules, guardRequest } from './guards.ts';
import { sendProblem } from './problem.ts';
import type { Caller } from './tokens.ts';

/** Makes the guard of routes that need this much. */
export type Guard = (access: Access) => RequestHandler;

/**
 * Makes Express middleware of {@link guardRequest}: what is refused gets a problem body, what passes has its caller in
 * `response.locals` for {@link callerOf}. To be put before anything that reads a body.
 *
 * @param rules - Those of the listener, read anew at each request.
 * @param sessionOf - Who is logged in by the request's cookie.
 * @example
 * ```ts
 * const guard = expressGuard(() => rules, (request) => sessions.find(idIn(request.headers.cookie)));
 * app.get('/metrics', guard('read'), metrics);
 * app.post('/api/health/agent/:id/pause', guard('operator'), express.json(), pause);
 * ```
 */
export function expressGuard(
  rules: () => GuardRules,
  sessionOf: (request: IncomingMessage) => Caller | undefined = () => undefined,
): Guard {
  return (access) => (request, response, next) => {
    const { refusal, caller } = guardRequest(request, rules(), access, sessionOf);
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
