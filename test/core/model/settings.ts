import type { FleetSettings } from '../../../src/core/index.ts';

const minute = 60_000;

/** The settings under which runs are tried: the defaults, and such under which rare things are frequent. */
export const settingsTried: readonly Partial<FleetSettings>[] = [
  {},
  { gapHoldMs: 15 * minute, gapRatio: 0.25, flapThreshold: 2 },
  // The hold ends when the lease does.
  { gapHoldMs: 2 * minute, defaultRecoveryMs: { rate_limit: Number.POSITIVE_INFINITY, billing: minute } },
  {
    offlineAfterMs: 40_000,
    missedBeats: 2,
    flapWindowMs: 4 * minute,
    gapHoldMs: 90_000,
    failoverGraceMs: 30_000,
  },
  {
    overrides: [
      { id: 'a-1*', offlineAfterMs: 20_000 },
      { id: '*4', session: 'night', stalledAfterMs: 30_000 },
      { type: 'crawler', offlineAfterMs: 10 * minute },
    ],
    stalledAfterMs: 2 * minute,
    defaultRecoveryMs: { rate_limit: 3 * minute, billing: Number.POSITIVE_INFINITY },
    forgetAfterMs: 20 * minute,
    forgetStoppedAfterMs: 3 * minute,
    observedForgetAfterMs: 5 * minute,
  },
];
