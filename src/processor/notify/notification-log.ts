/** A notification on its way to the webhook. */
export interface QueuedNotification {
  /** Says to the receiver which attempts are the same notification; stable over restarts. */
  readonly key: string;
  readonly groupKey: string;
  /** JSON. */
  readonly payload: string;
  readonly queuedAtEpochMs: number;
}

/** A silence in Alertmanager that stands for an acknowledgement here. */
export interface KeptSilence {
  readonly alertId: string;
  readonly silenceId: string;
  readonly endsAtEpochMs: number;
  /** The acknowledgement it was made of: another one changes it. */
  readonly acknowledgement: string;
}

/** What outlives the process of notifications. Each is written whole or not at all, in the order they come. */
export type NotificationFact =
  | {
      /** A group was told of. */
      readonly kind: 'notified';
      readonly groupKey: string;
      readonly atEpochMs: number;
      /** Alerts that the receiver takes to be firing from now on, and those that it doesn't any more, by their ids. */
      readonly told: readonly string[];
      readonly forgotten: readonly string[];
      /** What is to be sent; null where it was sent already. */
      readonly notification: QueuedNotification | null;
    }
  /** Delivered or given up, by its key. */
  | { readonly kind: 'settled'; readonly key: string }
  /** Alerts that nobody knows any more. */
  | { readonly kind: 'forgotten'; readonly alertIds: readonly string[] }
  | { readonly kind: 'silenced'; readonly silence: KeptSilence }
  | { readonly kind: 'silence_over'; readonly alertId: string };

/** As it was when the last process ended. */
export interface KeptNotifications {
  /** In order. */
  readonly queued: readonly QueuedNotification[];
  /** Alerts that the webhook takes to be firing, by their ids. */
  readonly told: readonly string[];
  /** When each group was told of last. */
  readonly groups: readonly { readonly key: string; readonly notifiedAtEpochMs: number }[];
  readonly silences: readonly KeptSilence[];
}

/** Where it is kept: the store, behind the alerts themselves, so that none is told of that isn't known any more. */
export interface NotificationLog {
  record(fact: NotificationFact): void;
  /** @returns Whether all that was recorded so far, alerts too, is on the disk. */
  flushed(): Promise<boolean>;
}
