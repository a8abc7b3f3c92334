import { type RequestHandler, Router } from 'express';
import type { HealthLevels } from '../../../core/index.ts';
import type { Clock } from '../../clock.ts';
import {
  type HistoryPoint,
  type HistoryResolution,
  type RollupSource,
  readHistory,
} from '../../history/history-reader.ts';
import { problem, sendProblem } from '../../http/index.ts';
import { type HistoryKind, historyKinds } from '../../store/index.ts';
import { BadRequest } from './bad-request.ts';
import { methodNotAllowed } from './problems.ts';
import { parametersOf, refuseUnknown, single, wholeNumber } from './query.ts';

const parameters = ['entity_id', 'days', 'resolution'] as const;
const resolutions: readonly HistoryResolution[] = ['minute', 'hour', 'day'];
const defaultDays = 30;
const maxDays = 90;
/** Minutes are kept for a day. */
const maxMinuteDays = 1;

/** The shape of `GET /health/history/{type}`. */
export interface HistoryAnswer {
  health_type: HistoryKind;
  entity_id: string;
  days: number;
  data_points: number;
  history: readonly HistoryPoint[];
}

export interface HistorySource extends RollupSource {
  readonly clock: Clock;
  /** What score is which level. */
  readonly levels: HealthLevels;
}

/**
 * The routes of histories: `GET /health/history/{agent, integration, session, system}?entity_id=&days=30&resolution=`.
 *
 * @param source - Where rollups are kept, and what now is.
 */
export function historyRoutes(source: HistorySource): Router {
  const router = Router({ caseSensitive: true });
  for (const kind of historyKinds) {
    router.route(`/health/history/${kind}`).get(handlerOf(source, kind)).all(methodNotAllowed('GET, HEAD'));
  }
  return router;
}

function handlerOf(source: HistorySource, kind: HistoryKind): RequestHandler {
  return async (request, response) => {
    const search = parametersOf(request.url);
    refuseUnknown(search, parameters);
    const name = nameOf(kind, single(search, 'entity_id'));
    const days = wholeNumber(single(search, 'days'), 'days', {
      least: 1,
      most: maxDays,
      otherwise: defaultDays,
    });
    const resolution = resolutionOf(single(search, 'resolution'), days);
    const nowEpochMs = source.clock.toEpochMs(source.clock.now());
    const history = await readHistory(source, { kind, name, days, resolution }, nowEpochMs, source.levels);
    if (history === undefined) {
      sendProblem(response, problem(404, `There is no history of ${kind} ${name.slice(0, 256)} yet.`));
      return;
    }
    const answer: HistoryAnswer = {
      health_type: kind,
      entity_id: name,
      days,
      data_points: history.length,
      history,
    };
    response.json(answer);
  };
}

function nameOf(kind: HistoryKind, entityId: string | null): string {
  if (kind === 'system') {
    if (entityId !== null && entityId !== 'system') {
      throw new BadRequest(
        `Cannot use entity_id as there is one system: current value is ${entityId.slice(0, 64)}`,
      );
    }
    return 'system';
  }
  if (entityId === null || entityId === '') {
    throw new BadRequest(
      `Cannot tell a history as entity_id must name the ${kind}: current value is missing`,
    );
  }
  return entityId;
}

function resolutionOf(value: string | null, days: number): HistoryResolution | undefined {
  if (value === null) return undefined;
  const resolution = resolutions.find((known) => known === value);
  if (resolution === undefined) {
    const said = value.slice(0, 64);
    throw new BadRequest(
      `Cannot use resolution as it must be one of ${resolutions.join(', ')}: current value is ${said}`,
    );
  }
  if (resolution === 'minute' && days > maxMinuteDays) {
    throw new BadRequest(`Cannot use days as it must be 1 by minutes: current value is ${days}`);
  }
  return resolution;
}
