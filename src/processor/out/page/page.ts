import { type RequestHandler, Router } from 'express';
import { methodNotAllowed } from '../rest/problems.ts';
import type { PageFile } from './page-files.ts';

/**
 * The routes of the page's files.
 *
 * @param files - By path, as `loadPageFiles` reads them.
 */
export function pageRoutes(files: ReadonlyMap<string, PageFile>): Router {
  const router = Router({ caseSensitive: true, strict: true });
  for (const [path, file] of files) {
    router.route(path).get(fileHandler(file)).all(methodNotAllowed('GET, HEAD'));
  }
  return router;
}

function fileHandler({ contentType, body, etag }: PageFile): RequestHandler {
  return (_request, response) => {
    response.set({ 'Content-Type': contentType, ETag: etag });
    response.send(body);
  };
}
