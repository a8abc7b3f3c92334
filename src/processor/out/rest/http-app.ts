import express, { type Express, type RequestHandler, Router } from 'express';
import { expressGuard, type GuardRules } from '../../http/index.ts';
import { loginRoutes } from '../page/login.ts';
import { pageRoutes } from '../page/page.ts';
import type { PageFile } from '../page/page-files.ts';
import { Sessions, sessionIdOf } from '../page/sessions.ts';
import { agentRoutes } from './agents.ts';
import { type AlertsSource, alertRoutes } from './alerts.ts';
import { type HistorySource, historyRoutes } from './history.ts';
import { type IncidentsSource, incidentRoutes } from './incidents.ts';
import { integrationRoutes } from './integrations.ts';
import { openApiDocument } from './openapi.ts';
import { type OperatorTarget, operatorRoutes } from './operator.ts';
import { probeRoutes, type Readiness } from './probes.ts';
import { errorHandler, methodNotAllowed, notFound } from './problems.ts';
import { type SessionsSource, sessionRoutes } from './sessions.ts';
import { type SystemSource, systemRoutes } from './system.ts';
import { type TransitionsSource, transitionRoutes } from './transitions.ts';

/** What the listener for people and programs needs. */
export interface HttpAppOptions
  extends OperatorTarget,
    TransitionsSource,
    Omit<SessionsSource, 'fleet'>,
    SystemSource,
    HistorySource,
    AlertsSource,
    IncidentsSource {
  /** Known once the listener is bound. */
  readonly rules: () => GuardRules;
  readonly readiness: () => Readiness;
  readonly pageFiles: ReadonlyMap<string, PageFile>;
  /** Answers GET /metrics. */
  readonly metrics: RequestHandler;
  /** Told of what failed through no fault of the caller. */
  onFailure(where: string, error: unknown): void;
  readonly version: string;
}

/** Scripts, styles and requests from here alone, nothing inline, no frame around it, and no markup made from text. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ');

const securityHeaders: RequestHandler = (_request, response, next) => {
  response.set({
    'Content-Security-Policy': contentSecurityPolicy,
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
    'Cross-Origin-Resource-Policy': 'same-origin',
    // Asked for again each time; an ETag spares the body.
    'Cache-Control': 'no-cache',
  });
  next();
};

/**
 * Puts together what is served on `http.endpoint`: probes, page, login, /metrics and REST.
 *
 * @returns The application, to be served by `node:http`.
 */
export function createHttpApp(options: HttpAppOptions): Express {
  const { rules, readiness, pageFiles, metrics, onFailure, version, clock } = options;
  const sessions = new Sessions(() => clock.now());
  const guard = expressGuard(rules, (request) => sessions.find(sessionIdOf(request.headers.cookie) ?? ''));

  const api = Router({ caseSensitive: true });
  api.use(guard('read'));
  // Before the agent itself, whose id may hold slashes.
  api.use(operatorRoutes(options, guard('operator')));
  api.use(transitionRoutes(options));
  api.use(agentRoutes(options));
  api.use(sessionRoutes(options));
  api.use(integrationRoutes(options));
  api.use(systemRoutes(options));
  api.use(historyRoutes(options));
  api.use(alertRoutes(options, guard('operator')));
  api.use(incidentRoutes(options));
  const openApi = openApiDocument(version);
  api
    .route('/openapi.json')
    .get((_request, response) => void response.json(openApi))
    .all(methodNotAllowed('GET, HEAD'));

  const app = express();
  app.disable('x-powered-by');
  app.use(securityHeaders);
  app.use(guard('public'));
  app.use(probeRoutes(readiness));
  app.use(pageRoutes(pageFiles));
  app.use(loginRoutes(() => rules().tokens, sessions));
  app.route('/metrics').get(guard('read'), metrics).all(methodNotAllowed('GET, HEAD'));
  app.use('/api', api);
  app.use(notFound);
  app.use(errorHandler(onFailure));
  return app;
}
