import type { Acknowledgement, Alert, Incident } from '../../core/index.ts';
import type { Clock } from '../clock.ts';
import type { AlertRow, IncidentRow } from '../store/index.ts';

// How alerts and incidents are kept: as JSON, whose times are on the fleet's time line, and with the moments that the
// store sorts and clears by.

/** An alert that is in the book. */
export function rowOfAlert(alert: Alert, clock: Pick<Clock, 'toEpochMs'>): AlertRow {
  const { id, resolvedAtMs } = alert;
  return {
    id,
    resolvedAtEpochMs: resolvedAtMs === null ? null : clock.toEpochMs(resolvedAtMs),
    content: JSON.stringify(alert),
  };
}

/** An alert that has left the book. */
export function rowOfNoAlert(id: string): AlertRow {
  return { id, resolvedAtEpochMs: null, content: null };
}

/** What was kept; undefined where it is none of ours. */
export function alertOfRow({ id, content }: AlertRow): Alert | undefined {
  const alert = parsed(content) as Alert | undefined;
  if (alert?.id !== id || typeof alert.name !== 'string') return undefined;
  const { acknowledgement } = alert;
  return acknowledgement === null ? alert : { ...alert, acknowledgement: whole(acknowledgement) };
}

/** JSON knows no `Infinity`. */
function whole(acknowledgement: Acknowledgement): Acknowledgement {
  return { ...acknowledgement, untilMs: acknowledgement.untilMs ?? Number.POSITIVE_INFINITY };
}

export function rowOfIncident(incident: Incident, clock: Pick<Clock, 'toEpochMs'>): IncidentRow {
  const { id, startedAtMs, endedAtMs } = incident;
  return {
    id,
    startedAtEpochMs: clock.toEpochMs(startedAtMs),
    endedAtEpochMs: endedAtMs === null ? null : clock.toEpochMs(endedAtMs),
    content: JSON.stringify(incident),
  };
}

/**
 * What was kept; undefined where it is none of ours.
 *
 * @param clock - Of one that was ended without its content (its fleet could not be restored) the store knows the end.
 */
export function incidentOfRow(row: IncidentRow, clock: Clock): Incident | undefined {
  const incident = parsed(row.content) as Incident | undefined;
  if (incident?.id !== row.id || typeof incident.kind !== 'string') return undefined;
  if (row.endedAtEpochMs === null || incident.endedAtMs !== null) return incident;
  const nowMs = clock.now();
  return { ...incident, endedAtMs: nowMs + row.endedAtEpochMs - clock.toEpochMs(nowMs) };
}

function parsed(content: string | null): unknown {
  try {
    return content === null ? undefined : JSON.parse(content);
  } catch {
    return undefined;
  }
}
