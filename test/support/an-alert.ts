import { type Alert, type AlertChange, type AlertState, alertId } from '../../src/core/index.ts';

type Fields = Partial<Omit<Alert, 'id' | 'labels'>> & { readonly labels?: Readonly<Record<string, string>> };

/**
 * An alert as the book of alerts makes it; by default an agent's AgentOffline that has fired since 1000.
 *
 * @example
 * anAlert({ subject: 'a-1', labels: { vitals_session_id: 'night' } });
 */
export function anAlert({ labels = {}, ...fields }: Fields = {}): Alert {
  const { name = 'AgentOffline', severity = 'critical', scope = 'agent', subject = 'a-1' } = fields;
  const own = scope === 'agent' ? { vitals_agent_id: subject } : {};
  return {
    id: alertId(name, severity, subject),
    name,
    severity,
    scope,
    subject,
    state: 'firing',
    value: 1,
    activeAtMs: 1_000,
    firedAtMs: 1_000,
    resolvedAtMs: null,
    acknowledgement: null,
    ...fields,
    labels: { alertname: name, severity, scope, subject, ...own, ...labels },
  };
}

/** The same alert, over. */
export function resolved(alert: Alert, resolvedAtMs = 2_000): Alert {
  return { ...alert, state: 'resolved', resolvedAtMs, acknowledgement: null };
}

/** A change to what the alert is now. */
export function changeTo(alert: Alert, from: AlertState | 'inactive' = 'inactive', at = 0): AlertChange {
  return { alert, from, to: alert.state, at };
}
