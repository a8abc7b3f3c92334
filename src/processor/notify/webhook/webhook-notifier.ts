import { setImmediate } from 'node:timers/promises';
import { type Alert, type AlertChange, Inhibitor } from '../../../core/index.ts';
import type { Clock } from '../../clock.ts';
import type { NotificationContext } from '../describe.ts';
import type { KeptNotifications, NotificationLog, QueuedNotification } from '../notification-log.ts';
import type { ReceiverState } from '../receiver-state.ts';
import { send } from '../request.ts';
import { inSlices } from '../slices.ts';
import type { Target } from '../target.ts';
import { compose } from './compose.ts';
import { type Group, type GroupingSettings, Groups } from './groups.ts';
import { Outbox, type Settlement } from './outbox.ts';
import { writePayload } from './webhook-payload.ts';

/** Beyond these, groups wait to be told of: nothing is lost, as what is to be told is known. */
const mostWaiting = 1_000;
const mostWaitingBytes = 64 * 2 ** 20;
/** So many bytes are on their way to the disk at once: more would hold up the event loop on their way to its thread. */
const mostUnwrittenBytes = 2 ** 20;
/** A notification is on the disk before it is sent, unless the disk takes longer: somebody waits for it. */
const flushWithinMs = 1_000;
/** Between two looks for groups that are due. */
const lookEveryMs = 20;
/** Groups with alerts that were inhibited or acknowledged are looked at so often, whatever happens. */
const recheckEveryMs = 60_000;
const stopWithinMs = 1_000;

export interface WebhookNotifierOptions extends GroupingSettings {
  readonly target: Target;
  /** So many alerts a notification lists. */
  readonly maxAlerts: number;
  /** How long the receiver may take to answer. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly context: NotificationContext;
  readonly notificationLog: NotificationLog;
  readonly state: ReceiverState;
  /** From 0 up to 1. */
  readonly random: () => number;
  readonly onFailure: (error: unknown) => void;
}

/**
 * Tells a webhook what fires, in Alertmanager's words, where there is no Alertmanager: grouped, without what other
 * alerts inhibit or somebody has acknowledged. A notification is on the disk before it is sent and until it was taken;
 * it has the same `Idempotency-Key` in each attempt, also after a crash.
 */
export class WebhookNotifier {
  readonly #options: WebhookNotifierOptions;
  readonly #groups: Groups;
  readonly #inhibitor = new Inhibitor();
  /** Those that {@link #inhibitor} counts, by their ids. */
  readonly #firing = new Set<string>();
  readonly #outbox: Outbox;
  readonly #abort = new AbortController();
  #isLooking = false;
  #isStopped = false;
  #unwrittenBytes = 0;
  #timer: NodeJS.Timeout | undefined;
  #timerAtMs = Number.POSITIVE_INFINITY;
  #recheckAtMs = Number.POSITIVE_INFINITY;

