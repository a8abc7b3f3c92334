import { statusPrecedence } from '@agent-vitals/contract';
import { type OperatorAction, operatorActions } from '../../operator-action.ts';
import { statusNames } from './agents-query.ts';
import { alertPaths, alertSchemas } from './alerts-openapi.ts';
import { healthPaths, healthSchemas } from './health-openapi.ts';
import { historyPaths, historySchemas } from './history-openapi.ts';
import { json, limitParameter, problem, queryParameter, refused, repeated } from './openapi-parts.ts';
import {
  agentSchema,
  agentsSchema,
  problemSchema,
  readinessSchema,
  type Schema,
  sessionSchema,
  transitionsSchema,
} from './schemas.ts';

const listOfAgents = {
  get: {
    operationId: 'listAgents',
    summary: 'The fleet, page by page',
    description:
      'Agents that stay known during a walk through the pages are met exactly once, however many come and go. ' +
      'All filters must match.',
    parameters: [
      queryParameter(
        'status',
        'Any of these. A short status stands for every state that it sums up: `error` finds stalled and exhausted agents too.',
        repeated({ type: 'string', enum: statusNames }),
      ),
      queryParameter('state', 'Any of these, exactly.', repeated({ type: 'string', enum: statusPrecedence })),
      queryParameter('session', 'The session, exactly.', { type: 'string' }),
      queryParameter('type', 'The type, exactly.', { type: 'string' }),
      queryParameter('q', 'A text anywhere in id, session or type; case is ignored.', {
        type: 'string',
      }),
      limitParameter('Agents a page.'),
      queryParameter('cursor', 'The `next_cursor` of the page before.', { type: 'string' }),
    ],
    responses: {
      200: json('A page of agents.', { $ref: '#/components/schemas/Agents' }),
      304: { description: 'Nothing has changed since the ETag given as If-None-Match.' },
      400: problem('A parameter is unknown, repeated or out of range.'),
      ...refused,
      503: problem('Too many lists are asked for at once; Retry-After says when to try again.'),
    },
  },
};

const idParameter = {
  name: 'id',
  in: 'path',
  required: true,
  description: 'The id, percent-encoded; slashes may stay as they are.',
  schema: { type: 'string' },
};

const oneAgent = {
  get: {
    operationId: 'getAgent',
    summary: 'One agent',
    parameters: [idParameter],
    responses: {
      200: json('The agent.', { $ref: '#/components/schemas/Agent' }),
      304: { description: 'Nothing has changed since the ETag given as If-None-Match.' },
      400: problem('The path is not correctly percent-encoded.'),
      ...refused,
      404: problem('No agent of this id is known.'),
    },
  },
};

const listOfTransitions = {
  get: {
    operationId: 'listTransitions',
    summary: 'Changes of status, the newest first',
    parameters: [
      queryParameter('agent', 'The agent, exactly.', { type: 'string' }),
      queryParameter('since', 'Not before this time.', { type: 'string', format: 'date-time' }),
      limitParameter('Transitions a page.'),
      queryParameter('cursor', 'The `next_cursor` of the page before.', { type: 'string' }),
    ],
    responses: {
      200: json('A page of transitions.', transitionsSchema),
      304: { description: 'Nothing has changed since the ETag given as If-None-Match.' },
      400: problem('A parameter is unknown, repeated or out of range.'),
      ...refused,
      503: problem('The store can not be read at present.'),
    },
  },
};

const whatActionsDo: Readonly<Record<OperatorAction, string>> = {
  pause: 'Puts the agent into maintenance: judged no more, muted, until it is resumed',
  resume: 'Ends maintenance and mute',
  mute: 'Silences the alerts of the agent, until a time or until it is resumed',
  forget: 'Forgets the agent with its series',
};

const muteBody = {
  type: 'object',
  properties: { until: { type: ['string', 'null'], format: 'date-time' } },
  additionalProperties: false,
};

