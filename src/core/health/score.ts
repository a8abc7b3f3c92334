import {
  type AgentStatus,
  type HealthFactorName,
  type HealthLevel,
  healthFactors,
} from '@agent-vitals/contract';
import type { HealthLevels, HealthSettings } from './settings.ts';

/** What is known of an agent when its health is judged; null is not known. */
export interface HealthInputs {
  readonly status: AgentStatus;
  readonly isLate: boolean;
  readonly isInMaintenance: boolean;
  /** Share of operations that succeeded, with at least five in the window. */
  readonly successRatio: number | null;
  /** 0 to 1. */
  readonly confidence: number | null;
  /** The mean duration of operations over the agent's own baseline. */
  readonly latencyRatio: number | null;
  /** The fullest of CPU, memory and event loop, 0 to 1. */
  readonly fullestResource: number | null;
  /** Mean score of the integrations it uses: healthy 1, degraded 0.5, error 0. */
  readonly integrationScore: number | null;
}

/** One known factor and what it adds. */
export interface HealthFactor {
  readonly name: HealthFactorName;
  /** 0 to 1. */
  readonly value: number;
  /** Its share among the known factors; all of them make 1. */
  readonly weight: number;
  readonly contribution: number;
}

/** Why a score can't be higher. */
export type HealthCap = 'offline' | 'stalled' | 'error' | 'failing' | 'exhausted' | 'late';

/** What a cap leaves of the score. */
export const healthCaps: Readonly<Record<HealthCap, number>> = {
  offline: 0,
  stalled: 0.4,
  error: 0.4,
  // More than half of its operations fail.
  failing: 0.45,
  exhausted: 0.6,
  late: 0.79,
};

export interface Health {
  /** 0 to 1. */
  readonly score: number;
  readonly level: HealthLevel;
  readonly factors: readonly HealthFactor[];
  /** The cap that lowered the score, if one did. */
  readonly cap: HealthCap | null;
}

const place = Object.fromEntries(healthFactors.map((name, at) => [name, at])) as Readonly<
  Record<HealthFactorName, number>
>;

/** A duration this many times the baseline is worth nothing. */
const worstLatencyRatio = 5;
/** Up to here a resource is not scarce. */
const resourceComfort = 0.8;

/**
 * Judges an agent's health: `min(weighted mean of the known factors, caps)`, the weights renormalized over the factors
 * that are known.
 *
 * @param inputs - What is known.
 * @param settings - Weights and levels.
 * @returns The score with what made it; null while `unknown`, `stopped`, `paused` or in maintenance.
 * @example
 * ```ts
 * const health = healthOf({ ...inputs, status: 'exhausted' }, defaultHealthSettings);
 * health?.cap; // 'exhausted', where the mean was above 0.6
 * ```
 */
export function healthOf(inputs: HealthInputs, settings: HealthSettings): Health | null {
  const { status } = inputs;
  if (status === 'unknown' || status === 'stopped' || status === 'paused' || inputs.isInMaintenance)
    return null;
  readFactors(inputs, settings.weights);
  let total = 0;
  for (let at = 0; at < healthFactors.length; at++) if (isKnown(at)) total += weighs[at]!;
  const factors: HealthFactor[] = [];
  let sum = 0;
  for (let at = 0; at < healthFactors.length; at++) {
    if (!isKnown(at)) continue;
    const value = clamp(worth[at]!);
    const weight = weighs[at]! / total;
    const contribution = value * weight;
    factors.push({ name: healthFactors[at]!, value, weight, contribution });
    sum += contribution;
  }
  // Availability is always known: where its weight is 0 and nothing else is, only the caps speak.
  const mean = clamp(factors.length === 0 ? 1 : sum);
  const cap = lowestCap(inputs);
  const isCapped = cap !== null && healthCaps[cap] < mean;
  const score = isCapped ? healthCaps[cap] : mean;
  return { score, level: healthLevel(score, settings), factors, cap: isCapped ? cap : null };
}

/** `healthy ≥ 0.8 > degraded ≥ 0.5 > critical`, by default. */
export function healthLevel(score: number, settings: HealthLevels): HealthLevel {
  if (score >= settings.healthyAt) return 'healthy';
  return score >= settings.degradedAt ? 'degraded' : 'critical';
}

/** Of the agent under judgement, by the factor's place; a value that is not known is NaN. Used anew for each. */
const worth = new Float64Array(healthFactors.length);
const weighs = new Float64Array(healthFactors.length);

function isKnown(at: number): boolean {
  return weighs[at]! > 0 && !Number.isNaN(worth[at]!);
}

/** By name and not in a loop: who asks for a name that changes waits for it. */
function readFactors(inputs: HealthInputs, weights: HealthSettings['weights']): void {
  const { successRatio, confidence, latencyRatio, fullestResource, integrationScore } = inputs;
  worth[place.availability] = availabilityValue(inputs);
  worth[place.success] = successRatio ?? Number.NaN;
  worth[place.confidence] = confidence ?? Number.NaN;
  worth[place.latency] = latencyRatio === null ? Number.NaN : latencyValue(latencyRatio);
  worth[place.resources] = fullestResource === null ? Number.NaN : resourceValue(fullestResource);
  worth[place.integrations] = integrationScore ?? Number.NaN;
  weighs[place.availability] = weights.availability;
  weighs[place.success] = weights.success;
  weighs[place.confidence] = weights.confidence;
  weighs[place.latency] = weights.latency;
  weighs[place.resources] = weights.resources;
  weighs[place.integrations] = weights.integrations;
}

function availabilityValue({ status, isLate }: HealthInputs): number {
  if (status === 'offline') return 0;
  if (status === 'stalled' || status === 'error') return 0.2;
  if (status === 'exhausted') return 0.3;
  return isLate ? 0.7 : 1;
}

/** 1 at the baseline or below, 0 at five times it, straight between. */
function latencyValue(ratio: number): number {
  return 1 - (ratio - 1) / (worstLatencyRatio - 1);
}

/** 1 below 80 %, 0 at 100 %, straight between. */
function resourceValue(used: number): number {
  return 1 - (used - resourceComfort) / (1 - resourceComfort);
}

function lowestCap({ status, isLate, successRatio }: HealthInputs): HealthCap | null {
  if (status === 'offline') return 'offline';
  if (status === 'stalled' || status === 'error') return status;
  if (successRatio !== null && successRatio < 0.5) return 'failing';
  if (status === 'exhausted') return 'exhausted';
  return isLate ? 'late' : null;
}

function clamp(value: number): number {
  return Math.min(1, Math.max(0, value));
}
