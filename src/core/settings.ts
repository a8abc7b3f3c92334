import type { ExhaustedReason } from '@agent-vitals/contract';
import { defaultHealthSettings, type HealthSettings } from './health/settings.ts';

/** Liveness of the agents that match; what is not said stays as it is for all. `*` matches any run of characters. */
export interface LivenessOverride {
  readonly id?: string;
  readonly session?: string;
  readonly type?: string;
  readonly offlineAfterMs?: number;
  readonly stalledAfterMs?: number;
}

/** How the fleet judges; durations in milliseconds. */
export interface FleetSettings {
  readonly lateAfterMs: number;
  readonly offlineAfterMs: number;
  readonly missedBeats: number;
  readonly stalledAfterMs: number;
  readonly failoverGraceMs: number;
  readonly gapRatio: number;
  readonly gapHoldMs: number;
  readonly flapThreshold: number;
  readonly flapWindowMs: number;
  readonly forgetAfterMs: number;
  readonly forgetStoppedAfterMs: number;
  readonly observedForgetAfterMs: number;
  readonly maxLeaseMs: number;
  readonly overrides: readonly LivenessOverride[];
  /** `Infinity` is never. */
  readonly defaultRecoveryMs: Readonly<Record<ExhaustedReason, number>>;
  readonly maxAgents: number;
  readonly maxSessions: number;
  readonly maxIntegrations: number;
  /** Mean durations above which single integrations are slow, by name, in milliseconds. */
  readonly slowIntegrationsMs: Readonly<Record<string, number>>;
  readonly health: HealthSettings;
  /** Makes ids that collide unguessable: give each process its own. */
  readonly hashSeed: number;
}

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

/** What holds where nothing else is configured. */
export const defaultFleetSettings: FleetSettings = {
  lateAfterMs: 30 * second,
  offlineAfterMs: 120 * second,
  missedBeats: 3,
  stalledAfterMs: 15 * minute,
  failoverGraceMs: 2 * minute,
  gapRatio: 0.5,
  gapHoldMs: 5 * minute,
  flapThreshold: 5,
  flapWindowMs: 10 * minute,
  forgetAfterMs: 7 * 24 * hour,
  forgetStoppedAfterMs: hour,
  observedForgetAfterMs: hour,
  maxLeaseMs: 24 * hour,
  overrides: [],
  defaultRecoveryMs: { rate_limit: 5 * hour, billing: 5 * hour },
  maxAgents: 1_000_000,
  maxSessions: 100_000,
  maxIntegrations: 10_000,
  slowIntegrationsMs: {},
  health: defaultHealthSettings,
  hashSeed: 0,
};