  constructor(options: WebhookNotifierOptions) {
    this.#options = options;
    this.#groups = new Groups(options);
    this.#outbox = new Outbox({
      deliver: (notification) => this.#deliver(notification),
      clock: options.clock,
      random: options.random,
      onAttempt: (outcome) => options.state.answered(outcome, 1, options.clock.now()),
      onSettled: (notification, how) => this.#isSettled(notification, how),
    });
  }

  /** Notifications that wait to be delivered. */
  get waiting(): number {
    return this.#outbox.size;
  }

  /**
   * Goes on where the last process ended.
   *
   * @param alerts - All that fire; others don't matter.
   * @param find - Any alert that is known, resolved ones too.
   */
  start(kept: KeptNotifications, alerts: Iterable<Alert>, find: (id: string) => Alert | undefined): void {
    const { clock, notificationLog } = this.#options;
    const nowMs = clock.now();
    const offsetMs = clock.toEpochMs(nowMs) - nowMs;
    const groups = new Map(
      kept.groups.map(({ key, notifiedAtEpochMs }) => [key, notifiedAtEpochMs - offsetMs]),
    );
    const unknown: string[] = [];
    for (const id of kept.told) {
      const alert = find(id);
      if (alert === undefined) unknown.push(id);
      else this.#groups.restoreTold(alert, (key) => groups.get(key) ?? nowMs, nowMs);
    }
    if (unknown.length > 0) notificationLog.record({ kind: 'forgotten', alertIds: unknown });
    for (const notification of kept.queued) this.#queue(notification, Promise.resolve());
    for (const alert of alerts) {
      if (alert.state !== 'firing') continue;
      this.#noteForInhibition(alert);
      this.#groups.apply({ alert, from: 'firing', to: 'firing', at: nowMs }, nowMs);
    }
    this.#recheckAtMs = nowMs + recheckEveryMs;
    this.#arm();
  }

  onChange(change: AlertChange): void {
    const nowMs = this.#options.clock.now();
    this.#noteForInhibition(change.alert);
    this.#groups.apply(change, nowMs);
    // What it inhibited, or somebody had in hand, may have to be told now.
    if (change.to === 'resolved' || (change.from === 'firing' && change.alert.acknowledgement === null)) {
      this.#recheckAtMs = Math.min(this.#recheckAtMs, nowMs + this.#options.groupWaitMs);
    }
    this.#arm();
  }

  /** Records all of it anew, where the disk has lost it. */
  recordAll(): void {
    const { clock, notificationLog } = this.#options;
    const toEpochMs = (atMs: number) => clock.toEpochMs(Number.isFinite(atMs) ? atMs : clock.now());
    for (const { key: groupKey, notifiedAtMs, told } of this.#groups) {
      if (told.size === 0) continue;
      const fact = { kind: 'notified', groupKey, atEpochMs: toEpochMs(notifiedAtMs), forgotten: [] } as const;
      notificationLog.record({ ...fact, told: [...told], notification: null });
    }
    for (const notification of this.#outbox) {
      const { groupKey, queuedAtEpochMs: atEpochMs } = notification;
      notificationLog.record({
        kind: 'notified',
        groupKey,
        atEpochMs,
        told: [],
        forgotten: [],
        notification,
      });
    }
  }

  /** What is under way gets a moment to end; the rest is on the disk. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    const cut = setTimeout(() => this.#abort.abort(), stopWithinMs);
    await this.#outbox.stop();
    clearTimeout(cut);
  }

  /** Each once, whether it was known at the start, came as a change, or both. */
  #noteForInhibition(alert: Alert): void {
    const isFiring = alert.state === 'firing';
    if (isFiring === this.#firing.has(alert.id)) return;
    const [from, to] = isFiring ? (['pending', 'firing'] as const) : (['firing', 'resolved'] as const);
    this.#inhibitor.onChange({ alert, from, to, at: 0 });
    if (isFiring) this.#firing.add(alert.id);
    else this.#firing.delete(alert.id);
  }

  #arm(): void {
    if (this.#isLooking || this.#isStopped) return;
    const nowMs = this.#options.clock.now();
    const dueMs = Math.min(this.#groups.nextDueMs, this.#recheckAtMs);
    const atMs = Math.max(dueMs, nowMs + lookEveryMs);
    if (this.#timer !== undefined && this.#timerAtMs <= atMs) return;
    clearTimeout(this.#timer);
    this.#timerAtMs = atMs;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#look();
    }, atMs - nowMs).unref();
  }

  async #look(): Promise<void> {
    this.#isLooking = true;
    const nowMs = this.#options.clock.now();
    if (nowMs >= this.#recheckAtMs) {
      this.#recheckAtMs = nowMs + recheckEveryMs;
      this.#groups.recheck(nowMs);
    }
    try {
      for (const group of this.#groups.due(nowMs)) {
        if (this.#isStopped || !this.#hasRoom) break;
        if (this.#outbox.isUnderWay(group.key)) continue;
        await this.#tell(group);
        await setImmediate();
      }
    } catch (error) {
      this.#options.onFailure(error);
    }
    this.#isLooking = false;
    this.#arm();
  }

  get #hasRoom(): boolean {
    return (
      this.#outbox.size < mostWaiting &&
      this.#outbox.bytes < mostWaitingBytes &&
      this.#unwrittenBytes < mostUnwrittenBytes
    );
  }

  async #tell(group: Group): Promise<void> {
    const { clock, context, maxAlerts, notificationLog, repeatIntervalMs } = this.#options;
    const nowMs = clock.now();
    this.#groups.begin(group);
    const isInhibited = (alert: Alert) => this.#inhibitor.isInhibited(alert);
    const composed = await inSlices(compose(group, { nowMs, repeatIntervalMs, maxAlerts, isInhibited }));
    this.#groups.lookedAt(group, composed !== undefined, nowMs);
    if (composed === undefined) return;
    const { alerts, truncated, told, forgotten, key } = composed;
    const parts = { groupKey: group.key, groupLabels: group.labels, alerts, truncated };
    const payload = await inSlices(writePayload(parts, context));
    const notification: QueuedNotification = {
      key,
      groupKey: group.key,
      payload,
      queuedAtEpochMs: clock.toEpochMs(nowMs),
    };
    const { groupKey, queuedAtEpochMs: atEpochMs } = notification;
    notificationLog.record({ kind: 'notified', groupKey, atEpochMs, told, forgotten, notification });
    this.#unwrittenBytes += payload.length;
    const written = this.#flushed().finally(() => {
      this.#unwrittenBytes -= payload.length;
    });
    this.#queue(notification, written);
  }

  #queue(notification: QueuedNotification, ready: Promise<unknown>): void {
    const replaced = this.#outbox.add(notification, ready);
    if (replaced !== undefined && replaced.key !== notification.key) this.#isSettled(replaced, 'replaced');
  }

  #flushed(): Promise<unknown> {
    const late = new Promise((resolve) => setTimeout(resolve, flushWithinMs).unref());
    return Promise.race([this.#options.notificationLog.flushed(), late]);
  }

  #deliver({ key, payload }: QueuedNotification) {
    const { target, timeoutMs } = this.#options;
    return send(target, {
      method: 'POST',
      body: payload,
      headers: { 'idempotency-key': key },
      timeoutMs,
      signal: this.#abort.signal,
    });
  }

  #isSettled({ key, groupKey }: QueuedNotification, how: Settlement): void {
    const { clock, notificationLog, state } = this.#options;
    notificationLog.record({ kind: 'settled', key });
    if (how === 'expired') state.dropped(1);
    if (how === 'refused' || how === 'expired') this.#groups.refused(groupKey, clock.now());
    this.#arm();
  }
}
