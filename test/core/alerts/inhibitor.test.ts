import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Alert, type AlertState, Inhibitor, inhibitions } from '../../../src/core/index.ts';

const alertOf = (labels: Record<string, string>, state: AlertState = 'firing') =>
  ({ labels, state }) as unknown as Alert;

/** What Alertmanager would do, by a look at every source (inhibit.go, `Mutes`), where a source has all equal labels. */
function isInhibitedBy(target: Record<string, string>, firing: readonly Record<string, string>[]): boolean {
  const fits = (labels: Record<string, string>, matchers: Readonly<Record<string, string>>) =>
    Object.entries(matchers).every(([name, value]) => (labels[name] ?? '') === value);
  return inhibitions.some(
    (rule) =>
      fits(target, rule.target) &&
      !fits(target, rule.source) &&
      firing.some(
        (source) =>
          fits(source, rule.source) &&
          rule.equal.every((name) => source[name] !== undefined && source[name] === target[name]),
      ),
  );
}

describe('inhibition', () => {
  const offline = {
    alertname: 'AgentOffline',
    severity: 'critical',
    scope: 'agent',
    subject: 'a',
    vitals_agent_id: 'a',
    vitals_pipeline_name: 'p',
  };
  it.each([
    [
      'a gap silences the deaths behind it',
      {
        alertname: 'TelemetryGap',
        severity: 'critical',
        scope: 'pipeline',
        subject: 'p',
        vitals_pipeline_name: 'p',
      },
      offline,
      true,
    ],
    [
      'a gap says nothing of another way in',
      {
        alertname: 'TelemetryGap',
        severity: 'critical',
        scope: 'pipeline',
        subject: 'q',
        vitals_pipeline_name: 'q',
      },
      offline,
      false,
    ],
    [
      'exhaustion excuses silence',
      {
        alertname: 'AgentExhausted',
        severity: 'warning',
        scope: 'agent',
        subject: 'a',
        vitals_agent_id: 'a',
      },
      offline,
      true,
    ],
    [
      'an account stands for its agents',
      {
        alertname: 'AccountExhausted',
        severity: 'warning',
        scope: 'account',
        subject: 'x',
        vitals_exhausted_scope: 'x',
      },
      {
        alertname: 'AgentExhausted',
        severity: 'warning',
        scope: 'agent',
        subject: 'a',
        vitals_exhausted_scope: 'x',
      },
      true,
    ],
    [
      'an account says nothing of agents of none',
      {
        alertname: 'AccountExhausted',
        severity: 'warning',
        scope: 'account',
        subject: 'x',
        vitals_exhausted_scope: 'x',
      },
      { alertname: 'AgentExhausted', severity: 'warning', scope: 'agent', subject: 'a' },
      false,
    ],
    [
      'the critical silences the warning',
      { alertname: 'QueueDeep', severity: 'critical', scope: 'agent', subject: 'a' },
      { alertname: 'QueueDeep', severity: 'warning', scope: 'agent', subject: 'a' },
      true,
    ],
    [
      'but not that of another scope',
      { alertname: 'SessionCritical', severity: 'critical', scope: 'session', subject: 'a' },
      { alertname: 'QueueDeep', severity: 'warning', scope: 'agent', subject: 'a' },
      false,
    ],
    [
      "nor others' alerts, that have no scope",
      { alertname: 'DiskFull', severity: 'critical' },
      { alertname: 'DiskSlow', severity: 'warning' },
      false,
    ],
    [
      'info is silenced by nothing',
      offline,
      { alertname: 'AgentLate', severity: 'info', scope: 'agent', subject: 'a' },
      false,
    ],
  ] as const)('%s', (_, source, target, expected) => {
    const inhibitor = new Inhibitor();
    expect(inhibitor.isInhibited(alertOf(target))).toBe(false);
    inhibitor.onChange({ alert: alertOf(source), from: 'pending', to: 'firing', at: 0 });
    expect(inhibitor.isInhibited(alertOf(target))).toBe(expected);
    inhibitor.onChange({ alert: alertOf(source), from: 'firing', to: 'firing', at: 0 });
    inhibitor.onChange({ alert: alertOf(source, 'resolved'), from: 'firing', to: 'resolved', at: 0 });
    expect(inhibitor.isInhibited(alertOf(target))).toBe(false);
  });

  it('is what a look at every alert that fires would find', () => {
    const labels = fc.record(
      {
        alertname: fc.constantFrom(
          'TelemetryGap',
          'AgentOffline',
          'AccountExhausted',
          'AgentExhausted',
          'QueueDeep',
        ),
        severity: fc.constantFrom('critical', 'warning', 'info'),
        scope: fc.constantFrom('agent', 'session'),
        subject: fc.constantFrom('a', 'b'),
        vitals_agent_id: fc.constantFrom('a', 'b'),
        vitals_pipeline_name: fc.constantFrom('p', 'q'),
        vitals_exhausted_scope: fc.constantFrom('x', 'y'),
      },
      { requiredKeys: ['alertname', 'severity', 'scope', 'subject'] },
    );
    const step = fc.record({ labels, isFiring: fc.boolean(), asked: labels });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const inhibitor = new Inhibitor();
        const firing = new Map<string, Record<string, string>>();
        for (const { labels: own, isFiring, asked } of steps) {
          const key = JSON.stringify(own);
          if (isFiring !== firing.has(key)) {
            const [from, to] = isFiring
              ? (['pending', 'firing'] as const)
              : (['firing', 'resolved'] as const);
            inhibitor.onChange({ alert: alertOf(own), from, to, at: 0 });
            if (isFiring) firing.set(key, own);
            else firing.delete(key);
          }
          expect(inhibitor.isInhibited(alertOf(asked))).toBe(isInhibitedBy(asked, [...firing.values()]));
        }
      }),
      { numRuns: 500 },
    );
  });
});
