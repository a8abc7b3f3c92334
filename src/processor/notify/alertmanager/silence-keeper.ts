import type { Alert, AlertChange } from '../../../core/index.ts';
import type { Clock } from '../../clock.ts';
import type { Log } from '../../log.ts';
import { isAcknowledged } from '../acknowledged.ts';
import type { NotificationContext } from '../describe.ts';
import type { KeptSilence, NotificationLog } from '../notification-log.ts';
import type { Outcome } from '../request.ts';
import { RetryPace } from '../retry-pace.ts';
import type { AlertmanagerClient } from './alertmanager-client.ts';

/**
 * A silence ends so long after now at the latest and is prolonged while its alert is acknowledged: should nobody be
 * left to end it, it doesn't silence that subject for ever.
 */
const longestMs = 86_400_000;
const prolongedWithinMs = longestMs / 2;
const lookEveryMs = 60_000;
/** Alertmanager hears that an alert is over once its silence is, or after so long. */
const releaseWithinMs = 2_000;

export interface SilenceKeeperOptions {
  readonly client: Pick<AlertmanagerClient, 'postSilence' | 'expireSilence' | 'silences'>;
  readonly clock: Clock;
  readonly context: NotificationContext;
  readonly find: (id: string) => Alert | undefined;
  readonly log: Log;
  readonly notificationLog: Pick<NotificationLog, 'record'>;
  /** From 0 up to 1. */
  readonly random: () => number;
}

/**
 * Makes acknowledgements silences in Alertmanager, one each, and ends them when the acknowledgement is over. Which
 * silence is whose is kept; one that was made just before a crash is found again by its comment.
 */
export class SilenceKeeper {
  readonly #options: SilenceKeeperOptions;
  readonly #pace: RetryPace;
  readonly #silences: Map<string, KeptSilence>;
  /** Alerts that are to be looked at. */
  readonly #due = new Set<string>();
  #looking: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;
  #toldWhy: string | undefined;

  /** @param kept - Of the last run. */
  constructor(options: SilenceKeeperOptions, kept: readonly KeptSilence[]) {
    this.#options = options;
    this.#pace = new RetryPace({ firstMs: 1_000, longestMs: lookEveryMs, random: options.random });
    this.#silences = new Map(kept.map((silence) => [silence.alertId, silence]));
  }

  /** Records all of them anew, where the disk has lost them. */
  recordAll(): void {
    for (const silence of this.#silences.values()) {
      this.#options.notificationLog.record({ kind: 'silenced', silence });
    }
  }

  /** @param alerts - All that fire; others don't matter. */
  start(alerts: Iterable<Alert>): void {
    for (const id of this.#silences.keys()) this.#due.add(id);
    for (const { id, acknowledgement } of alerts) if (acknowledgement !== null) this.#due.add(id);
    this.#lookLater();
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  onChange({ alert }: AlertChange): void {
    if (alert.acknowledgement === null && !this.#silences.has(alert.id)) return;
    this.#due.add(alert.id);
    this.#lookLater();
  }

  /** Settles when the silence of an alert that is over is over, too, or that takes too long; undefined without one. */
  released({ id }: Alert): Promise<void> | undefined {
    if (!this.#silences.has(id)) return undefined;
    this.#due.add(id);
    const late = new Promise<void>((resolve) => setTimeout(resolve, releaseWithinMs).unref());
    return Promise.race([this.#look(), late]);
  }

  #lookLater(): void {
    if (this.#isStopped || this.#looking !== undefined) return;
    const nowMs = this.#options.clock.now();
    const delayMs = this.#due.size > 0 ? Math.max(0, this.#pace.retryAtMs - nowMs) : lookEveryMs;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#prolong();
      void this.#look();
    }, delayMs).unref();
  }

  #prolong(): void {
    const { clock } = this.#options;
    const nowEpochMs = clock.toEpochMs(clock.now());
    for (const { alertId, endsAtEpochMs } of this.#silences.values()) {
      if (endsAtEpochMs < nowEpochMs + prolongedWithinMs) this.#due.add(alertId);
    }
  }

  #look(): Promise<void> {
    this.#looking ??= this.#lookAtAll().finally(() => {
      this.#looking = undefined;
      this.#lookLater();
    });
    return this.#looking;
  }

