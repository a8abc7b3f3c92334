import type { NotificationChange, StoreService } from '../store/index.ts';
import type {
  KeptNotifications,
  KeptSilence,
  NotificationFact,
  NotificationLog,
} from './notification-log.ts';

type Store = Pick<StoreService, 'flushed' | 'notifications' | 'recordNotification'>;

const nothing: KeptNotifications = { queued: [], told: [], groups: [], silences: [] };

/** The {@link NotificationLog} in the store. */
export class StoredNotificationLog implements NotificationLog {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  record(fact: NotificationFact): void {
    this.#store.recordNotification(changeOf(fact));
  }

  flushed(): Promise<boolean> {
    return this.#store.flushed();
  }

  /** What the last process has kept; nothing where it can't be read, which `onFailure` is told. */
  async read(onFailure: (error: unknown) => void): Promise<KeptNotifications> {
    try {
      const { queued, told, groups, silences } = await this.#store.notifications();
      return {
        queued,
        told: told === '' ? [] : told.split(' '),
        groups,
        silences: silences.map((text) => JSON.parse(text) as KeptSilence),
      };
    } catch (error) {
      onFailure(error);
      return nothing;
    }
  }
}

function changeOf(fact: NotificationFact): NotificationChange {
  switch (fact.kind) {
    case 'notified':
      return { ...fact, told: fact.told.join(' '), forgotten: fact.forgotten.join(' ') };
    case 'forgotten':
      return { kind: 'forgotten', alertIds: fact.alertIds.join(' ') };
    case 'silenced':
      return { kind: 'silenced', alertId: fact.silence.alertId, content: JSON.stringify(fact.silence) };
    default:
      return fact;
  }
}
