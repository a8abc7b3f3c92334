import {
  type AlertAnswer,
  alertSeverities,
  type IncidentAnswer,
  type IncidentKind,
  type IncidentsAnswer,
} from '@agent-vitals/contract';
import { sourceTypes } from './alerts-query.ts';
import { alertStates } from './list-alerts.ts';
import { json, limitParameter, problem, queryParameter, refused, repeated } from './openapi-parts.ts';
import {
  count,
  described,
  list,
  number,
  object,
  oneOf,
  orNull,
  type Schema,
  text,
  timestamp,
} from './schemas.ts';

// The routes of alerts and incidents, as OpenAPI describes them.

const alertSchema = object<AlertAnswer>({
  alert_id: described(text, 'The same whenever this alert of this subject fires.'),
  name: text,
  severity: oneOf(alertSeverities),
  state: described(oneOf(alertStates), '`pending`: its condition holds, but not for long enough yet.'),
  message: described(text, 'In words, such as `High CPU usage: 85%`.'),
  source_type: described(
    oneOf(sourceTypes),
    '`system` is also what is said of an account, a pipeline or the processor: `labels.scope` tells which.',
  ),
  source_id: text,
  timestamp: described(timestamp, 'Since when its condition has held.'),
  fired_at: orNull(timestamp, 'Null while it is pending.'),
  resolved_at: orNull(timestamp),
  action_required: {
    type: 'boolean',
    description: 'A warning or critical that fires, and that nobody has acknowledged.',
  },
  acknowledged: { type: 'boolean' },
  acknowledged_by: orNull(text),
  acknowledged_at: orNull(timestamp),
  acknowledged_until: orNull(timestamp, 'Null where it is acknowledged until it is over.'),
  comment: orNull(text),
  description: text,
  runbook_url: text,
  value: described(
    number,
    "What was measured last, in the rule's unit; 1 where there is nothing to measure.",
  ),
  labels: { type: 'object', additionalProperties: text },
});

const incidentKinds: readonly IncidentKind[] = ['account_exhausted', 'telemetry_gap', 'session_critical'];

const incidentsSchema = object<IncidentsAnswer>({
  incidents: list(
    object<IncidentAnswer>({
      id: text,
      kind: oneOf(incidentKinds),
      subject: described(text, 'The account, the pipeline or the session.'),
      summary: text,
      members: described(list(text), 'Agents that were ever part of it; of many, not all.'),
      members_omitted: described(count, 'How many there are beyond those listed.'),
      started_at: timestamp,
      ended_at: orNull(timestamp, 'Null while it goes on.'),
      recovery_at: orNull(timestamp, 'When the last one is expected back; null where nobody knows.'),
    }),
  ),
  next_cursor: orNull(text, 'Ask for the next page with it; null at the end.'),
});

/** What components.schemas has for these routes. */
export const alertSchemas = { Alert: alertSchema, Incidents: incidentsSchema };

const alertReference: Schema = { $ref: '#/components/schemas/Alert' };
const notModified = { 304: { description: 'Nothing has changed since the ETag given as If-None-Match.' } };

const acknowledgeBody = {
  type: 'object',
  properties: {
    by: described(
      { type: ['string', 'null'], maxLength: 256 },
      "Where tokens exist, the token's name counts.",
    ),
    comment: { type: ['string', 'null'], maxLength: 1024 },
    until: described({ type: ['string', 'null'], format: 'date-time' }, 'By default until it is over.'),
  },
  additionalProperties: false,
};

/** The paths of these routes. */
export const alertPaths = {
  '/api/health/alerts': {
    get: {
      operationId: 'listAlerts',
      summary:
        'Alerts: those that fire, those that may soon, and those that were resolved within the last day',
      description:
        'What fires comes first, then what is pending, then what is resolved; of each the most severe, then the ' +
        'newest. An alert that stays as it is during a walk through the pages is met exactly once. All filters must match.',
      parameters: [
        queryParameter('severity', 'Any of these.', repeated(oneOf(alertSeverities))),
        queryParameter('state', 'Any of these.', repeated(oneOf(alertStates))),
        queryParameter('source_type', 'Any of these.', repeated(oneOf(sourceTypes))),
        queryParameter('source_id', 'Any of these, exactly.', repeated(text)),
        queryParameter('name', 'Any of these, exactly.', repeated(text)),
        limitParameter('Alerts a page.'),
        queryParameter('cursor', 'Where the next page begins.', text),
      ],
      responses: {
        200: {
          ...json('A page of alerts.', list(alertReference)),
          headers: { Link: { description: 'The next page, as `rel="next"`.', schema: text } },
        },
        ...notModified,
        400: problem('A parameter is unknown, repeated or out of range.'),
        ...refused,
      },
    },
  },
  '/api/health/alerts/{id}/acknowledge': {
    post: {
      operationId: 'acknowledgeAlert',
      summary: 'Takes an alert in hand, until a time or until it is over',
      description:
        'Needs the role operator. To repeat it does no harm; said otherwise, it replaces what was said.',
      parameters: [{ name: 'id', in: 'path', required: true, description: 'Its `alert_id`.', schema: text }],
      requestBody: { required: false, content: { 'application/json': { schema: acknowledgeBody } } },
      responses: {
        200: json('The alert. Whatever becomes of the processor, it stays acknowledged.', alertReference),
        202: json(
          'The alert. It is acknowledged, but the store can not be written at present: a restart before it can would lose that.',
          alertReference,
        ),
        400: problem('The body can not be used.'),
        401: problem('A token (or a session of /login) of the role operator is needed.'),
        403: refused[403],
        404: problem('There is no such alert.'),
        409: problem('The alert is resolved.'),
        413: problem('The body is too long.'),
        415: problem('The body is not application/json.'),
      },
    },
  },
  '/api/health/incidents': {
    get: {
      operationId: 'listIncidents',
      summary: 'What befell several agents for one reason, the newest first',
      parameters: [
        limitParameter('Incidents a page.'),
        queryParameter('cursor', 'The `next_cursor` of the page before.', text),
      ],
      responses: {
        200: json('A page of incidents.', { $ref: '#/components/schemas/Incidents' }),
        ...notModified,
        400: problem('A parameter is unknown, repeated or out of range.'),
        ...refused,
        503: problem('The store can not be read at present.'),
      },
    },
  },
};
