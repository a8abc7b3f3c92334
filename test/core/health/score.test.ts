import { type AgentStatus, statusPrecedence } from '@agent-vitals/contract';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  defaultHealthSettings,
  type Health,
  type HealthFactorName,
  type HealthInputs,
  type HealthSettings,
  healthCaps,
  healthFactors,
  healthLevel,
  healthOf,
} from '../../../src/core/index.ts';

const nothingKnown: HealthInputs = {
  status: 'idle',
  isLate: false,
  isInMaintenance: false,
  successRatio: null,
  confidence: null,
  latencyRatio: null,
  fullestResource: null,
  integrationScore: null,
};

function judge(inputs: Partial<HealthInputs>, settings: HealthSettings = defaultHealthSettings): Health {
  const health = healthOf({ ...nothingKnown, ...inputs }, settings);
  if (health === null) throw new Error('The agent must be one that is judged');
  return health;
}

function factorValue(factor: HealthFactorName, inputs: Partial<HealthInputs>): number | undefined {
  return judge(inputs).factors.find(({ name }) => name === factor)?.value;
}

describe('the factors', () => {
  it.each([
    [{ status: 'idle' }, 1],
    [{ status: 'busy' }, 1],
    [{ status: 'on_call' }, 1],
    [{ status: 'waiting' }, 1],
    [{ status: 'busy', isLate: true }, 0.7],
    [{ status: 'exhausted' }, 0.3],
    [{ status: 'exhausted', isLate: true }, 0.3],
    [{ status: 'stalled' }, 0.2],
    [{ status: 'error' }, 0.2],
    [{ status: 'offline' }, 0],
  ] as const)('availability of %o is %d', (inputs, value) => {
    expect(factorValue('availability', inputs)).toBe(value);
  });

  it.each([
    ['success', 'successRatio', 1, 1],
    ['success', 'successRatio', 0.9, 0.9],
    ['success', 'successRatio', 0, 0],
    ['confidence', 'confidence', 0.25, 0.25],
    ['latency', 'latencyRatio', 0.2, 1],
    ['latency', 'latencyRatio', 1, 1],
    ['latency', 'latencyRatio', 3, 0.5],
    ['latency', 'latencyRatio', 5, 0],
    ['latency', 'latencyRatio', 50, 0],
    ['resources', 'fullestResource', 0.1, 1],
    ['resources', 'fullestResource', 0.8, 1],
    ['resources', 'fullestResource', 0.9, 0.5],
    ['resources', 'fullestResource', 1, 0],
    ['resources', 'fullestResource', 3, 0],
    ['integrations', 'integrationScore', 0.5, 0.5],
  ] as const)('%s of %s %d is %d', (factor, input, given, value) => {
    expect(factorValue(factor, { [input]: given })).toBeCloseTo(value, 12);
  });

  it('are only those that are known', () => {
    expect(judge({}).factors.map(({ name }) => name)).toEqual(['availability']);
    expect(judge({ confidence: 1, successRatio: 1 }).factors.map(({ name }) => name)).toEqual([
      'availability',
      'success',
      'confidence',
    ]);
  });
});