  async #lookAtAll(): Promise<void> {
    for (const id of this.#due) {
      if (this.#isStopped) return;
      this.#due.delete(id);
      const outcome = await this.#lookAt(id);
      if (outcome === undefined) continue;
      this.#tell(outcome);
      if (outcome.kind !== 'failed') {
        this.#pace.succeeded();
        continue;
      }
      this.#due.add(id);
      this.#pace.failed(this.#options.clock.now(), outcome.retryAfterMs);
      return;
    }
  }

  /** @returns What became of the last request; undefined where none was needed. */
  async #lookAt(id: string): Promise<Outcome | undefined> {
    const { client, clock, find, notificationLog } = this.#options;
    const alert = find(id);
    const kept = this.#silences.get(id);
    if (alert?.state === 'firing' && isAcknowledged(alert, clock.now())) return this.#silence(alert, kept);
    if (kept === undefined) return undefined;
    const outcome = await client.expireSilence(kept.silenceId);
    // One that can't be ended ends by itself within a day.
    if (outcome.kind !== 'failed') {
      this.#silences.delete(id);
      notificationLog.record({ kind: 'silence_over', alertId: id });
    }
    return outcome;
  }

  async #silence(alert: Alert, kept: KeptSilence | undefined): Promise<Outcome | undefined> {
    const { client, clock, context, notificationLog } = this.#options;
    const { by, comment, untilMs } = alert.acknowledgement!;
    const nowEpochMs = clock.toEpochMs(clock.now());
    const endsAtEpochMs = Math.min(context.toEpochMs(untilMs), nowEpochMs + longestMs);
    const acknowledgement = JSON.stringify([by, comment, Number.isFinite(untilMs) ? untilMs : null]);
    const isAsIs = kept?.acknowledgement === acknowledgement;
    if (isAsIs && kept.endsAtEpochMs >= endsAtEpochMs - prolongedWithinMs) return undefined;
    const { alertname = '', severity = '', subject = '' } = alert.labels;
    const labels = { alertname, severity, subject };
    const mark = `(${context.name}, alert ${alert.id})`;
    const found = await client.silences(labels);
    if (found.outcome.kind !== 'accepted') return found.outcome;
    const mine = found.silences.find(
      (one) => one.state === 'active' && (one.id === kept?.silenceId || one.comment.endsWith(mark)),
    );
    const silence = {
      // With another beginning it would be another silence.
      ...(mine === undefined ? {} : { id: mine.id }),
      matchers: Object.entries(labels).map(([name, value]) => ({
        name,
        value,
        isRegex: false,
        isEqual: true,
      })),
      startsAt: mine?.startsAt ?? new Date(nowEpochMs).toISOString(),
      endsAt: new Date(endsAtEpochMs).toISOString(),
      createdBy: by === '' ? context.name : by,
      comment: `${comment ?? 'Acknowledged.'} ${mark}`,
    };
    const { outcome, id } = await client.postSilence(silence);
    if (id === undefined) return outcome;
    const now: KeptSilence = { alertId: alert.id, silenceId: id, endsAtEpochMs, acknowledgement };
    this.#silences.set(alert.id, now);
    notificationLog.record({ kind: 'silenced', silence: now });
    return outcome;
  }

  #tell(outcome: Outcome): void {
    const why = outcome.kind === 'accepted' ? undefined : outcome.why;
    if (why !== undefined && why !== this.#toldWhy) {
      this.#options.log.error('acknowledgements do not become silences in Alertmanager', {
        key: 'alerts.alertmanager.url',
        why,
      });
    }
    this.#toldWhy = why;
  }
}
