import type { Alert } from '../../../core/index.ts';
import { annotationsOf, generatorUrlOf, type NotificationContext, timestampOf } from '../describe.ts';
import { fingerprintOf } from './fingerprint.ts';

/** The end of an alert that fires, as Go writes a time that isn't set. */
const noTime = '0001-01-01T00:00:00Z';

type Texts = Readonly<Record<string, string>>;

/** One alert of a {@link WebhookPayload}. */
export interface WebhookAlert {
  readonly status: 'firing' | 'resolved';
  readonly labels: Texts;
  readonly annotations: Texts;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly generatorURL: string;
  readonly fingerprint: string;
}

/**
 * What Alertmanager posts to a webhook, version 4:
 * https://prometheus.io/docs/alerting/latest/configuration/#webhook_config
 */
export interface WebhookPayload {
  readonly version: '4';
  readonly groupKey: string;
  readonly truncatedAlerts: number;
  readonly status: 'firing' | 'resolved';
  readonly receiver: string;
  readonly groupLabels: Texts;
  readonly commonLabels: Texts;
  readonly commonAnnotations: Texts;
  readonly externalURL: string;
  readonly alerts: readonly WebhookAlert[];
}

export interface PayloadParts {
  readonly groupKey: string;
  readonly groupLabels: Texts;
  readonly alerts: readonly Alert[];
  readonly truncated: number;
}

/** So many alerts are written in one go. */
const alertsPerSlice = 20;

/**
 * Writes the body of a notification, in slices: each `next()` does one.
 *
 * @returns JSON of a {@link WebhookPayload}.
 */
export function* writePayload(parts: PayloadParts, context: NotificationContext): Generator<void, string> {
  const written: string[] = [];
  let commonLabels: Record<string, string> | undefined;
  let commonAnnotations: Record<string, string> | undefined;
  let isFiring = false;
  for (const [index, alert] of parts.alerts.entries()) {
    if (index > 0 && index % alertsPerSlice === 0) yield;
    const one = webhookAlertOf(alert, context);
    written.push(JSON.stringify(one));
    isFiring ||= one.status === 'firing';
    commonLabels = common(commonLabels, one.labels);
    commonAnnotations = common(commonAnnotations, one.annotations);
  }
  const head: Omit<WebhookPayload, 'alerts'> = {
    version: '4',
    groupKey: parts.groupKey,
    truncatedAlerts: parts.truncated,
    status: isFiring ? 'firing' : 'resolved',
    receiver: context.name,
    groupLabels: parts.groupLabels,
    commonLabels: commonLabels ?? {},
    commonAnnotations: commonAnnotations ?? {},
    externalURL: context.externalUrl,
  };
  return `${JSON.stringify(head).slice(0, -1)},"alerts":[${written.join()}]}`;
}

function webhookAlertOf(alert: Alert, context: NotificationContext): WebhookAlert {
  const { labels, firedAtMs, activeAtMs, resolvedAtMs, state } = alert;
  return {
    status: state === 'resolved' ? 'resolved' : 'firing',
    labels,
    annotations: annotationsOf(alert, context),
    startsAt: timestampOf(firedAtMs ?? activeAtMs, context),
    endsAt: resolvedAtMs === null ? noTime : timestampOf(resolvedAtMs, context),
    generatorURL: generatorUrlOf(alert, context),
    fingerprint: fingerprintOf(labels),
  };
}

/** What two sets of texts share. */
function common(known: Record<string, string> | undefined, next: Texts): Record<string, string> {
  if (known === undefined) return { ...next };
  for (const name of Object.keys(known)) if (known[name] !== next[name]) delete known[name];
  return known;
}
