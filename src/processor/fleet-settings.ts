import { randomInt } from 'node:crypto';
import {
  defaultFleetSettings,
  type DeclaredAgent as ExpectedAgent,
  type FleetSettings,
  type LivenessOverride,
  type SessionSettings,
} from '../core/index.ts';
import type { Config, DeclaredAgent } from './config/index.ts';

/**
 * Takes out of the configuration how the fleet judges.
 *
 * @param config - The whole configuration.
 * @returns Settings with a hash seed of their own.
 * @example
 * ```ts
 * const fleet = new Fleet(fleetSettingsOf(config));
 * ```
 */
export function fleetSettingsOf(config: Config): FleetSettings {
  const { liveness, exhaustion, health, limits, agents } = config;
  const { rateLimitMs, billingMs } = exhaustion.defaultRecovery;
  return {
    ...defaultFleetSettings,
    ...liveness,
    // An agent's own liveness comes before what holds for many.
    overrides: [
      ...agents.filter(hasOwnLimits).map(({ id, liveness: own }) => override({ id }, own)),
      ...liveness.overrides.map(({ match, ...limitsMs }) => override(match, limitsMs)),
    ],
    defaultRecoveryMs: {
      rate_limit: rateLimitMs ?? Number.POSITIVE_INFINITY,
      billing: billingMs ?? Number.POSITIVE_INFINITY,
    },
    maxAgents: limits.maxAgents,
    maxSessions: limits.maxSessions,
    maxIntegrations: limits.maxIntegrations,
    slowIntegrationsMs: Object.fromEntries(
      health.integrations.map(({ name, slowAboveMs }) => [name, slowAboveMs]),
    ),
    health: {
      windowMs: health.windowMs,
      healthyAt: health.healthyAt,
      degradedAt: health.degradedAt,
      weights: health.weights,
    },
    hashSeed: randomInt(2 ** 32),
  };
}

/**
 * Takes out of the configuration how sessions are judged, and for how long their answers are kept.
 *
 * @param config - The whole configuration.
 */
export function sessionSettingsOf({ sessions }: Config): { settings: SessionSettings; cacheMs: number } {
  const { cacheMs, ...settings } = sessions;
  return { settings, cacheMs };
}

/**
 * Takes out of the configuration which agents are expected.
 *
 * @param config - The whole configuration.
 */
export function expectedAgentsOf({ agents }: Config): readonly ExpectedAgent[] {
  return agents.map(({ id, name, description, kind, peers, session, type }) => ({
    id,
    ...(session === undefined ? {} : { session }),
    ...(type === undefined ? {} : { type }),
    info: {
      name: name ?? null,
      description: description ?? null,
      version: null,
      kind: kind ?? null,
      peers,
      payloadClass: null,
      location: null,
      sessionName: null,
      processId: null,
      hostId: null,
    },
  }));
}

interface Match {
  readonly id?: string | undefined;
  readonly session?: string | undefined;
  readonly type?: string | undefined;
}

interface Limits {
  readonly offlineAfterMs?: number | undefined;
  readonly stalledAfterMs?: number | undefined;
}

function hasOwnLimits({ liveness }: DeclaredAgent): boolean {
  return liveness.offlineAfterMs !== undefined || liveness.stalledAfterMs !== undefined;
}

/** What isn't said must not be there at all. */
function override(
  { id, session, type }: Match,
  { offlineAfterMs, stalledAfterMs }: Limits,
): LivenessOverride {
  return {
    ...(id === undefined ? {} : { id }),
    ...(session === undefined ? {} : { session }),
    ...(type === undefined ? {} : { type }),
    ...(offlineAfterMs === undefined ? {} : { offlineAfterMs }),
    ...(stalledAfterMs === undefined ? {} : { stalledAfterMs }),
  };
}
