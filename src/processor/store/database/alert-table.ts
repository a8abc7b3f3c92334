import type { DatabaseSync } from 'node:sqlite';
import type { Row } from './page.ts';

/** An alert as it is kept: who writes it knows what its content means. */
export interface AlertRow {
  readonly id: string;
  /** Milliseconds since the epoch; null while it isn't. */
  readonly resolvedAtEpochMs: number | null;
  /** JSON; null takes the alert out. */
  readonly content: string | null;
}

/** The table of migration 4: each alert once, as it was at its last change. */
export const alertSchema = `
  CREATE TABLE alert (
    id TEXT PRIMARY KEY,
    resolved_at INTEGER,            -- ms since the epoch; null while it isn't
    content TEXT NOT NULL           -- JSON; its times are on the fleet's time line, see time_line
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX alert_by_resolution ON alert (resolved_at) WHERE resolved_at IS NOT NULL;
`;

/** Puts alerts in the place of what was known of them; within a transaction. */
export function putAlerts(db: DatabaseSync, alerts: readonly AlertRow[]): void {
  const put = db.prepare('INSERT OR REPLACE INTO alert (id, resolved_at, content) VALUES (?, ?, ?)');
  const remove = db.prepare('DELETE FROM alert WHERE id = ?');
  for (const { id, resolvedAtEpochMs, content } of alerts) {
    if (content === null) remove.run(id);
    else put.run(id, resolvedAtEpochMs === null ? null : Math.trunc(resolvedAtEpochMs), content);
  }
}

/** The contents of alerts in order of their ids, from behind one on. */
export function readAlerts(db: DatabaseSync, afterId: string, limit: number): AlertRow[] {
  const rows: Row[] = db.prepare('SELECT * FROM alert WHERE id > ? ORDER BY id LIMIT ?').all(afterId, limit);
  return rows.map((row) => ({
    id: row.id as string,
    resolvedAtEpochMs: row.resolved_at as number | null,
    content: row.content as string,
  }));
}

/** Takes all of them out. */
export function clearAlerts(db: DatabaseSync): void {
  db.exec('DELETE FROM alert');
}

/** Deletes some that were resolved before then. @returns How many. */
export function deleteResolvedAlerts(db: DatabaseSync, beforeEpochMs: number, atMost: number): number {
  const ids = 'SELECT id FROM alert WHERE resolved_at < ? LIMIT ?';
  return Number(db.prepare(`DELETE FROM alert WHERE id IN (${ids})`).run(beforeEpochMs, atMost).changes);
}
