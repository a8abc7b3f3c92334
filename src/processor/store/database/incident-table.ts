import type { DatabaseSync } from 'node:sqlite';
import { type Page, type PageQuery, type Row, readPage } from './page.ts';

/** An incident as it is kept: who writes it knows what its content means. */
export interface IncidentRow {
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly startedAtEpochMs: number;
  /** Null while it goes on. */
  readonly endedAtEpochMs: number | null;
  /** JSON. */
  readonly content: string;
}

export type IncidentQuery = Omit<PageQuery, 'sinceEpochMs'>;

/** The other table of migration 4. */
export const incidentSchema = `
  CREATE TABLE incident (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,      -- what answers call its id
    at INTEGER NOT NULL,            -- ms since the epoch: its beginning
    ended_at INTEGER,               -- ms since the epoch; null while it goes on
    content TEXT NOT NULL           -- JSON; its times are on the fleet's time line, see time_line
  ) STRICT;
  CREATE INDEX incident_by_time ON incident (at);
  CREATE INDEX incident_open ON incident (id) WHERE ended_at IS NULL;
`;

/** Puts incidents in the place of what was known of them; within a transaction. */
export function putIncidents(db: DatabaseSync, incidents: readonly IncidentRow[]): void {
  const put = db.prepare(`
    INSERT INTO incident (name, at, ended_at, content) VALUES (?, ?, ?, ?)
    ON CONFLICT (name) DO UPDATE SET at = excluded.at, ended_at = excluded.ended_at, content = excluded.content`);
  for (const { id, startedAtEpochMs, endedAtEpochMs, content } of incidents) {
    const endedAt = endedAtEpochMs === null ? null : Math.trunc(endedAtEpochMs);
    put.run(id, Math.trunc(startedAtEpochMs), endedAt, content);
  }
}

/** Reads a page, the newest first. @throws RangeError where the cursor is none of ours. */
export function readIncidents(db: DatabaseSync, query: IncidentQuery): Page<IncidentRow> {
  return readPage(db, 'incident', {}, query, incidentOf);
}

/** Those that go on, in order of their beginnings. */
export function readOpenIncidents(db: DatabaseSync, limit: number): IncidentRow[] {
  return db
    .prepare('SELECT * FROM incident WHERE ended_at IS NULL ORDER BY id LIMIT ?')
    .all(limit)
    .map(incidentOf);
}

/** Ends all that go on. */
export function endOpenIncidents(db: DatabaseSync, atEpochMs: number): void {
  db.prepare('UPDATE incident SET ended_at = ? WHERE ended_at IS NULL').run(Math.trunc(atEpochMs));
}

/** Deletes some that ended before then, and, of all beyond a number, the oldest. @returns How many. */
export function deleteEndedIncidents(
  db: DatabaseSync,
  beforeEpochMs: number,
  mostKept: number,
  atMost: number,
): number {
  const ended = db.prepare(
    'DELETE FROM incident WHERE id IN (SELECT id FROM incident WHERE ended_at < ? ORDER BY at LIMIT ?)',
  );
  const count = Number(db.prepare('SELECT count(*) AS count FROM incident').get()?.count ?? 0);
  const tooMany = Math.min(atMost, Math.max(0, count - mostKept));
  return (
    Number(ended.run(beforeEpochMs, atMost).changes) +
    (tooMany > 0 ? Number(ended.run(Number.MAX_SAFE_INTEGER, tooMany).changes) : 0)
  );
}

function incidentOf(row: Row): IncidentRow {
  return {
    id: row.name as string,
    startedAtEpochMs: row.at as number,
    endedAtEpochMs: row.ended_at as number | null,
    content: row.content as string,
  };
}