function operatorPath(action: OperatorAction): readonly [path: string, item: object] {
  const waits = 'It is in effect, but not on the disk yet, and lost if the processor ends before.';
  const agent = { $ref: '#/components/schemas/Agent' };
  const answer =
    action === 'forget'
      ? { 202: { description: waits }, 204: { description: 'It is forgotten.' } }
      : { 200: json('The agent.', agent), 202: json(waits, agent) };
  const post = {
    operationId: `${action}Agent`,
    summary: whatActionsDo[action],
    description: 'Needs the role operator. To repeat it does no harm.',
    parameters: [idParameter],
    ...(action === 'mute' ? { requestBody: { content: { 'application/json': { schema: muteBody } } } } : {}),
    responses: {
      ...answer,
      400: problem('The body or the path can not be used.'),
      401: problem('A token (or a session of /login) of the role operator is needed.'),
      403: refused[403],
      404: problem('No agent of this id is known.'),
      ...(action === 'forget' ? { 409: problem('The configuration expects the agent.') } : {}),
      413: problem('The body is too long.'),
      415: problem('The body is not application/json.'),
    },
  };
  return [`/api/health/agent/{id}/${action}`, { post }];
}

/**
 * Describes what the processor answers over HTTP.
 *
 * @param version - Of the processor.
 * @returns An OpenAPI 3.1 document.
 * @example
 * ```ts
 * response.json(openApiDocument('0.1.0'));
 * ```
 */
export function openApiDocument(version: string): object {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Agent Vitals',
      version,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      description: 'Is every agent alive, getting on, well, and if it is out, when is it back?',
    },
    paths: {
      '/api/health/agents': listOfAgents,
      '/api/health/agent/{id}': oneAgent,
      ...Object.fromEntries(operatorActions.map(operatorPath)),
      '/api/health/transitions': listOfTransitions,
      ...healthPaths,
      ...historyPaths,
      ...alertPaths,
      '/api/openapi.json': plain(
        'getOpenApi',
        'This document',
        'application/json',
        { type: 'object' },
        refused,
      ),
      '/metrics': plain('getMetrics', 'Everything for Prometheus', 'text/plain', { type: 'string' }, refused),
      '/healthz': plain('getLiveness', 'Whether the process answers', 'application/json', { type: 'object' }),
      '/readyz': {
        get: {
          operationId: 'getReadiness',
          summary: 'Whether every listener is up, and whether the store works',
          security: [],
          responses: {
            200: json('Ready.', readinessSchema),
            503: problem('Not ready; the detail says why.'),
          },
        },
      },
      '/login': {
        get: {
          operationId: 'getSession',
          summary: 'Whose session the cookie is',
          security: [],
          responses: { 200: json('The session, or null.', sessionSchema) },
        },
        post: {
          operationId: 'logIn',
          summary: 'Exchanges a token for the cookie of a session',
          security: [],
          requestBody: {
            required: true,
            content: {
              'application/json': {
                schema: { type: 'object', required: ['token'], properties: { token: { type: 'string' } } },
              },
            },
          },
          responses: {
            204: { description: 'Set-Cookie carries the session, HttpOnly and SameSite=Strict.' },
            400: problem('The body is not {"token": "…"}.'),
            401: problem('No such token, or one that may not read.'),
            403: problem('The request comes from a foreign page or host.'),
            415: problem('The body is not application/json.'),
          },
        },
      },
      '/logout': {
        post: {
          operationId: 'logOut',
          summary: 'Ends the session',
          security: [],
          responses: { 204: { description: 'The session, if there was one, is over.' } },
        },
      },
    },
    components: {
      schemas: {
        Agent: agentSchema,
        Agents: agentsSchema,
        Problem: problemSchema,
        ...healthSchemas,
        ...historySchemas,
        ...alertSchemas,
      },
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer' },
        session: { type: 'apiKey', in: 'cookie', name: 'agent_vitals_session' },
      },
    },
    // Without tokens in the configuration, nothing is needed.
    security: [{ token: [] }, { session: [] }, {}],
  };
}

function plain(operationId: string, summary: string, type: string, schema: Schema, errors?: object): object {
  return {
    get: {
      operationId,
      summary,
      ...(errors === undefined ? { security: [] } : {}),
      responses: { 200: { description: summary, content: { [type]: { schema } } }, ...errors },
    },
  };
}
