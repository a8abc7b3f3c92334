import type { AgentStatus, Condition } from '@agent-vitals/contract';
import { statusPrecedence } from '@agent-vitals/contract';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  AgentJudge,
  type AlertName,
  type AlertOverride,
  alertSettingsOf,
  defaultHealthSettings,
  type HealthInputs,
  type HealthSettings,
  healthOf,
  type JudgedFleet,
  type Measured,
} from '../../../src/core/index.ts';

/** What is known of one agent; NaN is not known. */
interface Facts {
  status: AgentStatus;
  conditions: readonly Condition[];
  confidence: number;
  queueDepth: number;
  successRatio: number;
  recentExecutions: number;
  recentFailures: number;
  score: number;
  /** The factors that take long to learn. */
  others: Pick<HealthInputs, 'latencyRatio' | 'fullestResource' | 'integrationScore'>;
}

const idle: Facts = {
  status: 'idle',
  conditions: [],
  confidence: Number.NaN,
  queueDepth: Number.NaN,
  successRatio: Number.NaN,
  recentExecutions: 0,
  recentFailures: 0,
  score: 1,
  others: { latencyRatio: null, fullestResource: null, integrationScore: null },
};

function fleetOf(facts: Facts, healthReads: { count: number } = { count: 0 }): JudgedFleet {
  return {
    idOf: () => 'a',
    sessionOf: () => '',
    typeOf: () => 'scraper',
    pipelineOf: () => 'otlp/agents',
    statusOf: () => facts.status,
    has: (_, condition) => facts.conditions.includes(condition),
    confidenceOf: () => facts.confidence,
    queueDepthOf: () => facts.queueDepth,
    successRatioOf: () => facts.successRatio,
    recentExecutionsOf: () => facts.recentExecutions,
    recentFailuresOf: () => facts.recentFailures,
    healthOf: () => {
      healthReads.count++;
      return { score: facts.score, level: 'critical', factors: [], cap: null };
    },
    exhaustionOf: () => ({
      reason: 'billing',
      scope: 'acct-1',
      exhaustedAtMs: 0,
      recoveryAtMs: null,
      recoverySource: 'default',
    }),
  };
}

function judged(
  facts: Partial<Facts>,
  overrides: Partial<Record<AlertName, AlertOverride>> = {},
): { holding: string[]; values: Record<string, Measured> } {
  const judge = new AgentJudge(
    fleetOf({ ...idle, ...facts }),
    alertSettingsOf(overrides),
    defaultHealthSettings,
  );
  const mask = judge.judge(0, 0);
  return {
    holding: judge.rules.filter((_, index) => (mask & (1 << index)) !== 0).map(({ name }) => name),
    values: Object.fromEntries(judge.rules.map(({ name }, index) => [name, judge.valueOf(index)])),
  };
}

/** One that would raise every alert that its status lets it. */
const worst: Partial<Facts> = {
  conditions: ['late', 'flapping', 'exhausted', 'conflict'],
  confidence: 0.1,
  queueDepth: 500,
  successRatio: 0.1,
  recentExecutions: 20,
  recentFailures: 18,
  score: 0.2,
};
const work = [
  'AgentErrorRateHigh',
  'AgentConfidenceLow',
  'AgentFailuresRecent',
  'AgentUnhealthy',
  'QueueDeep',
];
const conditions = ['AgentExhausted', 'AgentFlapping', 'AgentConflict'];