describe('the score', () => {
  it.each([
    // Worked out by hand: Σ value × weight over Σ weight of what is known.
    ['availability alone', {}, 1, null],
    ['success', { successRatio: 0.8 }, (0.35 + 0.3 * 0.8) / 0.65, null],
    ['low confidence', { confidence: 0 }, 0.35 / 0.45, null],
    [
      'all factors',
      { successRatio: 0.9, confidence: 0.7, latencyRatio: 2, fullestResource: 0.85, integrationScore: 0.5 },
      0.35 + 0.27 + 0.07 + 0.075 + 0.075 + 0.025,
      null,
    ],
    ['offline', { status: 'offline', successRatio: 1, confidence: 1 }, 0, 'offline'],
    ['offline alone: the mean is 0 already', { status: 'offline' }, 0, null],
    ['stalled', { status: 'stalled', successRatio: 1 }, 0.4, 'stalled'],
    ['stalled alone: the mean is below the cap', { status: 'stalled' }, 0.2, null],
    ['error', { status: 'error', successRatio: 1, confidence: 1 }, 0.4, 'error'],
    ['success below a half', { successRatio: 0.49 }, 0.45, 'failing'],
    ['success of a half', { successRatio: 0.5 }, (0.35 + 0.15) / 0.65, null],
    [
      'failing and exhausted: the lower cap',
      { status: 'exhausted', successRatio: 0.4, confidence: 1, latencyRatio: 1, fullestResource: 0.5 },
      0.45,
      'failing',
    ],
    [
      'failing, stalled: the lower cap',
      {
        status: 'stalled',
        successRatio: 0.4,
        fullestResource: 0,
        confidence: 1,
        latencyRatio: 1,
        integrationScore: 1,
      },
      0.4,
      'stalled',
    ],
    ['exhausted', { status: 'exhausted', successRatio: 1, confidence: 1 }, 0.6, 'exhausted'],
    ['exhausted alone', { status: 'exhausted' }, 0.3, null],
    ['late', { isLate: true, successRatio: 1 }, 0.79, 'late'],
    ['late alone', { isLate: true }, 0.7, null],
  ] as const)('of %s', (_what, inputs, score, cap) => {
    const health = judge(inputs);
    expect(health.score).toBeCloseTo(score, 12);
    expect(health.cap).toBe(cap);
  });

  it.each(['unknown', 'stopped', 'paused'] as const)('is null while %s', (status) => {
    expect(healthOf({ ...nothingKnown, status }, defaultHealthSettings)).toBeNull();
  });

  it('is null in maintenance', () => {
    expect(healthOf({ ...nothingKnown, isInMaintenance: true }, defaultHealthSettings)).toBeNull();
  });

  it.each([
    [1, 'healthy'],
    [0.8, 'healthy'],
    [0.7999, 'degraded'],
    [0.5, 'degraded'],
    [0.4999, 'critical'],
    [0, 'critical'],
  ] as const)('of %d is %s', (score, level) => {
    expect(healthLevel(score, defaultHealthSettings)).toBe(level);
  });

  it('takes weights as they are configured', () => {
    const weights = { ...defaultHealthSettings.weights, availability: 0, success: 3, confidence: 1 };
    const health = judge({ successRatio: 1, confidence: 0 }, { ...defaultHealthSettings, weights });
    expect(health.score).toBe(0.75);
    expect(health.factors.map(({ name, weight }) => [name, weight])).toEqual([
      ['success', 0.75],
      ['confidence', 0.25],
    ]);
  });
});

/** Every judged state of an agent, with any subset of the factors known. */
const judgedStatuses = statusPrecedence.filter(
  (status) => !['unknown', 'stopped', 'paused'].includes(status),
);
const ratio = fc.oneof(fc.constantFrom(0, 0.5, 1), fc.double({ min: 1e-9, max: 1, noNaN: true }));
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null });
const anyInputs: fc.Arbitrary<HealthInputs> = fc.record({
  status: fc.constantFrom(...judgedStatuses),
  isLate: fc.boolean(),
  isInMaintenance: fc.constant(false),
  successRatio: maybe(ratio),
  confidence: maybe(ratio),
  latencyRatio: maybe(fc.double({ min: 0, max: 100, noNaN: true })),
  fullestResource: maybe(fc.double({ min: 0, max: 2, noNaN: true })),
  integrationScore: maybe(ratio),
});
const anyWeights: fc.Arbitrary<HealthSettings> = fc
  .tuple(...healthFactors.map(() => fc.oneof(fc.constant(0), fc.double({ min: 0.001, max: 1, noNaN: true }))))
  .filter((weights) => weights.some((weight) => weight > 0))
  .map((weights) => ({
    ...defaultHealthSettings,
    weights: Object.fromEntries(healthFactors.map((name, index) => [name, weights[index]!])) as Record<
      HealthFactorName,
      number
    >,
  }));
const anySettings = fc.oneof(fc.constant(defaultHealthSettings), anyWeights);
const numRuns = 5_000;

/** Each step is one factor worse than the one before it, all else being equal. */
const worseStatus: readonly (readonly [AgentStatus, boolean])[] = [
  ['busy', false],
  ['busy', true],
  ['exhausted', false],
  ['stalled', false],
  ['offline', false],
];

