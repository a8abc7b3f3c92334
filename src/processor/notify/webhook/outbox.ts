import type { Clock } from '../../clock.ts';
import type { QueuedNotification } from '../notification-log.ts';
import type { Outcome } from '../request.ts';
import { RetryPace } from '../retry-pace.ts';

/** So many at a time, while all goes well; while it doesn't, one. */
const mostUnderWay = 4;
const firstRetryMs = 1_000;
const longestRetryMs = 60_000;
/** What nobody took for so long is no news any more. */
const longestAgeMs = 86_400_000;

export interface OutboxOptions {
  readonly deliver: (notification: QueuedNotification) => Promise<Outcome>;
  readonly clock: Clock;
  /** From 0 up to 1. */
  readonly random: () => number;
  /** Told after each attempt. */
  readonly onAttempt: (outcome: Outcome) => void;
  readonly onSettled: (notification: QueuedNotification, how: Settlement) => void;
}

/** It was taken, refused, nobody took it for too long, or a newer one of its group takes its place. */
export type Settlement = 'accepted' | 'refused' | 'expired' | 'replaced';

interface Item {
  readonly notification: QueuedNotification;
  readonly pace: RetryPace;
  /** It may be sent: it is on the disk, or can't be. */
  isReady: boolean;
}

/**
 * Notifications on their way, at most one of each group, so that they arrive in order. One that fails is tried again
 * behind the others, ever more rarely; while the receiver as a whole fails, it is asked by one at a time.
 */
export class Outbox {
  readonly #options: OutboxOptions;
  readonly #pace: RetryPace;
  /** By group; those that failed go to the end. */
  readonly #waiting = new Map<string, Item>();
  readonly #underWay = new Map<string, { notification: QueuedNotification; end: Promise<void> }>();
  #bytes = 0;
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#pace = this.#newPace();
  }

  get size(): number {
    return this.#waiting.size + this.#underWay.size;
  }

  /** Of the payloads that wait, in UTF-16 units. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether an attempt for this group is being made. */
  isUnderWay(groupKey: string): boolean {
    return this.#underWay.has(groupKey);
  }

  /** The one of a group that waits. */
  waitingOf(groupKey: string): QueuedNotification | undefined {
    return this.#waiting.get(groupKey)?.notification;
  }

  /**
   * Takes a notification, in the place of one of the same group that waits.
   *
   * @param ready - Settles when it may be sent.
   * @returns The one that it replaces.
   */
  add(
    notification: QueuedNotification,
    ready: Promise<unknown> = Promise.resolve(),
  ): QueuedNotification | undefined {
    const { groupKey, payload } = notification;
    const replaced = this.#remove(groupKey);
    const item: Item = { notification, pace: this.#newPace(), isReady: false };
    this.#waiting.set(groupKey, item);
    this.#bytes += payload.length;
    const begin = () => {
      item.isReady = true;
      this.#pump();
    };
    ready.then(begin, begin);
    return replaced;
  }

  /** All that wait or are under way. */
  *[Symbol.iterator](): IterableIterator<QueuedNotification> {
    for (const { notification } of this.#underWay.values()) yield notification;
    for (const { notification } of this.#waiting.values()) yield notification;
  }

  /** Sends nothing more; settles when what is under way has ended. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    await Promise.all([...this.#underWay.values()].map(({ end }) => end));
  }

  #newPace(): RetryPace {
    return new RetryPace({ firstMs: firstRetryMs, longestMs: longestRetryMs, random: this.#options.random });
  }

  #remove(groupKey: string): QueuedNotification | undefined {
    const notification = this.#waiting.get(groupKey)?.notification;
    if (this.#waiting.delete(groupKey)) this.#bytes -= notification!.payload.length;
    return notification;
  }

  #pump(): void {
    clearTimeout(this.#timer);
    if (this.#isStopped) return;
    const nowMs = this.#options.clock.now();
    const most = this.#pace.isFailing ? 1 : mostUnderWay;
    let nextMs = Number.POSITIVE_INFINITY;
    for (const [groupKey, item] of this.#waiting) {
      if (this.#underWay.size >= most) return;
      const atMs = Math.max(this.#pace.retryAtMs, item.pace.retryAtMs);
      const isReady = item.isReady && !this.#underWay.has(groupKey);
      if (!isReady || atMs > nowMs) {
        if (isReady) nextMs = Math.min(nextMs, atMs);
        continue;
      }
      this.#remove(groupKey);
      const { notification } = item;
      this.#underWay.set(groupKey, { notification, end: this.#attempt(groupKey, item) });
    }
    if (nextMs === Number.POSITIVE_INFINITY) return;
    this.#timer = setTimeout(() => this.#pump(), nextMs - nowMs).unref();
  }

  async #attempt(groupKey: string, item: Item): Promise<void> {
    const { clock, deliver, onAttempt, onSettled } = this.#options;
    const { notification } = item;
    const outcome = await deliver(notification);
    const nowMs = clock.now();
    this.#underWay.delete(groupKey);
    // Whether it arrived is not known: it is on the disk, and goes out again after the start.
    if (this.#isStopped && outcome.kind === 'failed') return;
    onAttempt(outcome);
    if (outcome.kind === 'failed') {
      this.#pace.failed(nowMs, outcome.retryAfterMs);
      item.pace.failed(nowMs, outcome.retryAfterMs);
      if (clock.toEpochMs(nowMs) - notification.queuedAtEpochMs > longestAgeMs) {
        onSettled(notification, 'expired');
      } else if (this.#waiting.has(groupKey)) {
        onSettled(notification, 'replaced');
      } else {
        this.#waiting.set(groupKey, item);
        this.#bytes += notification.payload.length;
      }
    } else {
      this.#pace.succeeded();
      onSettled(notification, outcome.kind);
    }
    this.#pump();
  }
}
