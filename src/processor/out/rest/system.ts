import { type RequestHandler, Router } from 'express';
import type { SystemService } from '../../health/index.ts';
import { methodNotAllowed } from './problems.ts';

/** What the route reads. */
export interface SystemSource {
  readonly system: Pick<SystemService, 'read'>;
}

/**
 * The route of the system as a whole: `GET /health/system`.
 *
 * @param source - Who knows.
 */
export function systemRoutes({ system }: SystemSource): Router {
  const router = Router({ caseSensitive: true });
  const handler: RequestHandler = async (_request, response) => {
    response.json(await system.read());
  };
  router.route('/health/system').get(handler).all(methodNotAllowed('GET, HEAD'));
  return router;
}