describe('an agent is judged', () => {
  it.each([
    ['fine', {}, []],
    ['offline', { status: 'offline' }, ['AgentOffline']],
    ['stalled', { status: 'stalled' }, ['AgentStalled']],
    [
      'at the edge of everything',
      {
        confidence: 0.3,
        queueDepth: 100,
        successRatio: 0.5,
        recentExecutions: 100,
        recentFailures: 10,
        score: 0.5,
      },
      [],
    ],
    [
      'just beyond it',
      {
        confidence: 0.299,
        queueDepth: 101,
        successRatio: 0.499,
        recentExecutions: 39,
        recentFailures: 4,
        score: 0.499,
      },
      work,
    ],
    ['failing seldom of late', { recentExecutions: 10, recentFailures: 3 }, []],
    ['as bad as can be while idle', worst, ['AgentLate', ...conditions, ...work]],
    ['as bad as can be under offline', { ...worst, status: 'offline' }, ['AgentOffline', ...conditions]],
    ['as bad as can be under paused', { ...worst, status: 'paused' }, ['AgentLate', ...conditions]],
    ['as bad as can be under stopped', { ...worst, status: 'stopped' }, conditions],
    ['as bad as can be under error', { ...worst, status: 'error' }, ['AgentLate', ...conditions, ...work]],
    ['never when it is muted', { ...worst, status: 'offline', conditions: ['muted', 'exhausted'] }, []],
    ['never in maintenance', { ...worst, status: 'stalled', conditions: ['maintenance', 'late'] }, []],
  ] as const)('%s', (_, facts, expected) => {
    expect(judged(facts as Partial<Facts>).holding.sort()).toEqual([...expected].sort());
  });

  it('unknown: nothing begins or ends but what it knows by the clock, and that it is late', () => {
    const { holding, values } = judged({ ...worst, status: 'unknown' });
    expect(holding).toEqual(['AgentExhausted']);
    const { AgentExhausted, AgentLate, ...others } = values;
    expect(AgentExhausted).toBe(1);
    expect(AgentLate).toBeNull();
    for (const [name, value] of Object.entries(others)) expect(value, name).toBeUndefined();
    expect(judged({ status: 'unknown' }).values.AgentExhausted).toBeNull();
  });

  it('by the thresholds of the settings, and not by rules that are disabled', () => {
    const overrides = {
      QueueDeep: { threshold: { warning: 5, critical: 1000 } },
      AgentConfidenceLow: { threshold: 0.05 },
      AgentUnhealthy: { enabled: false },
      AgentLate: { enabled: false },
    };
    const { holding, values } = judged({ ...worst, queueDepth: 6 }, overrides);
    expect(holding.sort()).toEqual(
      [...conditions, 'AgentErrorRateHigh', 'AgentFailuresRecent', 'QueueDeep'].sort(),
    );
    expect([values.AgentUnhealthy, values.AgentLate]).toEqual([null, null]);
  });

  it('with what was measured, and the labels of the rule', () => {
    const { values } = judged(worst);
    expect(values).toMatchObject({
      QueueDeep: 500,
      AgentConfidenceLow: 0.1,
      AgentFailuresRecent: 18,
      AgentUnhealthy: 0.2,
    });
    expect(values.AgentErrorRateHigh).toBeCloseTo(0.9, 12);
    const judge = new AgentJudge(fleetOf(idle), alertSettingsOf({}), defaultHealthSettings);
    const labelsOf = (name: AlertName) => judge.labelsOf(judge.rules.find((rule) => rule.name === name)!, 0);
    const identity = { vitals_agent_id: 'a', vitals_session_id: '', vitals_agent_type: 'scraper' };
    expect(labelsOf('AgentStalled')).toEqual(identity);
    expect(labelsOf('AgentOffline')).toEqual({ ...identity, vitals_pipeline_name: 'otlp/agents' });
    expect(labelsOf('AgentExhausted')).toEqual({
      ...identity,
      vitals_exhausted_scope: 'acct-1',
      vitals_exhausted_reason: 'billing',
    });
  });

  it('by its score only where that may be low: never for those that are plainly well', () => {
    const reads = { count: 0 };
    const judge = (facts: Partial<Facts>) =>
      new AgentJudge(fleetOf({ ...idle, ...facts }, reads), alertSettingsOf({}), defaultHealthSettings).judge(
        0,
        0,
      );
    judge({});
    judge({ status: 'busy', successRatio: 0.9, confidence: 0.8 });
    expect(reads.count).toBe(0);
    judge({ conditions: ['late'] });
    expect(reads.count).toBe(1);
  });

  it('by a cap of what has no weight', () => {
    const settings = {
      ...defaultHealthSettings,
      weights: { ...defaultHealthSettings.weights, success: 0 },
    };
    const fleet = fleetOf({ ...idle, successRatio: 0.4, score: 0.45 });
    const judge = new AgentJudge(fleet, alertSettingsOf({}), settings);
    const mask = judge.judge(0, 0);
    expect(judge.rules.filter((_, index) => (mask & (1 << index)) !== 0).map(({ name }) => name)).toEqual([
      'AgentUnhealthy',
    ]);
  });

  it('as if its score had been worked out each time', () => {
    const ratio = fc.double({ min: 0, max: 1, noNaN: true });
    const known = fc.oneof(ratio, fc.constant(null));
    const weight = fc.constantFrom(0, 0.05, 0.1, 0.35, 1);
    fc.assert(
      fc.property(
        fc.record({
          status: fc.constantFrom(...statusPrecedence),
          isLate: fc.boolean(),
          successRatio: known,
          confidence: known,
          latencyRatio: fc.oneof(fc.double({ min: 0, max: 9, noNaN: true }), fc.constant(null)),
          fullestResource: known,
          integrationScore: known,
        }),
        fc.record({
          availability: weight,
          success: weight,
          confidence: weight,
          latency: weight,
          resources: weight,
          integrations: weight,
        }),
        ratio,
        (inputs, weights, threshold) => {
          const settings: HealthSettings = { ...defaultHealthSettings, weights };
          if (weights.availability + weights.success + weights.confidence === 0) return;
          const health = healthOf({ ...inputs, isInMaintenance: false }, settings);
          const facts: Facts = {
            ...idle,
            status: inputs.status,
            conditions: inputs.isLate ? ['late'] : [],
            successRatio: inputs.successRatio ?? Number.NaN,
            confidence: inputs.confidence ?? Number.NaN,
            score: health?.score ?? Number.NaN,
          };
          const judge = new AgentJudge(
            fleetOf(facts),
            alertSettingsOf({ AgentUnhealthy: { threshold } }),
            settings,
          );
          const index = judge.rules.findIndex(({ name }) => name === 'AgentUnhealthy');
          const isHeld = (judge.judge(0, 0) & (1 << index)) !== 0;
          const isAbsent = ['offline', 'stopped', 'paused', 'unknown'].includes(inputs.status);
          const expected = !isAbsent && health !== null && health.score < threshold;
          // A sum in another order may differ in its last digit.
          if (health !== null && Math.abs(health.score - threshold) < 1e-12) return;
          expect(isHeld).toBe(expected);
        },
      ),
      { numRuns: 3000 },
    );
  });
});
