import express, { type RequestHandler, Router } from 'express';
import { problem, roleIncludes, sendProblem, type Tokens } from '../../http/index.ts';
import { methodNotAllowed } from '../rest/problems.ts';
import { type Sessions, sessionCookieHeader, sessionIdOf } from './sessions.ts';

/** A token file holds at most 4 KiB, and JSON needs a little around it. */
const mostBodyBytes = 8 * 1024;

/**
 * The routes by which a person exchanges a token for a session, and ends it. They change state, so the guard before
 * them has checked Origin and content type.
 *
 * @param tokens - Read anew at each login.
 * @param sessions - Where the session is kept.
 */
export function loginRoutes(tokens: () => Tokens, sessions: Sessions): Router {
  const router = Router({ caseSensitive: true });
  const body = express.json({ limit: mostBodyBytes, inflate: false });
  router
    .route('/login')
    .get(tellSession(sessions))
    .post(body, logIn(tokens, sessions))
    .all(methodNotAllowed('GET, HEAD, POST'));
  router.route('/logout').post(logOut(sessions)).all(methodNotAllowed('POST'));
  return router;
}

function logIn(tokens: () => Tokens, sessions: Sessions): RequestHandler {
  return (request, response) => {
    const token: unknown = request.body?.token;
    if (typeof token !== 'string' || token === '') {
      sendProblem(response, problem(400, 'The body must be {"token": "…"}.'));
      return;
    }
    const caller = tokens().authenticate(`Bearer ${token.trim()}`);
    if (caller === undefined || !roleIncludes(caller.role, 'read')) {
      const detail =
        caller === undefined
          ? 'The token is not known.'
          : `The page needs a token of role read or operator: the role of this one is ${caller.role}.`;
      sendProblem(response, problem(401, detail, { 'WWW-Authenticate': 'Bearer realm="agent-vitals"' }));
      return;
    }
    const id = sessions.begin(caller);
    response.set('Set-Cookie', sessionCookieHeader(id)).status(204).end();
  };
}

/** The page can't read its cookie, so it asks whether it has one. */
function tellSession(sessions: Sessions): RequestHandler {
  return (request, response) => {
    const session = sessions.find(sessionIdOf(request.headers.cookie) ?? '');
    response.json({ session: session ?? null });
  };
}

function logOut(sessions: Sessions): RequestHandler {
  return (request, response) => {
    const id = sessionIdOf(request.headers.cookie);
    if (id !== undefined) sessions.end(id);
    response.set('Set-Cookie', sessionCookieHeader('')).status(204).end();
  };
}
