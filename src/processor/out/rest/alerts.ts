import type { AlertAnswer } from '@agent-vitals/contract';
import express, { type RequestHandler, Router } from 'express';
import type { Acknowledgement, Alert, AlertSettings } from '../../../core/index.ts';
import type { Clock } from '../../clock.ts';
import { callerOf, problem, sendProblem } from '../../http/index.ts';
import { type AcknowledgeBody, readAcknowledgeBody } from './acknowledge-body.ts';
import { alertAnswerOf } from './alert-answer.ts';
import { encodePlace, parseAlertsQuery } from './alerts-query.ts';
import { BadRequest } from './bad-request.ts';
import { pickAlerts } from './list-alerts.ts';
import type { OperatorDeed } from './operator.ts';
import { methodNotAllowed } from './problems.ts';
import { parametersOf } from './query.ts';

/** What the routes read, and act upon. */
export interface AlertsSource {
  readonly alerts: {
    /** Pending, firing, and those that were resolved within the last day. */
    entries(): Iterable<Alert>;
    find(id: string): Alert | undefined;
    /** @returns The alert as it is now; undefined where it isn't known any more. */
    acknowledge(id: string, acknowledgement: Omit<Acknowledgement, 'atMs'>): Alert | undefined;
  };
  /** How they are judged and told. */
  readonly alertSettings: AlertSettings;
  readonly clock: Clock;
  /** Told before the answer goes out. @returns Whether everything up to it is on the disk. */
  audit(deed: OperatorDeed): Promise<boolean>;
}

const bodyLimit = '16kb';

/**
 * The routes of alerts: `GET /health/alerts`, a bare list whose next page `Link: rel=next` names, and
 * `POST /health/alerts/{id}/acknowledge`, which answers the alert and does no harm when it is repeated.
 *
 * @param source - Who judges them, and who is told.
 * @param guard - Lets operators through, before a body is read.
 */
export function alertRoutes(source: AlertsSource, guard: RequestHandler): Router {
  const router = Router({ caseSensitive: true });
  router.route('/health/alerts').get(listHandler(source)).all(methodNotAllowed('GET, HEAD'));
  router
    .route('/health/alerts/:id/acknowledge')
    .post(guard, express.json({ limit: bodyLimit, strict: true }), acknowledgeHandler(source))
    .all(methodNotAllowed('POST'));
  return router;
}

function listHandler({ alerts, alertSettings, clock }: AlertsSource): RequestHandler {
  return async (request, response) => {
    const search = parametersOf(request.url);
    const { matches, after, limit } = parseAlertsQuery(search);
    const { page, next } = await pickAlerts(alerts.entries(), matches, after, limit);
    if (next !== null) {
      search.set('cursor', encodePlace(next));
      response.set('Link', `<${request.baseUrl}${request.path}?${search}>; rel="next"`);
    }
    const nowMs = clock.now();
    const answer: AlertAnswer[] = page.map((alert) =>
      alertAnswerOf(alert, alertSettings, clock.toEpochMs, nowMs),
    );
    response.json(answer);
  };
}

function acknowledgeHandler({ alerts, alertSettings, clock, audit }: AlertsSource): RequestHandler {
  return async (request, response) => {
    const id = String(request.params.id);
    const body = readAcknowledgeBody(request.body);
    const nowMs = clock.now();
    const untilMs = nowMs + body.untilEpochMs - clock.toEpochMs(nowMs);
    if (untilMs <= nowMs) {
      const said = JSON.stringify(request.body.until);
      throw new BadRequest(`Cannot acknowledge as until must be in the future: current value is ${said}`);
    }
    const alert = alerts.find(id);
    if (alert === undefined) {
      sendProblem(
        response,
        problem(404, `There is no alert ${id.slice(0, 64)}: /api/health/alerts lists them.`),
      );
      return;
    }
    if (alert.state === 'resolved') {
      const detail = `Cannot acknowledge ${alert.name} of ${alert.subject} as it must be pending or firing: it is resolved.`;
      sendProblem(response, problem(409, detail));
      return;
    }
    const who = callerOf(response)?.name ?? body.by ?? 'local';
    if (!isSame(alert.acknowledgement, who, body, untilMs))
      alerts.acknowledge(id, { by: who, untilMs, comment: body.comment });
    const isKept = await audit({
      who,
      action: 'acknowledge',
      subject: id,
      detail: {
        alert: alert.name,
        severity: alert.severity,
        of: alert.subject,
        comment: body.comment,
        untilEpochMs: Number.isFinite(untilMs) ? body.untilEpochMs : null,
      },
    });
    // 202: it holds, but a restart would lose it until the disk can be written again.
    // It may be over by now: then nobody is needed any more, and the answer says so.
    const answer = alertAnswerOf(alerts.find(id) ?? alert, alertSettings, clock.toEpochMs, clock.now());
    response.status(isKept ? 200 : 202).json(answer);
  };
}

/** Whether this was said before: then the first time counts. The wall clock may have been slewed in between. */
function isSame(
  former: Acknowledgement | null,
  by: string,
  { comment }: AcknowledgeBody,
  untilMs: number,
): boolean {
  if (former === null || former.by !== by || former.comment !== comment) return false;
  return former.untilMs === untilMs || Math.abs(former.untilMs - untilMs) < 1_000;
}
