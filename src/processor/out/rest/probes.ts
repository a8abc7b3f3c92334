import { type RequestHandler, Router } from 'express';
import { problem, sendProblem } from '../../http/index.ts';
import { methodNotAllowed } from './problems.ts';

/**
 * Whether the processor can do its work: where it listens, or why it can't. While the store fails it goes on, in
 * memory: that is said, and is no reason to send nothing or to start it anew.
 */
export type Readiness =
  | {
      readonly isReady: true;
      readonly listeners: { readonly http: string; readonly otlp_http: string };
      readonly store: 'working' | 'failing';
    }
  | { readonly isReady: false; readonly reason: string };

/**
 * The routes that supervisors ask: alive as long as something answers, ready while every listener is up.
 *
 * @param readiness - Asked each time.
 */
export function probeRoutes(readiness: () => Readiness): Router {
  const router = Router({ caseSensitive: true });
  const alive: RequestHandler = (_request, response) => void response.json({ status: 'alive' });
  const ready: RequestHandler = (_request, response) => {
    const state = readiness();
    if (state.isReady) response.json({ status: 'ready', listeners: state.listeners, store: state.store });
    else sendProblem(response, problem(503, state.reason));
  };
  router.route('/healthz').get(alive).all(methodNotAllowed('GET, HEAD'));
  router.route('/readyz').get(ready).all(methodNotAllowed('GET, HEAD'));
  return router;
}
