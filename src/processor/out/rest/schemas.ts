import {
  type AgentAnswer,
  type AgentsAnswer,
  conditions,
  exhaustedReasons,
  type ProblemAnswer,
  recoverySources,
  reportedStates,
  shortStatusOf,
  statusPrecedence,
  type TransitionAnswer,
  type TransitionsAnswer,
} from '@agent-vitals/contract';
import { healthCaps } from '../../../core/index.ts';

/** JSON Schema 2020-12, which OpenAPI 3.1 speaks. */
export type Schema = Readonly<Record<string, unknown>>;

export const text: Schema = { type: 'string' };
export const timestamp: Schema = { type: 'string', format: 'date-time' };
export const count: Schema = { type: 'integer', minimum: 0 };
export const ratio: Schema = { type: 'number', minimum: 0, maximum: 1 };
export const number: Schema = { type: 'number' };

export function list(items: Schema): Schema {
  return { type: 'array', items };
}

export function oneOf(values: readonly string[]): Schema {
  return { type: 'string', enum: values };
}

/** Unknown is null, never 0. */
export function orNull({ type, enum: values, ...rest }: Schema, description?: string): Schema {
  return {
    type: [type, 'null'],
    ...rest,
    ...(values === undefined ? {} : { enum: [...(values as readonly string[]), null] }),
    ...(description === undefined ? {} : { description }),
  };
}

export function described(schema: Schema, description: string): Schema {
  return { ...schema, description };
}

/** Every property is always there. */
export function object<T>(properties: Readonly<Record<keyof T & string, Schema>>): Schema {
  return { type: 'object', required: Object.keys(properties), properties };
}

export const statusSchema = oneOf(statusPrecedence);

/** `satisfies` of the contract's types: a field that one side lacks doesn't compile. */
export const agentSchema = object<AgentAnswer>({
  agent_id: text,
  agent_name: orNull(text),
  status: described(
    oneOf([...new Set(Object.values(shortStatusOf))]),
    'The short status, for simple clients.',
  ),
  state: described(statusSchema, 'The status in the full vocabulary.'),
  reported_state: orNull(oneOf(reportedStates), 'What the agent says of itself.'),
  conditions: described(list(oneOf(conditions)), 'What is true beside the status.'),
  session_id: orNull(text),
  type: orNull(text),
  kind: orNull(text),
  description: orNull(text),
  version: orNull(text),
  peers: list(text),
  payload_class: orNull(text),
  location: orNull(text),
  current_operation: orNull(text),
  current_thread: orNull(text),
  operations_completed: count,
  success_rate: orNull(ratio),
  confidence_score: orNull(ratio),
  last_active: orNull(timestamp),
  health_trend: orNull(oneOf(['improving', 'stable', 'declining'])),
  metrics: object<AgentAnswer['metrics']>({
    avg_execution_time: orNull(number, 'Milliseconds.'),
    error_rate: orNull(ratio),
    recent_executions: orNull(count),
  }),
  health: object<AgentAnswer['health']>({
    score: orNull(ratio),
    level: orNull(oneOf(['healthy', 'degraded', 'critical'])),
    factors: list(
      object<AgentAnswer['health']['factors'][number]>({
        name: text,
        value: ratio,
        weight: ratio,
        contribution: ratio,
      }),
    ),
    cap: orNull(
      oneOf(Object.keys(healthCaps)),
      'What keeps the score from being as high as its factors make it; `failing`: more than half of its operations fail.',
    ),
  }),
  health_issues: described(list(text), 'What is wrong, in words.'),
  exhausted: orNull(
    object<NonNullable<AgentAnswer['exhausted']>>({
      reason: orNull(oneOf(exhaustedReasons)),
      scope: orNull(text),
      exhausted_at: timestamp,
      recovery_at: orNull(timestamp, 'Null where it never recovers by itself.'),
      recovery_source: described(oneOf(recoverySources), '`default` is a guess.'),
    }),
  ),
  heartbeat: object<AgentAnswer['heartbeat']>({
    last: orNull(timestamp),
    interval: orNull(number, 'Expected, in seconds.'),
    missed: orNull(count),
    deadline: orNull(timestamp, 'When the agent is held offline without another sign of life.'),
  }),
  resources: object<AgentAnswer['resources']>({
    cpu_percent: orNull(number),
    memory_mb: orNull(number),
    file_descriptors: orNull(count),
    thread_count: orNull(count),
    process_id: orNull(count),
  }),
  queue_depth: orNull(number),
  message_count: orNull(count),
  error_message: orNull(text),
  availability: orNull(ratio),
  is_accessible: { type: 'boolean' },
  created_at: timestamp,
  last_seen: orNull(timestamp),
  state_changed_at: timestamp,
  last_health_check: orNull(timestamp, 'When the score was last noted for the trend, once a minute.'),
});

export const agentsSchema = object<AgentsAnswer>({
  agents: list({ $ref: '#/components/schemas/Agent' }),
  total: described(count, 'How many match, on all pages.'),
  next_cursor: orNull(text, 'Ask for the next page with it; null at the end.'),
  counts: described(
    object(Object.fromEntries(statusPrecedence.map((status) => [status, count])) as Record<string, Schema>),
    'How many agents of the whole fleet are in each state.',
  ),
});

export const transitionsSchema = object<TransitionsAnswer>({
  transitions: list(
    object<TransitionAnswer>({
      agent: text,
      from: orNull(statusSchema, 'Null at first sight.'),
      to: statusSchema,
      at: described(timestamp, 'When it became true, not when somebody looked.'),
      reason: text,
      irregular: { type: 'boolean' },
    }),
  ),
  next_cursor: orNull(text, 'Ask for the next page with it; null at the end.'),
});

export const problemSchema = object<ProblemAnswer>({
  type: described({ type: 'string', format: 'uri-reference' }, 'RFC 9457.'),
  title: text,
  status: { type: 'integer' },
  detail: described(text, 'What is wrong and what it must be.'),
});

export const readinessSchema = object<{ status: string; listeners: object; store: string }>({
  status: oneOf(['ready']),
  listeners: object<{ http: string; otlp_http: string }>({
    http: described(text, 'Where the page and REST are.'),
    otlp_http: described(text, 'Where OTLP over HTTP is received.'),
  }),
  store: described(
    oneOf(['working', 'failing']),
    'While it fails everything goes on in memory; what is not on the disk is lost if the processor ends.',
  ),
});

export const sessionSchema = object<{ session: object | null }>({
  session: orNull(
    object<{ name: string; role: string }>({
      name: described(text, 'Of the token that was exchanged.'),
      role: oneOf(['read', 'operator']),
    }),
  ),
});
