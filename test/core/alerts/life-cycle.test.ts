import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AlertLife, lifeDueMs, stepLife, type Verdict } from '../../../src/core/alerts/life-cycle.ts';
import { PrometheusEval } from './prometheus-eval.ts';

/** Walks through verdicts, by their times; what became of it after each. */
function walk(
  timing: { forMs: number; keepFiringForMs: number },
  ...steps: (readonly [nowMs: number, verdict: Verdict, atMs?: number])[]
): string[] {
  let life: AlertLife | null = null;
  return steps.map(([nowMs, verdict, atMs]) => {
    const step = stepLife(life, verdict, timing, nowMs, atMs);
    life = step.life;
    if (step.resolvedAtMs !== null) return `resolved at ${step.resolvedAtMs}`;
    if (life === null) return 'inactive';
    return life.state === 'pending' ? `pending since ${life.activeAtMs}` : `fired at ${life.firedAtMs}`;
  });
}

describe('the life of an alert', () => {
  it.each([
    ['fires at once without for', [0, 0], [[5, 'holds']], ['fired at 5']],
    ['is dated when it became true', [0, 0], [[5, 'holds', 3]], ['fired at 3']],
    ['is never dated ahead', [0, 0], [[5, 'holds', 9]], ['fired at 5']],
    [
      'waits for its time',
      [10, 0],
      [
        [0, 'holds'],
        [9, 'holds'],
        [10, 'holds'],
      ],
      ['pending since 0', 'pending since 0', 'fired at 10'],
    ],
    [
      'fires when it was due, not when somebody looked',
      [10, 0],
      [
        [0, 'holds'],
        [17, 'silent'],
      ],
      ['pending since 0', 'fired at 10'],
    ],
    [
      'has a for of its own by the date',
      [10, 0],
      [
        [9, 'holds', 0],
        [10, 'silent'],
      ],
      ['pending since 0', 'fired at 10'],
    ],
    [
      'is over without a word while pending',
      [10, 0],
      [
        [0, 'holds'],
        [9, 'over'],
        [30, 'holds'],
      ],
      ['pending since 0', 'inactive', 'pending since 30'],
    ],
    [
      'is over rather than due, at the same moment',
      [10, 0],
      [
        [0, 'holds'],
        [10, 'over'],
      ],
      ['pending since 0', 'inactive'],
    ],
    [
      'is resolved at once without keep_firing_for',
      [0, 0],
      [
        [0, 'holds'],
        [7, 'over', 6],
      ],
      ['fired at 0', 'resolved at 6'],
    ],
    [
      'keeps firing',
      [0, 10],
      [
        [0, 'holds'],
        [5, 'over'],
        [14, 'over'],
        [15, 'over'],
      ],
      ['fired at 0', 'fired at 0', 'fired at 0', 'resolved at 15'],
    ],
    [
      'is resolved when that was due',
      [0, 10],
      [
        [0, 'holds'],
        [5, 'over'],
        [99, 'silent'],
      ],
      ['fired at 0', 'fired at 0', 'resolved at 15'],
    ],
    [
      'bridges what holds again',
      [0, 10],
      [
        [0, 'holds'],
        [5, 'over'],
        [14, 'holds'],
        [20, 'over'],
        [29, 'silent'],
      ],
      ['fired at 0', 'fired at 0', 'fired at 0', 'fired at 0', 'fired at 0'],
    ],
    [
      'stays as it is while nobody can tell',
      [0, 10],
      [
        [0, 'holds'],
        [5, 'unknown'],
        [99, 'silent'],
        [99, 'unknown'],
      ],
      ['fired at 0', 'fired at 0', 'fired at 0', 'fired at 0'],
    ],
    [
      'is latched while it is over and nobody can tell',
      [0, 10],
      [
        [0, 'holds'],
        [5, 'over'],
        [6, 'unknown'],
        [99, 'silent'],
        [100, 'over'],
      ],
      ['fired at 0', 'fired at 0', 'fired at 0', 'fired at 0', 'resolved at 15'],
    ],
    [
      'does not fire while nobody can tell',
      [10, 0],
      [
        [0, 'holds'],
        [4, 'unknown'],
        [99, 'silent'],
      ],
      ['pending since 0', 'pending since 0', 'pending since 0'],
    ],
    [
      'waits on for what it has not seen',
      [10, 0],
      [
        [0, 'holds'],
        [4, 'unknown'],
        [54, 'holds'],
        [59, 'silent'],
        [60, 'silent'],
      ],
      ['pending since 0', 'pending since 0', 'pending since 50', 'pending since 50', 'fired at 60'],
    ],
    [
      'does not begin while nobody can tell',
      [0, 0],
      [
        [0, 'unknown'],
        [5, 'silent'],
        [6, 'over'],
      ],
      ['inactive', 'inactive', 'inactive'],
    ],
  ] as const)('%s', (_, [forMs, keepFiringForMs], steps, expected) => {
    expect(walk({ forMs, keepFiringForMs }, ...(steps as unknown as [number, Verdict][]))).toEqual(expected);
  });

  it('is what Prometheus makes of the same, at each evaluation', () => {
    fc.assert(
      fc.property(
        fc.nat(6),
        fc.nat(6),
        fc.array(fc.boolean(), { minLength: 1, maxLength: 60 }),
        (forMs, keepFiringForMs, results) => {
          const timing = { forMs, keepFiringForMs };
          const prometheus = new PrometheusEval(forMs, keepFiringForMs);
          let life: AlertLife | null = null;
          const resolved: number[] = [];
          for (const [ts, holds] of results.entries()) {
            prometheus.eval(ts, holds);
            // Between two evaluations, too, somebody looks at the time.
            for (const verdict of ['silent', holds ? 'holds' : 'over'] as const) {
              // What is due now is judged first, as Prometheus does.
              const step = stepLife(life, verdict, timing, verdict === 'silent' ? ts - 0.5 : ts);
              life = step.life;
              if (step.resolvedAtMs !== null) resolved.push(step.resolvedAtMs);
            }
            const { active } = prometheus;
            const state = active === undefined || active.state === 'inactive' ? null : active.state;
            expect(life?.state ?? null).toBe(state);
            if (life !== null) {
              expect(life.activeAtMs).toBe(active?.activeAt);
              expect(life.overSinceMs ?? undefined).toBe(active?.keepFiringSince);
              if (life.state === 'firing') expect(life.firedAtMs).toBe(active?.firedAt);
            }
          }
          expect(resolved).toEqual(prometheus.resolved.map(({ resolvedAt }) => resolvedAt));
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('is due when something becomes of it, and not before', () => {
    const verdicts = fc.constantFrom<Verdict>('holds', 'over', 'unknown');
    fc.assert(
      fc.property(
        fc.nat(9),
        fc.nat(9),
        fc.array(verdicts, { minLength: 1 }),
        (forMs, keepFiringForMs, walkOf) => {
          const timing = { forMs, keepFiringForMs };
          let life: AlertLife | null = null;
          for (const [nowMs, verdict] of walkOf.entries()) life = stepLife(life, verdict, timing, nowMs).life;
          if (life === null) return;
          const dueMs = lifeDueMs(life, timing);
          const before = Number.isFinite(dueMs) ? dueMs - 1 : Number.MAX_SAFE_INTEGER;
          expect(stepLife(life, 'silent', timing, Math.max(before, walkOf.length - 1)).life?.state).toBe(
            life.state,
          );
          if (Number.isFinite(dueMs)) {
            expect(stepLife(life, 'silent', timing, dueMs).life?.state ?? 'over').not.toBe(life.state);
          }
        },
      ),
    );
  });
});
