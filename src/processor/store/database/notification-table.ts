import type { DatabaseSync } from 'node:sqlite';
import type { Row } from './page.ts';

/** A notification that waits to be delivered. */
export interface NotificationRow {
  readonly key: string;
  readonly groupKey: string;
  readonly payload: string;
  readonly queuedAtEpochMs: number;
}

/** A change of what is kept of notifications; each is written whole or not at all. */
export type NotificationChange =
  | {
      readonly kind: 'notified';
      readonly groupKey: string;
      readonly atEpochMs: number;
      /** Ids of alerts, separated by spaces: copied between threads as one text. */
      readonly told: string;
      readonly forgotten: string;
      readonly notification: NotificationRow | null;
    }
  | { readonly kind: 'settled'; readonly key: string }
  | { readonly kind: 'forgotten'; readonly alertIds: string }
  | { readonly kind: 'silenced'; readonly alertId: string; readonly content: string }
  | { readonly kind: 'silence_over'; readonly alertId: string };

/** What was kept. */
export interface NotificationRows {
  /** In the order they came. */
  readonly queued: readonly NotificationRow[];
  /** Ids of alerts, separated by spaces. */
  readonly told: string;
  readonly groups: readonly { readonly key: string; readonly notifiedAtEpochMs: number }[];
  /** JSON each. */
  readonly silences: readonly string[];
}

/** The tables of a migration. */
export const notificationSchema = `
  CREATE TABLE notification (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,       -- the receiver's Idempotency-Key
    group_key TEXT NOT NULL,
    payload TEXT NOT NULL,          -- JSON
    queued_at INTEGER NOT NULL      -- ms since the epoch
  ) STRICT;
  CREATE TABLE notified_group (
    key TEXT PRIMARY KEY,
    at INTEGER NOT NULL             -- ms since the epoch
  ) STRICT, WITHOUT ROWID;
  -- Alerts that the webhook takes to be firing.
  CREATE TABLE notified_alert (alert TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
  -- Silences in Alertmanager, by the alert they are about.
  CREATE TABLE silence (
    alert TEXT PRIMARY KEY,
    content TEXT NOT NULL           -- JSON
  ) STRICT, WITHOUT ROWID;
`;

/** Writes changes in order; within a transaction. */
export function putNotifications(db: DatabaseSync, changes: readonly NotificationChange[]): void {
  for (const change of changes) put(db, change);
}

function put(db: DatabaseSync, change: NotificationChange): void {
  switch (change.kind) {
    case 'notified': {
      const { groupKey, atEpochMs, told, forgotten, notification } = change;
      const at = Math.trunc(atEpochMs);
      db.prepare('INSERT OR REPLACE INTO notified_group (key, at) VALUES (?, ?)').run(groupKey, at);
      const tell = db.prepare('INSERT OR IGNORE INTO notified_alert (alert) VALUES (?)');
      for (const id of idsOf(told)) tell.run(id);
      forget(db, forgotten);
      if (notification !== null) queue(db, notification);
      return;
    }
    case 'settled':
      db.prepare('DELETE FROM notification WHERE key = ?').run(change.key);
      return;
    case 'forgotten':
      forget(db, change.alertIds);
      return;
    case 'silenced':
      db.prepare('INSERT OR REPLACE INTO silence (alert, content) VALUES (?, ?)').run(
        change.alertId,
        change.content,
      );
      return;
    case 'silence_over':
      db.prepare('DELETE FROM silence WHERE alert = ?').run(change.alertId);
  }
}

function queue(db: DatabaseSync, { key, groupKey, payload, queuedAtEpochMs }: NotificationRow): void {
  db.prepare(
    'INSERT OR REPLACE INTO notification (key, group_key, payload, queued_at) VALUES (?, ?, ?, ?)',
  ).run(key, groupKey, payload, Math.trunc(queuedAtEpochMs));
}

function forget(db: DatabaseSync, ids: string): void {
  const remove = db.prepare('DELETE FROM notified_alert WHERE alert = ?');
  for (const id of idsOf(ids)) remove.run(id);
}

function idsOf(text: string): string[] {
  return text === '' ? [] : text.split(' ');
}

export function readNotifications(db: DatabaseSync): NotificationRows {
  const all = (sql: string): Row[] => db.prepare(sql).all();
  return {
    queued: all('SELECT * FROM notification ORDER BY id').map((row) => ({
      key: row.key as string,
      groupKey: row.group_key as string,
      payload: row.payload as string,
      queuedAtEpochMs: row.queued_at as number,
    })),
    told: all('SELECT alert FROM notified_alert')
      .map((row) => row.alert as string)
      .join(' '),
    groups: all('SELECT * FROM notified_group').map((row) => ({
      key: row.key as string,
      notifiedAtEpochMs: row.at as number,
    })),
    silences: all('SELECT content FROM silence').map((row) => row.content as string),
  };
}

/** Takes out what belongs to alerts that nobody knows any more. */
export function clearNotifications(db: DatabaseSync): void {
  for (const table of ['notification', 'notified_group', 'notified_alert']) db.exec(`DELETE FROM ${table}`);
}

/** Deletes some groups that nothing was told of since then. @returns How many. */
export function deleteOldGroups(db: DatabaseSync, beforeEpochMs: number, atMost: number): number {
  const keys = 'SELECT key FROM notified_group WHERE at < ? LIMIT ?';
  const { changes } = db
    .prepare(`DELETE FROM notified_group WHERE key IN (${keys})`)
    .run(beforeEpochMs, atMost);
  return Number(changes);
}