describe('whatever is known', () => {
  it('the score lies in [0, 1], and the level is its own', () => {
    fc.assert(
      fc.property(anyInputs, anySettings, (inputs, settings) => {
        const health = healthOf(inputs, settings)!;
        expect(health.score).toBeGreaterThanOrEqual(0);
        expect(health.score).toBeLessThanOrEqual(1);
        expect(health.level).toBe(healthLevel(health.score, settings));
      }),
      { numRuns },
    );
  });

  it('the weights of the known factors make 1, in their configured proportions', () => {
    fc.assert(
      fc.property(anyInputs, anySettings, (inputs, settings) => {
        const { factors } = healthOf(inputs, settings)!;
        if (factors.length === 0) return;
        expect(factors.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1, 9);
        const [first] = factors;
        for (const { name, weight, value, contribution } of factors) {
          const proportion = settings.weights[name] / settings.weights[first!.name];
          expect(weight / first!.weight).toBeCloseTo(proportion, 6);
          expect(contribution).toBe(value * weight);
          expect(value).toBeGreaterThanOrEqual(0);
          expect(value).toBeLessThanOrEqual(1);
        }
      }),
      { numRuns },
    );
  });

  it('the score is the mean of the known factors, or the cap below it', () => {
    fc.assert(
      fc.property(anyInputs, (inputs) => {
        const { score, factors, cap } = healthOf(inputs, defaultHealthSettings)!;
        const mean = factors.reduce((sum, { contribution }) => sum + contribution, 0);
        expect(score).toBeCloseTo(cap === null ? mean : healthCaps[cap], 9);
        if (cap !== null) expect(healthCaps[cap]).toBeLessThan(mean);
      }),
      { numRuns },
    );
  });

  it('the score never rises when one known factor gets worse', () => {
    const worse = fc.record({
      of: fc.constantFrom(
        ...(['successRatio', 'confidence', 'latencyRatio', 'fullestResource', 'integrationScore'] as const),
      ),
      by: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(anyInputs, worse, anySettings, (inputs, { of, by }, settings) => {
        const known = inputs[of];
        if (known === null) return;
        const isBetterWhenHigher = of !== 'latencyRatio' && of !== 'fullestResource';
        const worsened = { ...inputs, [of]: isBetterWhenHigher ? known * (1 - by) : known * (1 + by) };
        const before = healthOf(inputs, settings)!.score;
        expect(healthOf(worsened, settings)!.score).toBeLessThanOrEqual(before + 1e-12);
      }),
      { numRuns },
    );
  });

  it('the score never rises when the status gets worse', () => {
    const steps = worseStatus.slice(1).map((_, index) => index);
    fc.assert(
      fc.property(anyInputs, fc.constantFrom(...steps), anySettings, (inputs, step, settings) => {
        const [[status, isLate], [worse, isLater]] = [worseStatus[step]!, worseStatus[step + 1]!];
        const before = healthOf({ ...inputs, status, isLate }, settings)!.score;
        const after = healthOf({ ...inputs, status: worse, isLate: isLater }, settings)!.score;
        expect(after).toBeLessThanOrEqual(before + 1e-12);
      }),
      { numRuns },
    );
  });

  it('the score is 0 only where a cap or all factors say so', () => {
    fc.assert(
      fc.property(anyInputs, anySettings, (inputs, settings) => {
        const { score, factors } = healthOf(inputs, settings)!;
        if (score > 0) return;
        expect(inputs.status === 'offline' || factors.every(({ value }) => value === 0)).toBe(true);
      }),
      { numRuns },
    );
  });

  it('a factor that is not known takes no part', () => {
    fc.assert(
      fc.property(anyInputs, fc.constantFrom(...healthFactors), (inputs, factor) => {
        // Without weight is as good as not known.
        const weights = { ...defaultHealthSettings.weights, [factor]: 0 };
        const health = healthOf(inputs, { ...defaultHealthSettings, weights })!;
        expect(health.factors.some(({ name }) => name === factor)).toBe(false);
        const input = (
          {
            success: 'successRatio',
            confidence: 'confidence',
            latency: 'latencyRatio',
            resources: 'fullestResource',
            integrations: 'integrationScore',
          } as const
        )[factor as Exclude<HealthFactorName, 'availability'>];
        // Success speaks by its cap too.
        if (input === undefined || factor === 'success') return;
        const unknown = healthOf({ ...inputs, [input]: null }, defaultHealthSettings)!;
        expect(health.score).toBeCloseTo(unknown.score, 9);
      }),
      { numRuns },
    );
  });
});
