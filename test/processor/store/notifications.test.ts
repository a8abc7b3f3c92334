import { rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { storeMigrations } from '../../../src/processor/store/database/migrations.ts';
import {
  type NotificationChange,
  putNotifications,
  readNotifications,
} from '../../../src/processor/store/database/notification-table.ts';
import { openDatabase } from '../../../src/processor/store/database/open-database.ts';
import { clearSlice } from '../../../src/processor/store/database/retention.ts';
import { anAlert } from '../../support/an-alert.ts';
import { waitFor } from '../../support/wait.ts';
import { startWebhookSink } from '../../support/webhook-sink.ts';
import { startNotifications } from '../notify/support.ts';
import { begin, newFile } from './support.ts';

const dayMs = 86_400_000;
const queued = (key: string, groupKey = 'g') => ({
  key,
  groupKey,
  payload: `{"of":"${key}"}`,
  queuedAtEpochMs: 5,
});
const notified = (told: string, forgotten: string, key?: string): NotificationChange => ({
  kind: 'notified',
  groupKey: 'g',
  atEpochMs: 7.5,
  told,
  forgotten,
  notification: key === undefined ? null : queued(key),
});

describe('notifications in the store', () => {
  it('are there as they were last, in the order they came', () => {
    const { db } = openDatabase(newFile(), 1, storeMigrations);
    const silence = { kind: 'silenced', alertId: 'a', content: '{"id":1}' } as const;
    putNotifications(db, [
      notified('a b', '', 'first'),
      notified('c', 'b', 'second'),
      { kind: 'settled', key: 'first' },
      notified('', '', 'third'),
      silence,
      { ...silence, content: '{"id":2}' },
      { ...silence, alertId: 'b' },
      { kind: 'silence_over', alertId: 'b' },
      { kind: 'forgotten', alertIds: 'c x' },
    ]);
    expect(readNotifications(db)).toEqual({
      queued: [queued('second'), queued('third')],
      told: 'a',
      groups: [{ key: 'g', notifiedAtEpochMs: 7 }],
      silences: ['{"id":2}'],
    });
    db.close();
  });

  it('forget in time when a group was told of', () => {
    const { db } = openDatabase(newFile(), 1, storeMigrations);
    putNotifications(db, [notified('a', '')]);
    const forEver = { transitionsKeptMs: 1e15, auditKeptMs: 1e15, minutesKeptMs: 1e15, hoursKeptMs: 1e15 };
    while (clearSlice(db, { ...forEver, maxBytes: 2 ** 40 }, 91 * dayMs).hasMore);
    expect(readNotifications(db)).toMatchObject({ groups: [], told: 'a' });
    db.close();
  });

  it('are recorded anew where the file was taken away under them', async () => {
    const path = newFile();
    const { service, beat } = await begin(path);
    const sink = await startWebhookSink();
    const tested = await startNotifications(`{ webhook: { url: "${sink.url}", group_wait: 20ms } }`, service);
    tested.fires('a-1');
    await waitFor(() => tested.count('sent') === 1, { what: 'the notification' });
    await service.flushed();
    for (const part of ['', '-wal', '-shm']) rmSync(path + part, { force: true });
    beat('x', 1);
    const { id } = anAlert({ subject: 'a-1' });
    await waitFor(async () => (await service.notifications()).told === id, { what: 'who was told' });
  });
});
