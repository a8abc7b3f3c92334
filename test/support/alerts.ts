import type { Alert } from '../../src/core/index.ts';

/** An alert that fires; of its name, severity and subject an id is made. */
export function firingAlert(facts: Partial<Alert> = {}): Alert {
  const { name = 'AgentOffline', severity = 'critical', scope = 'agent', subject = 'crawler-7' } = facts;
  return {
    id: Buffer.from(`${name} ${severity} ${subject}`).toString('hex'),
    name,
    severity,
    scope,
    subject,
    state: 'firing',
    labels: { alertname: name, severity, scope, subject },
    value: 1,
    activeAtMs: 0,
    firedAtMs: 0,
    resolvedAtMs: null,
    acknowledgement: null,
    ...facts,
  };
}
