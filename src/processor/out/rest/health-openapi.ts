import {
  type IntegrationAnswer,
  integrationStatuses,
  type SessionAnswer,
  type SessionMetricsAnswer,
  type SessionStatisticsAnswer,
  type SessionSummaryAnswer,
  type SessionsAnswer,
  type SystemAnswer,
  sessionHealths,
  statusPrecedence,
} from '@agent-vitals/contract';
import { agentsListed, mostAgentsListed } from '../../health/index.ts';
import { json, limitParameter, problem, queryParameter, refused } from './openapi-parts.ts';
import {
  count,
  described,
  list,
  number,
  object,
  oneOf,
  orNull,
  ratio,
  type Schema,
  text,
  timestamp,
} from './schemas.ts';
import { sessionStrategies } from './sessions-query.ts';

// The routes of sessions, integrations and the system, as OpenAPI describes them.

const percentage: Schema = { type: 'number', minimum: 0, maximum: 100 };
const amount: Schema = { type: 'number', minimum: 0 };
const trends = ['improving', 'stable', 'declining'];
const ofReachable = 'Of the members that can be reached; null where not known or not asked for.';

const sessionSummarySchema = object<SessionSummaryAnswer>({
  session_id: text,
  session_name: orNull(text),
  session_health: oneOf(sessionHealths),
  health_score: percentage,
  total_agents: count,
});

const sessionsSchema = object<SessionsAnswer>({
  sessions: list({ $ref: '#/components/schemas/SessionSummary' }),
  total: count,
  next_cursor: orNull(text, 'Ask for the next page with it; null at the end.'),
});

const sessionMetricsSchema = object<SessionMetricsAnswer>({
  total_agents: described(count, 'Every member. The classes that follow are disjoint and make it up.'),
  active_agents: described(count, 'Idle, busy, on call or waiting; late ones too.'),
  degraded_agents: described(count, 'Stalled or exhausted.'),
  failed_agents: described(count, 'In error.'),
  offline_agents: count,
  unknown_agents: count,
  excluded_agents: described(count, 'Paused, stopped or in maintenance: not judged.'),
  late_agents: described(count, 'Of the active ones.'),
  total_cpu_percent: orNull(amount, ofReachable),
  total_memory_mb: orNull(amount, ofReachable),
  total_file_descriptors: orNull(count, ofReachable),
  total_threads: orNull(count, ofReachable),
  avg_response_time_ms: orNull(amount, 'Over all operations that finished in the health window.'),
  max_cpu_percent: orNull(amount, ofReachable),
  max_memory_usage_mb: orNull(amount, ofReachable),
  resource_utilization_percent: orNull(
    amount,
    "Of the capacity of the members' hosts, each counted once: the greater of CPU and memory; null where no capacity is known.",
  ),
  health_score: percentage,
  critical_issues: described(count, 'Failed and offline members.'),
  warnings: described(count, 'Degraded members.'),
});

const sessionAnswerSchema = object<SessionAnswer>({
  session_id: text,
  session_name: orNull(text),
  session_health: oneOf(sessionHealths),
  metrics: sessionMetricsSchema,
  agents: described(
    list({ $ref: '#/components/schemas/Agent' }),
    'At most `limit`, those with issues first.',
  ),
  agents_omitted: described(
    count,
    'Members beyond those listed, judged and counted like the others; the list of agents, filtered by session, has all.',
  ),
  collection_timestamp: timestamp,
  collection_duration_ms: amount,
  partial_results: {
    type: 'boolean',
    description: 'Members are unknown or unreachable, or the collection failed.',
  },
  errors: list(text),
  warnings: list(text),
});

const sessionStatisticsSchema = object<SessionStatisticsAnswer>({
  total_collections: described(count, 'What the cache answered is none.'),
  successful_collections: count,
  partial_collections: count,
  failed_collections: count,
  avg_collection_time_ms: described(amount, 'Moves by a tenth of each collection.'),
  success_rate: described(percentage, 'Percent; 0 where there were none.'),
  partial_rate: described(percentage, 'Percent; 0 where there were none.'),
  cache_entries: count,
});

const integrationSchema = object<IntegrationAnswer>({
  integration_id: text,
  integration_name: text,
  status: oneOf(integrationStatuses),
  last_used: timestamp,
  latency_ms: orNull(amount, 'Mean over the health window; null without requests.'),
  error_rate: orNull(ratio, 'Over the health window; null without requests.'),
  health_trend: orNull(oneOf(trends)),
  connection_status: oneOf(['connected', 'degraded', 'disconnected', 'unknown']),
  slow_above_ms: described(number, 'A mean above this is slow.'),
});

