import type { Alert, AlertChange } from '../../../core/index.ts';
import type { Clock } from '../../clock.ts';
import { annotationsOf, generatorUrlOf, type NotificationContext, timestampOf } from '../describe.ts';
import type { ReceiverState } from '../receiver-state.ts';
import { RetryPace } from '../retry-pace.ts';
import type { AlertmanagerClient, PostableAlert } from './alertmanager-client.ts';

/** As Prometheus does, which calls it `--rules.alert.resend-delay`. */
const resendAfterMs = 60_000;
/** Unless it hears of it again, Alertmanager takes an alert to be over then: Prometheus' own margin. */
const validForMs = 4 * resendAfterMs;
/** An alert that is over is told of so long, for an Alertmanager that didn't hear it at once. */
const resolvedSentForMs = 900_000;
const alertsPerRequest = 256;
/** Changes wait so long for others to share a request. */
const lingerMs = 10;
/** Alerts that are over and still told of; beyond, the oldest are dropped, as Alertmanager forgets them by itself. */
const mostResolved = 100_000;

export interface AlertSenderOptions {
  readonly client: Pick<AlertmanagerClient, 'postAlerts'>;
  readonly clock: Clock;
  readonly context: NotificationContext;
  readonly state: ReceiverState;
  /** The alert as it is now; undefined where it is over for long. */
  readonly find: (id: string) => Alert | undefined;
  /** From 0 up to 1. */
  readonly random: () => number;
  /** What must be over before Alertmanager hears that this alert is; undefined where nothing must. */
  readonly beforeResolved?: (alert: Alert) => Promise<void> | undefined;
}

interface Sent {
  readonly alert: Alert;
  readonly sentAtMs: number;
}

/**
 * Tells Alertmanager what fires, as Prometheus does: at once, again each minute for as long as it fires, and for a
 * quarter of an hour that it is over. Nothing has to outlast the process: what fires is told anew after a start.
 */
export class AlertSender {
  readonly #options: AlertSenderOptions;
  readonly #pace: RetryPace;
  /** To be told now: new, changed, or not taken. */
  readonly #due = new Map<string, Alert>();
  /** Told, in order of when: a quarter of an hour beyond its end, an alert leaves. */
  readonly #sent = new Map<string, Sent>();
  #resolved = 0;
  #underWay = 0;
  #isSending = false;
  #isStopped = false;
  #timer: NodeJS.Timeout | undefined;
  #timerAtMs = Number.POSITIVE_INFINITY;

  constructor(options: AlertSenderOptions) {
    this.#options = options;
    this.#pace = new RetryPace({ firstMs: 1_000, longestMs: 30_000, random: options.random });
  }

  /** Alerts that wait to be told. */
  get waiting(): number {
    return this.#due.size + this.#underWay;
  }

  /** @param alerts - All that fire or were resolved lately. */
  start(alerts: Iterable<Alert>): void {
    const nowMs = this.#options.clock.now();
    for (const alert of alerts) if (isTold(alert, nowMs)) this.#due.set(alert.id, alert);
    this.#arm();
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  onChange({ alert, from, to }: AlertChange): void {
    if (to === 'resolved') {
      const before = this.#options.beforeResolved?.(alert);
      if (before === undefined) this.#isDue(alert);
      else void before.finally(() => this.#isDue(this.#options.find(alert.id) ?? alert));
    } else if (to === 'firing' && from !== 'firing') {
      this.#isDue(alert);
    }
  }

  #isDue(alert: Alert): void {
    this.#due.set(alert.id, alert);
    this.#forget(alert.id);
    this.#arm();
  }

  #arm(): void {
    if (this.#isSending || this.#isStopped) return;
    const { clock } = this.#options;
    const nowMs = clock.now();
    const wantedAtMs = this.#due.size > 0 ? nowMs + lingerMs : this.#resendAtMs;
    const atMs = Math.max(wantedAtMs, this.#pace.retryAtMs);
    if (atMs === Number.POSITIVE_INFINITY || (this.#timer !== undefined && this.#timerAtMs <= atMs)) return;
    clearTimeout(this.#timer);
    this.#timerAtMs = atMs;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#sendAll();
    }, atMs - nowMs).unref();
  }

  get #resendAtMs(): number {
    for (const { sentAtMs } of this.#sent.values()) return sentAtMs + resendAfterMs;
    return Number.POSITIVE_INFINITY;
  }

  async #sendAll(): Promise<void> {
    if (this.#isSending) return;
    this.#isSending = true;
    for (;;) {
      const batch = this.#take();
      if (batch.length === 0 || !(await this.#send(batch)) || this.#isStopped) break;
    }
    this.#isSending = false;
    this.#arm();
  }

  /** What is new comes before what was told already. */
  #take(): Alert[] {
    const { clock, find } = this.#options;
    const nowMs = clock.now();
    const batch: Alert[] = [];
    for (const [id, alert] of this.#due) {
      if (batch.length >= alertsPerRequest) return batch;
      this.#due.delete(id);
      batch.push(alert);
    }
    for (const [id, sent] of this.#sent) {
      if (batch.length >= alertsPerRequest || sent.sentAtMs + resendAfterMs > nowMs) break;
      this.#forget(id);
      // What it measures may have changed since; that it is about to fire again changes nothing yet.
      const found = find(id);
      const alert = found === undefined || found.state === 'pending' ? sent.alert : found;
      if (isTold(alert, nowMs)) batch.push(alert);
    }
    return batch;
  }

  /** @returns Whether to go on. */
  async #send(batch: readonly Alert[]): Promise<boolean> {
    const { client, clock, state } = this.#options;
    this.#underWay = batch.length;
    const outcome = await client.postAlerts(batch.map((alert) => this.#postable(alert)));
    this.#underWay = 0;
    const nowMs = clock.now();
    if (this.#isStopped) return false;
    state.answered(outcome, batch.length, nowMs);
    if (outcome.kind === 'failed') {
      this.#pace.failed(nowMs, outcome.retryAfterMs);
      for (const alert of batch) if (!this.#due.has(alert.id)) this.#due.set(alert.id, alert);
      return false;
    }
    // What was refused is told anew with all others, in a minute.
    this.#pace.succeeded();
    for (const alert of batch) this.#wasSent(alert, nowMs);
    return true;
  }

  #wasSent(alert: Alert, sentAtMs: number): void {
    // Told anew meanwhile: what is known now is still to be told.
    if (this.#due.has(alert.id)) return;
    this.#forget(alert.id);
    if (alert.state === 'resolved' && ++this.#resolved > mostResolved) {
      this.#resolved--;
      this.#options.state.dropped(1);
      return;
    }
    this.#sent.set(alert.id, { alert, sentAtMs });
  }

  #forget(id: string): void {
    if (this.#sent.get(id)?.alert.state === 'resolved') this.#resolved--;
    this.#sent.delete(id);
  }

  #postable(alert: Alert): PostableAlert {
    const { clock, context } = this.#options;
    const { labels, firedAtMs, activeAtMs, resolvedAtMs } = alert;
    return {
      labels,
      annotations: annotationsOf(alert, context),
      startsAt: timestampOf(firedAtMs ?? activeAtMs, context),
      endsAt: timestampOf(resolvedAtMs ?? clock.now() + validForMs, context),
      generatorURL: generatorUrlOf(alert, context),
    };
  }
}

function isTold({ state, resolvedAtMs }: Alert, nowMs: number): boolean {
  return state === 'firing' || (resolvedAtMs !== null && resolvedAtMs + resolvedSentForMs > nowMs);
}
