import { conditions } from '@agent-vitals/contract';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { defaultFleetSettings, type TransitionReason } from '../../src/core/index.ts';
import { settingsTried } from './model/settings.ts';
import { SideBySide } from './model/side-by-side.ts';
import { anyStep } from './model/steps.ts';

const stepsWanted = 100_000;
const longestRun = 400;

/** What a walk through the rules must have met to say anything about them. */
const mustBeMet: readonly (TransitionReason | `condition ${(typeof conditions)[number]}` | 'gap')[] = [
  'first_seen',
  'reported',
  'lease_expired',
  'never_beat',
  'heartbeat',
  'no_progress',
  'progress',
  'recovered',
  'processor_restart',
  'telemetry_gap',
  ...conditions.map((condition) => `condition ${condition}` as const),
  'gap',
];

it('100,000 random steps find no difference to the reference model', { timeout: 120_000 }, () => {
  const met = new Set<string>();
  let steps = 0;
  const run = fc.property(
    fc.constantFrom(...settingsTried),
    fc.array(anyStep, { minLength: 1, maxLength: longestRun, size: 'max' }),
    (settings, list) => {
      const sides = new SideBySide({ ...defaultFleetSettings, ...settings }, met);
      sides.run(list);
      steps += list.length;
    },
  );
  // The same steps in every round, so that a red one is somebody's change; MODEL_SEED walks elsewhere.
  const seed = Number(process.env.MODEL_SEED ?? 1);
  for (let round = 0; steps < stepsWanted; round++) fc.assert(run, { numRuns: 50, seed: seed + round });
  expect(mustBeMet.filter((rule) => !met.has(rule))).toEqual([]);
});
