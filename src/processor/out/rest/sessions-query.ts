import type { SessionStrategy } from '@agent-vitals/contract';
import { defaultSessionRequest, mostAgentsListed, type SessionRequest } from '../../health/index.ts';
import { BadRequest } from './bad-request.ts';
import { refuseUnknown, single, wholeNumber } from './query.ts';

export const sessionStrategies: readonly SessionStrategy[] = ['fast', 'detailed', 'comprehensive'];
const parameters = ['strategy', 'include_health', 'include_metrics', 'use_cache', 'limit'] as const;

/**
 * Reads the parameters of one session's answer.
 *
 * @param search - The query string's parameters.
 * @throws BadRequest where one is unknown, repeated or out of range; the detail names what is allowed.
 * @example
 * ```ts
 * parseSessionRequest(new URLSearchParams('strategy=fast')).strategy; // 'fast'
 * ```
 */
export function parseSessionRequest(search: URLSearchParams): SessionRequest {
  refuseUnknown(search, parameters);
  return {
    strategy: parseStrategy(single(search, 'strategy')),
    includeHealth: parseFlag(search, 'include_health', defaultSessionRequest.includeHealth),
    includeMetrics: parseFlag(search, 'include_metrics', defaultSessionRequest.includeMetrics),
    useCache: parseFlag(search, 'use_cache', defaultSessionRequest.useCache),
    limit: wholeNumber(single(search, 'limit'), 'limit', {
      least: 1,
      most: mostAgentsListed,
      otherwise: defaultSessionRequest.limit,
    }),
  };
}

function parseStrategy(value: string | null): SessionStrategy {
  if (value === null) return defaultSessionRequest.strategy;
  const strategy = sessionStrategies.find((known) => known === value);
  if (strategy !== undefined) return strategy;
  throw new BadRequest(
    `Cannot use strategy as it must be one of ${sessionStrategies.join(', ')}: current value is ${value.slice(0, 64)}`,
  );
}

function parseFlag(search: URLSearchParams, name: (typeof parameters)[number], otherwise: boolean): boolean {
  const value = single(search, name);
  if (value === null) return otherwise;
  if (value === 'true' || value === 'false') return value === 'true';
  throw new BadRequest(
    `Cannot use ${name} as it must be true or false: current value is ${value.slice(0, 64)}`,
  );
}
