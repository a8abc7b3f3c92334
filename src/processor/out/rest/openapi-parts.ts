import { defaultLimit, maxLimit } from './agents-query.ts';
import type { Schema } from './schemas.ts';

// What descriptions of routes are put together from.

export function json(description: string, schema: Schema): object {
  return { description, content: { 'application/json': { schema } } };
}

export function problem(description: string): object {
  return {
    description,
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
  };
}

export function queryParameter(name: string, description: string, schema: Schema): object {
  return { name, in: 'query', required: false, description, schema };
}

export function repeated(items: Schema): Schema {
  return { type: 'array', items };
}

export function limitParameter(description: string): object {
  const schema = { type: 'integer', minimum: 1, maximum: maxLimit, default: defaultLimit };
  return queryParameter('limit', description, schema);
}

export const refused = {
  401: problem('A token (or a session of /login) of the role read or operator is needed.'),
  403: problem('The token has another role, or the request comes from a foreign page or host.'),
};
