import type { RequestHandler } from 'express';
import {
  changesState,
  refuseForeignHost,
  refuseForeignOrigin,
  refuseOtherThanJson,
  refuseRole,
} from '../../http/guards.ts';
import { type Access, type Caller, type GuardRules, sendProblem } from '../../http/index.ts';
import { type Sessions, sessionIdOf } from '../page/sessions.ts';

/** Makes the guard of routes that need this much. */
export type Guard = (access: Access) => RequestHandler;

/**
 * Guards what people and programs ask: programs show a bearer token, the page's user a session's cookie. A cookie is
 * looked at only where there is no Authorization header, and never excuses a foreign Host: a rebound page that was
 * logged into would have one.
 *
 * @param rules - Of the listener; read anew at each request.
 * @param sessions - Of those who logged in.
 */
export function guardWithSessions(rules: () => GuardRules, sessions: Sessions): Guard {
  return (access) => (request, response, next) => {
    const { tokens, hosts } = rules();
    const bearer = tokens.authenticate(request.headers.authorization);
    const caller = bearer ?? (request.headers.authorization === undefined ? sessionCaller() : undefined);
    const refusal =
      refuseForeignHost(request, hosts, bearer) ??
      refuseRole(request, tokens, access, caller) ??
      (changesState(request) ? (refuseForeignOrigin(request) ?? refuseOtherThanJson(request)) : undefined);
    if (refusal !== undefined) {
      sendProblem(response, refusal);
      return;
    }
    response.locals.caller = caller;
    next();

    function sessionCaller(): Caller | undefined {
      const session = sessions.find(sessionIdOf(request.headers.cookie) ?? '');
      return session === undefined ? undefined : { name: session.tokenName, role: session.role };
    }
  };
}
