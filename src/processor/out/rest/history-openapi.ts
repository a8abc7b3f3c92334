import type { HistoryPoint } from '../../history/history-reader.ts';
import { historyKinds } from '../../store/index.ts';
import type { HistoryAnswer } from './history.ts';
import { json, problem, queryParameter, refused } from './openapi-parts.ts';
import {
  count,
  described,
  list,
  object,
  oneOf,
  orNull,
  ratio,
  type Schema,
  text,
  timestamp,
} from './schemas.ts';

// The routes of histories, as OpenAPI describes them.

const seconds: Schema = { type: 'number', minimum: 0 };

const pointSchema = object<HistoryPoint>({
  timestamp: described(timestamp, "The bucket's beginning; days begin at midnight UTC."),
  health_score: orNull(ratio, 'Mean of the samples; null where nothing was sampled.'),
  health_score_min: orNull(ratio),
  status: orNull(
    text,
    'Of agents and the system the level of the score; else the state it was in for longest.',
  ),
  metrics: described(
    object<HistoryPoint['metrics']>({
      total_executions: orNull(count),
      completed: orNull(count),
      failed: orNull(count),
    }),
    'Null where nobody looked.',
  ),
  state_seconds: {
    type: 'object',
    description: "Seconds in each state that it was in; the system's are those of all agents together.",
    additionalProperties: seconds,
  },
  unobserved_seconds: described(seconds, 'Seconds in which nobody looked, or nothing was known.'),
});

/** What components.schemas has for these routes. */
export const historySchemas = {
  HistoryPoint: pointSchema,
  History: object<HistoryAnswer>({
    health_type: oneOf(historyKinds),
    entity_id: text,
    days: count,
    data_points: count,
    history: list({ $ref: '#/components/schemas/HistoryPoint' }),
  }),
};

/** The paths of these routes. */
export const historyPaths = {
  '/api/health/history/{type}': {
    get: {
      operationId: 'getHistory',
      summary: 'How an agent, session, integration or the system fared over time',
      parameters: [
        {
          name: 'type',
          in: 'path',
          required: true,
          schema: { type: 'string', enum: historyKinds },
        },
        queryParameter('entity_id', 'Its id or name; not needed for the system.', { type: 'string' }),
        queryParameter('days', 'How far back, today included.', {
          type: 'integer',
          minimum: 1,
          maximum: 90,
          default: 30,
        }),
        queryParameter('resolution', 'By default hours up to two days, days beyond; minutes for one day.', {
          type: 'string',
          enum: ['minute', 'hour', 'day'],
        }),
      ],
      responses: {
        200: json('A point for each bucket, those without anything included.', {
          $ref: '#/components/schemas/History',
        }),
        304: { description: 'Nothing has changed since the ETag given as If-None-Match.' },
        400: problem('A parameter is unknown, repeated, missing or out of range.'),
        ...refused,
        404: problem('It has no history yet.'),
      },
    },
  },
};