const statesSchema = object(
  Object.fromEntries(statusPrecedence.map((status) => [status, count])) as Record<string, Schema>,
);

const systemSchema = object<SystemAnswer>({
  cpu_usage: orNull(percentage),
  memory_usage: orNull(percentage),
  source: described(
    oneOf(['system metrics', 'processor host']),
    "Whose usage it is: hosts that telemetry tells of, else the processor's own.",
  ),
  active_operations: orNull(count, 'Of the agents that are there; null where none of them tells.'),
  queue_depth: orNull(amount, 'Of the agents that are there; null where none of them tells.'),
  total_agents: count,
  active_agents: count,
  total_integrations: count,
  healthy_integrations: count,
  health_score: orNull(ratio, "Mean of the agents' scores as of the last minute's round."),
  alerts: object<SystemAnswer['alerts']>({ critical: count, warning: count, info: count }),
  states: statesSchema,
});

/** What components.schemas has for these routes. */
export const healthSchemas = {
  SessionSummary: sessionSummarySchema,
  Sessions: sessionsSchema,
  Session: sessionAnswerSchema,
  SessionStatistics: sessionStatisticsSchema,
  Integration: integrationSchema,
  System: systemSchema,
};

const notModified = { 304: { description: 'Nothing has changed since the ETag given as If-None-Match.' } };
const cursorParameter = queryParameter('cursor', 'Where the next page begins.', { type: 'string' });

function reference(name: keyof typeof healthSchemas): Schema {
  return { $ref: `#/components/schemas/${name}` };
}

function flag(name: string, description: string): object {
  return queryParameter(name, description, { type: 'boolean', default: true });
}

/** The paths of these routes. */
export const healthPaths = {
  '/api/health/sessions': {
    get: {
      operationId: 'listSessions',
      summary: 'Sessions, page by page',
      description: 'A session that keeps members during a walk through the pages is met exactly once.',
      parameters: [limitParameter('Sessions a page.'), cursorParameter],
      responses: {
        200: json('A page of sessions.', reference('Sessions')),
        ...notModified,
        400: problem('A parameter is unknown, repeated or out of range.'),
        ...refused,
      },
    },
  },
  '/api/health/sessions/stats': {
    get: {
      operationId: 'getSessionStatistics',
      summary: 'How collecting of sessions goes',
      responses: { 200: json('The statistics.', reference('SessionStatistics')), ...notModified, ...refused },
    },
  },
  '/api/health/sessions/{id}': {
    get: {
      operationId: 'getSessionHealth',
      summary: 'How a session fares',
      parameters: [
        {
          name: 'id',
          in: 'path',
          required: true,
          description: 'The id, percent-encoded; slashes may stay as they are.',
          schema: { type: 'string' },
        },
        queryParameter(
          'strategy',
          '`fast`: states only. `detailed`: resources and what operations came to, too. `comprehensive`: health and its factors too; never from the cache.',
          { type: 'string', enum: sessionStrategies, default: 'detailed' },
        ),
        flag('include_health', 'False takes away health and factors of the agents.'),
        flag('include_metrics', 'False takes away resources and what operations came to.'),
        flag('use_cache', 'False judges anew and keeps nothing.'),
        queryParameter('limit', 'Agents listed at most; every member is judged and counted all the same.', {
          type: 'integer',
          minimum: 1,
          maximum: mostAgentsListed,
          default: agentsListed,
        }),
      ],
      responses: {
        200: json('The session.', reference('Session')),
        ...notModified,
        400: problem('A parameter is unknown, repeated or out of range.'),
        ...refused,
        404: problem('No session of this id has members.'),
        503: problem('Too many sessions are asked for at once; Retry-After says when to try again.'),
      },
    },
  },
  '/api/health/integrations': {
    get: {
      operationId: 'listIntegrations',
      summary: 'What agents call outside, by name',
      parameters: [limitParameter('Integrations a page.'), cursorParameter],
      responses: {
        200: {
          ...json('A page of integrations.', list(reference('Integration'))),
          headers: { Link: { description: 'The next page, as `rel="next"`.', schema: text } },
        },
        ...notModified,
        400: problem('A parameter is unknown, repeated or out of range.'),
        ...refused,
      },
    },
  },
  '/api/health/system': {
    get: {
      operationId: 'getSystem',
      summary: 'The system as a whole',
      responses: { 200: json('The system.', reference('System')), ...notModified, ...refused },
    },
  },
};
