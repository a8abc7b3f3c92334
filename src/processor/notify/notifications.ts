import type { NotificationReceiver } from '@agent-vitals/contract';
import type { Alert, AlertChange } from '../../core/index.ts';
import type { Clock } from '../clock.ts';
import type { Config } from '../config/index.ts';
import type { Log } from '../log.ts';
import type { StoreService } from '../store/index.ts';
import { AlertSender } from './alertmanager/alert-sender.ts';
import { AlertmanagerClient } from './alertmanager/alertmanager-client.ts';
import { OtherPathWatch } from './alertmanager/other-path-watch.ts';
import { SilenceKeeper } from './alertmanager/silence-keeper.ts';
import type { AlertText, NotificationContext } from './describe.ts';
import type { KeptNotifications } from './notification-log.ts';
import { type ReceiverFigures, ReceiverState } from './receiver-state.ts';
import { StoredNotificationLog } from './stored-notification-log.ts';
import { targetOf } from './target.ts';
import { WebhookNotifier } from './webhook/webhook-notifier.ts';

/** Whence alerts come. */
export interface AlertSource {
  /** All that are known: pending, firing, and resolved of late. */
  entries(): Iterable<Alert>;
  find(id: string): Alert | undefined;
}

export interface NotificationsOptions {
  readonly name: string;
  readonly settings: Config['alerts'];
  readonly clock: Clock;
  readonly store: Pick<StoreService, 'flushed' | 'notifications' | 'onFactsLost' | 'recordNotification'>;
  readonly textOf: (alert: Alert) => AlertText;
  readonly log: Log;
  readonly onFailure: (where: string, error: unknown) => void;
  /** From 0 up to 1; by default by chance. */
  readonly random?: () => number;
}

/** One receiver at work. */
interface Notifier {
  readonly receiver: NotificationReceiver;
  readonly state: ReceiverState;
  readonly waiting: number;
  start(kept: KeptNotifications, alerts: AlertSource): void;
  onChange(change: AlertChange): void;
  recordAll(): void;
  stop(): Promise<void> | void;
}

/**
 * Tells whoever is configured what fires: an Alertmanager, a webhook, both or nobody. Alerts themselves are judged and
 * kept elsewhere; here is what was told of them to whom.
 *
 * @example
 * ```ts
 * const notifications = new Notifications({ name, settings: config.alerts, clock, store, textOf, log, onFailure });
 * await notifications.start(book, 'http://127.0.0.1:8080');
 * notifications.onChanges(book.takeChanges());
 * await notifications.stop();
 * ```
 */
export class Notifications {
  readonly #options: NotificationsOptions;
  #notifiers: readonly Notifier[] = [];

  constructor(options: NotificationsOptions) {
    this.#options = options;
  }

  /** Figures of each receiver that is configured. */
  get figures(): readonly ReceiverFigures[] {
    return this.#notifiers.map(({ state, waiting }) => state.figures(waiting));
  }

  /** Whether what is told a receiver arrives; one that isn't configured doesn't fail. */
  isFailing(receiver: NotificationReceiver): boolean {
    return this.#notifiers.some((one) => one.receiver === receiver && one.state.isFailing);
  }

  /**
   * Goes on where the last process ended; changes before it are to be in `alerts` already.
   *
   * @param externalUrl - Where the page is.
   */
  async start(alerts: AlertSource, externalUrl: string): Promise<void> {
    const { clock, name, onFailure, settings, store, textOf } = this.#options;
    if (settings.alertmanager.url === '' && settings.webhook.url === '') return;
    const toEpochMs = (atMs: number) => clock.toEpochMs(atMs);
    const context = { name, externalUrl: externalUrl.replace(/\/+$/, ''), textOf, toEpochMs };
    const notificationLog = new StoredNotificationLog(store);
    const kept = await notificationLog.read((error) => onFailure('notifications of the last run', error));
    this.#notifiers = [
      ...(settings.alertmanager.url === ''
        ? []
        : [this.#alertmanager(context, notificationLog, kept, alerts)]),
      ...(settings.webhook.url === '' ? [] : [this.#webhook(context, notificationLog)]),
    ];
    store.onFactsLost(() => {
      for (const notifier of this.#notifiers) notifier.recordAll();
    });
    for (const notifier of this.#notifiers) notifier.start(kept, alerts);
  }

  onChanges(changes: readonly AlertChange[]): void {
    for (const notifier of this.#notifiers) for (const change of changes) notifier.onChange(change);
  }

  async stop(): Promise<void> {
    await Promise.all(this.#notifiers.map((notifier) => notifier.stop()));
  }

  #alertmanager(
    context: NotificationContext,
    notificationLog: StoredNotificationLog,
    kept: KeptNotifications,
    alerts: AlertSource,
  ): Notifier {
    const { clock, log, random = Math.random, settings } = this.#options;
    const { timeoutMs, url } = settings.alertmanager;
    const target = targetOf(url);
    const key = 'alerts.alertmanager.url';
    const state = new ReceiverState({ receiver: 'alertmanager', key, target, showsAnswer: true, log });
    const abort = new AbortController();
    const client = new AlertmanagerClient(target, { timeoutMs, signal: abort.signal });
    const find = (id: string) => alerts.find(id);
    const silences = new SilenceKeeper(
      { client, clock, context, find, log, notificationLog, random },
      kept.silences,
    );
    const beforeResolved = (alert: Alert) => silences.released(alert);
    const sender = new AlertSender({ client, clock, context, state, find, random, beforeResolved });
    const watch = new OtherPathWatch({ client, log, key });
    return {
      receiver: 'alertmanager',
      state,
      get waiting() {
        return sender.waiting;
      },
      start: () => {
        sender.start(alerts.entries());
        silences.start(alerts.entries());
        watch.start();
      },
      onChange: (change) => {
        // The sender waits for the silence of what is over.
        sender.onChange(change);
        silences.onChange(change);
      },
      recordAll: () => silences.recordAll(),
      stop: () => {
        watch.stop();
        sender.stop();
        silences.stop();
        abort.abort();
      },
    };
  }

  #webhook(context: NotificationContext, notificationLog: StoredNotificationLog): Notifier {
    const { clock, log, onFailure, random = Math.random, settings } = this.#options;
    const { url, ...rest } = settings.webhook;
    const target = targetOf(url, { isPathSecret: true });
    const key = 'alerts.webhook.url';
    const state = new ReceiverState({ receiver: 'webhook', key, target, showsAnswer: false, log });
    const notifier = new WebhookNotifier({
      ...rest,
      target,
      clock,
      context,
      notificationLog,
      state,
      random,
      onFailure: (error) => onFailure('notifications', error),
    });
    return {
      receiver: 'webhook',
      state,
      get waiting() {
        return notifier.waiting;
      },
      start: (kept, alerts) => notifier.start(kept, alerts.entries(), (id) => alerts.find(id)),
      onChange: (change) => notifier.onChange(change),
      recordAll: () => notifier.recordAll(),
      stop: () => notifier.stop(),
    };
  }
}
