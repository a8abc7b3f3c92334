import type { AlertAnswer, IncidentAnswer } from '@agent-vitals/contract';
import {
  type Alert,
  type AlertScope,
  type AlertSettings,
  describeAlert,
  type Incident,
} from '../../../core/index.ts';
import { timestampOf } from '../../timestamp.ts';

/** What simple clients know as the sources of alerts; the label `scope` has the whole truth. */
export const sourceTypeOf: Readonly<Record<AlertScope, AlertAnswer['source_type']>> = {
  agent: 'agent',
  session: 'session',
  integration: 'integration',
  account: 'system',
  pipeline: 'system',
  processor: 'system',
  system: 'system',
};

/**
 * The shape of an alert that REST answers.
 *
 * @param settings - How alerts are judged and told.
 * @param toEpochMs - Turns a moment of the fleet's time line into milliseconds since the epoch.
 * @param nowMs - An acknowledgement that has run out by now counts no more.
 * @example
 * ```ts
 * alertAnswerOf(alert, settings, clock.toEpochMs, clock.now()).message; // 'High CPU usage: 85%'
 * ```
 */
export function alertAnswerOf(
  alert: Alert,
  settings: AlertSettings,
  toEpochMs: (ms: number) => number,
  nowMs: number,
): AlertAnswer {
  const { message, description, runbookUrl } = describeAlert(alert, settings);
  const acknowledgement = acknowledgementOf(alert, nowMs);
  const at = (ms: number | null) => (ms === null ? null : timestampOf(toEpochMs(ms)));
  return {
    alert_id: alert.id,
    name: alert.name,
    severity: alert.severity,
    state: alert.state,
    message,
    source_type: sourceTypeOf[alert.scope],
    source_id: alert.subject,
    timestamp: timestampOf(toEpochMs(alert.activeAtMs)),
    fired_at: at(alert.firedAtMs),
    resolved_at: at(alert.resolvedAtMs),
    action_required: alert.state === 'firing' && alert.severity !== 'info' && acknowledgement === null,
    acknowledged: acknowledgement !== null,
    acknowledged_by: acknowledgement?.by ?? null,
    acknowledged_at: at(acknowledgement?.atMs ?? null),
    acknowledged_until:
      acknowledgement === null || !Number.isFinite(acknowledgement.untilMs)
        ? null
        : at(acknowledgement.untilMs),
    comment: acknowledgement?.comment ?? null,
    description,
    runbook_url: runbookUrl,
    value: alert.value,
    labels: { ...alert.labels },
  };
}

function acknowledgementOf({ acknowledgement }: Alert, nowMs: number): Alert['acknowledgement'] {
  return acknowledgement !== null && acknowledgement.untilMs > nowMs ? acknowledgement : null;
}

/** The shape of an incident that REST answers. */
export function incidentAnswerOf(incident: Incident, toEpochMs: (ms: number) => number): IncidentAnswer {
  const { id, kind, subject, summary, members, memberCount } = incident;
  const at = (ms: number | null) => (ms === null ? null : timestampOf(toEpochMs(ms)));
  return {
    id,
    kind,
    subject,
    summary,
    members: [...members],
    members_omitted: memberCount - members.length,
    started_at: timestampOf(toEpochMs(incident.startedAtMs)),
    ended_at: at(incident.endedAtMs),
    recovery_at: at(incident.recoveryAtMs),
  };
}
