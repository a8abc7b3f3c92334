import { statusPrecedence } from '@agent-vitals/contract';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  defaultSessionSettings,
  type MemberCounts,
  memberClass,
  type SessionVerdict,
  sessionVerdict,
} from '../../../src/core/index.ts';

/** Members by class, in the order active, degraded, failed, offline, unknown. */
function counts(active: number, degraded = 0, failed = 0, offline = 0, unknown = 0): MemberCounts {
  return { active, degraded, failed, offline, unknown };
}

function judge(members: MemberCounts, last: SessionVerdict | null = null): SessionVerdict {
  return sessionVerdict(members, last, defaultSessionSettings);
}

describe('memberClass', () => {
  it('is disjoint', () => {
    const classes = Object.fromEntries(
      statusPrecedence.map((status) => [status, memberClass(status, false)]),
    );
    expect(classes).toEqual({
      idle: 'active',
      busy: 'active',
      on_call: 'active',
      waiting: 'active',
      stalled: 'degraded',
      exhausted: 'degraded',
      error: 'failed',
      offline: 'offline',
      paused: 'unjudged',
      stopped: 'unjudged',
      unknown: 'unjudged',
    });
  });

  it.each(statusPrecedence)('judges nobody in maintenance: %s', (status) => {
    expect(memberClass(status, true)).toBe('unjudged');
  });
});

describe('sessionVerdict', () => {
  it.each([
    // One member.
    ['one active', counts(1), 'healthy', 100],
    ['one degraded', counts(0, 1), 'failed', 50],
    ['one failed', counts(0, 0, 1), 'critical', 0],
    ['one offline', counts(0, 0, 0, 1), 'critical', 0],
    ['one unknown', counts(0, 0, 0, 0, 1), 'empty', 0],
    // Nobody to judge: all paused, stopped or in maintenance come here as no count at all.
    ['nobody', counts(0), 'empty', 0],
    // Critical: more than 50 % failed, or all offline.
    ['half failed', counts(2, 0, 2), 'degraded', 50],
    ['one more than half failed', counts(4, 0, 6), 'critical', 40],
    ['the least above half failed', counts(49, 0, 51), 'critical', 49],
    ['half failed, the others offline', counts(0, 0, 2, 2), 'failed', 0],
    ['all offline', counts(0, 0, 0, 3), 'critical', 0],
    ['all offline but one', counts(1, 0, 0, 9), 'failed', 10],
    ['all offline but one degraded', counts(0, 1, 0, 9), 'failed', 5],
    ['all offline, beside an unknown one', counts(0, 0, 0, 3, 1), 'critical', 0],
    // Failed: more than 75 % have issues.
    ['three quarters with issues', counts(1, 1, 1, 1), 'degraded', 37.5],
    ['just above three quarters with issues', counts(24, 76), 'failed', 62],
    ['all degraded', counts(0, 4), 'failed', 50],
    // Degraded: more than 25 % have issues.
    ['a quarter with issues', counts(3, 1), 'degraded', 87.5],
    ['just above a quarter with issues', counts(74, 26), 'degraded', 87],
    // Healthy: at least 80 % are active; what is neither is degraded.
    ['80 % active', counts(8, 2), 'healthy', 90],
    ['80 % active, the others offline', counts(4, 0, 0, 1), 'healthy', 80],
    ['just below 80 % active', counts(79, 21), 'degraded', 89.5],
    ['four fifths of a great many', counts(80_000, 0, 0, 20_000), 'healthy', 80],
    // Unknown ones are not of the whole, and alone they don't make a verdict.
    ['unknown ones beside active ones', counts(4, 0, 0, 0, 96), 'healthy', 100],
    // One decimal.
    ['a third degraded', counts(2, 1), 'degraded', 83.3],
    ['two thirds degraded', counts(1, 2), 'degraded', 66.7],
  ])('%s', (_what, members, health, score) => {
    expect(judge(members)).toEqual({ health, score });
  });

  it('keeps the last verdict where unknown members alone remain', () => {
    const last: SessionVerdict = { health: 'critical', score: 12.5 };
    expect(judge(counts(0, 0, 0, 0, 3), last)).toEqual(last);
    expect(judge(counts(0), last)).toEqual({ health: 'empty', score: 0 });
    expect(judge(counts(1, 0, 0, 0, 3), last)).toEqual({ health: 'healthy', score: 100 });
  });

  it('is degraded by more than a quarter with issues, and by no less, where fewer active ones suffice', () => {
    const settings = { ...defaultSessionSettings, healthyActive: 0.5 };
    expect(sessionVerdict(counts(75, 25), null, settings).health).toBe('healthy');
    expect(sessionVerdict(counts(74, 26), null, settings).health).toBe('degraded');
  });

  it('holds shares against the settings exactly', () => {
    // 0.57 × 100 is 56.99…: multiplied, 57 of 100 would be more than 57 %.
    const settings = { ...defaultSessionSettings, criticalFailed: 0.57, failedIssues: 1, degradedIssues: 1 };
    expect(sessionVerdict(counts(43, 0, 57), null, settings).health).toBe('degraded');
    expect(sessionVerdict(counts(42, 0, 58), null, settings).health).toBe('critical');
    for (let percent = 1; percent <= 100; percent++) {
      const healthyActive = percent / 100;
      const verdict = sessionVerdict(counts(percent, 100 - percent), null, {
        ...settings,
        healthyActive,
      });
      expect(verdict.health).toBe('healthy');
    }
  });

  it('is the first rule that holds, whatever the members', () => {
    const size = fc.nat({ max: 200 });
    fc.assert(
      fc.property(size, size, size, size, size, (active, degraded, failed, offline, unknown) => {
        const { health, score } = judge({ active, degraded, failed, offline, unknown });
        const all = active + degraded + failed + offline;
        const issues = degraded + failed + offline;
        if (all === 0) {
          expect(health).toBe('empty');
          return;
        }
        // In whole numbers, so that no rounding hides a boundary.
        const expected =
          2 * failed > all || offline === all
            ? 'critical'
            : 4 * issues > 3 * all
              ? 'failed'
              : 4 * issues > all
                ? 'degraded'
                : 5 * active >= 4 * all
                  ? 'healthy'
                  : 'degraded';
        expect(health).toBe(expected);
        expect(score).toBeCloseTo((100 * active + 50 * degraded) / all, 0);
        expect(Math.round(score * 10) / 10).toBe(score);
        expect(score).toBeGreaterThanOrEqual(0);
        expect(score).toBeLessThanOrEqual(100);
      }),
      { numRuns: 2_000 },
    );
  });
});
