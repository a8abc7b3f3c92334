import type { HealthFactorName } from '@agent-vitals/contract';

/** What score is which level. */
export interface HealthLevels {
  /** Scores from here on are healthy. */
  readonly healthyAt: number;
  /** Scores from here on, below the former, are degraded; below it they are critical. */
  readonly degradedAt: number;
}

/** How health is judged; durations in milliseconds. */
export interface HealthSettings extends HealthLevels {
  readonly windowMs: number;
  readonly weights: Readonly<Record<HealthFactorName, number>>;
}

/** What holds where nothing else is configured. */
export const defaultHealthSettings: HealthSettings = {
  windowMs: 300_000,
  healthyAt: 0.8,
  degradedAt: 0.5,
  weights: {
    availability: 0.35,
    success: 0.3,
    confidence: 0.1,
    latency: 0.1,
    resources: 0.1,
    integrations: 0.05,
  },
};
