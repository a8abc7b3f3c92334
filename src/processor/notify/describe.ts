import type { Alert } from '../../core/index.ts';

/** What an alert says, in words. */
export interface AlertText {
  readonly summary: string;
  readonly description: string;
  readonly runbookUrl: string;
}

/** What notifications need to know beside the alerts. */
export interface NotificationContext {
  /** Names this installation. */
  readonly name: string;
  /** Where the page is, without a slash at the end. */
  readonly externalUrl: string;
  readonly textOf: (alert: Alert) => AlertText;
  /** What a moment on the fleet's time line was by the wall clock. */
  readonly toEpochMs: (atMs: number) => number;
}

/** The annotations that the rules in Prometheus give the same alert. */
export function annotationsOf(alert: Alert, { textOf }: NotificationContext): Record<string, string> {
  const { summary, description, runbookUrl } = textOf(alert);
  return { summary, description, runbook_url: runbookUrl };
}

/** Where somebody who got a notification looks first. */
export function generatorUrlOf({ scope, subject }: Alert, { externalUrl }: NotificationContext): string {
  const id = encodeURIComponent(subject);
  if (scope === 'agent') return `${externalUrl}/api/health/agent/${id}`;
  if (scope === 'session') return `${externalUrl}/api/health/sessions/${id}`;
  if (scope === 'integration') return `${externalUrl}/api/health/integrations`;
  if (scope === 'system') return `${externalUrl}/api/health/system`;
  return `${externalUrl}/api/health/alerts`;
}

/** As RFC 3339 in UTC. */
export function timestampOf(atMs: number, { toEpochMs }: NotificationContext): string {
  return new Date(toEpochMs(atMs)).toISOString();
}
