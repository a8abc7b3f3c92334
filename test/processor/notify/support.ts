import { onTestFinished } from 'vitest';
import type { Alert } from '../../../src/core/index.ts';
import { loadConfig } from '../../../src/processor/index.ts';
import { createLog } from '../../../src/processor/log.ts';
import { Notifications } from '../../../src/processor/notify/notifications.ts';
import type { StoreService } from '../../../src/processor/store/index.ts';
import { anAlert, changeTo, resolved } from '../../support/an-alert.ts';
import { clockAt } from '../store/support.ts';

/** The notifications of a processor whose alerts a test makes by hand. */
export interface TestedNotifications {
  readonly notifications: Notifications;
  /** What was logged. */
  readonly lines: readonly string[];
  /** What is known, by id; a restart begins with what the last run knew. */
  readonly alerts: Map<string, Alert>;
  /** Since just now. */
  fires(subject: string, fields?: Parameters<typeof anAlert>[0]): Alert;
  ends(alert: Alert): void;
  acknowledges(alert: Alert, comment?: string | null, untilMs?: number): void;
  /** The value of a counter of a receiver. */
  count(outcome: 'sent' | 'failed' | 'refused' | 'dropped'): number;
}

/**
 * Starts notifications as the processor does; they stop at the end of the test.
 *
 * @param alertsConfig - YAML of the `alerts` section.
 */
export async function startNotifications(
  alertsConfig: string,
  store: StoreService,
  alerts = new Map<string, Alert>(),
): Promise<TestedNotifications> {
  const lines: string[] = [];
  const log = createLog({ write: (line) => lines.push(line), now: Date.now });
  const clock = clockAt();
  const { config } = loadConfig({ text: `alerts: ${alertsConfig}`, env: {} });
  const notifications = new Notifications({
    name: 'agent-vitals',
    settings: config.alerts,
    clock,
    store,
    textOf: ({ subject }) => ({
      summary: `Agent ${subject} is offline`,
      description: `No sign of life of ${subject}.`,
      runbookUrl: 'https://runbook.example/#agentoffline',
    }),
    log,
    onFailure: (where, error) => lines.push(`${where}: ${error}`),
  });
  onTestFinished(() => notifications.stop());
  await notifications.start(
    { entries: () => alerts.values(), find: (id) => alerts.get(id) },
    'http://vitals.example/',
  );
  const change = (alert: Alert, from: Alert['state'] | 'inactive') => {
    alerts.set(alert.id, alert);
    notifications.onChanges([changeTo(alert, from, clock.now())]);
  };
  return {
    notifications,
    lines,
    alerts,
    fires: (subject, fields = {}) => {
      const nowMs = clock.now();
      const alert = anAlert({ subject, activeAtMs: nowMs, firedAtMs: nowMs, ...fields });
      change(alert, 'inactive');
      return alert;
    },
    ends: (alert) => change(resolved(alert, clock.now()), 'firing'),
    acknowledges: (alert, comment = null, untilMs = Number.POSITIVE_INFINITY) => {
      const acknowledgement = { by: 'ops', atMs: clock.now(), untilMs, comment };
      change({ ...alert, acknowledgement }, 'firing');
    },
    count: (outcome) => notifications.figures.reduce((sum, { counts }) => sum + counts[outcome], 0),
  };
}
