import type { DatabaseSync } from 'node:sqlite';
import { type Page, type PageQuery, type Row, readPage } from './page.ts';

/** Something that a person did. */
export interface AuditEntry {
  /** Milliseconds since the epoch. */
  readonly atEpochMs: number;
  /** The name of the token, or what else is known of who it was. */
  readonly who: string;
  /** Such as `pause`. */
  readonly action: string;
  /** Whom or what it was done to, such as an agent's id. */
  readonly subject: string;
  /** What else belongs to it; plain data. */
  readonly detail: Readonly<Record<string, unknown>>;
}

/** An entry with its place on the fleet's time line, which no change of the wall clock can reorder. */
export interface PlacedAuditEntry extends AuditEntry {
  readonly lineAtMs: number;
}

export interface AuditQuery extends PageQuery {
  readonly subject?: string | undefined;
}

export function insertAudit(db: DatabaseSync, entries: readonly PlacedAuditEntry[]): void {
  const insert = db.prepare(
    'INSERT INTO audit (at, line_at, who, action, subject, detail) VALUES (?, ?, ?, ?, ?, ?)',
  );
  for (const { atEpochMs, lineAtMs, who, action, subject, detail } of entries) {
    insert.run(Math.trunc(atEpochMs), lineAtMs, who, action, subject, JSON.stringify(detail));
  }
}

export function readAudit(db: DatabaseSync, { subject, ...page }: AuditQuery): Page<AuditEntry> {
  return readPage(db, 'audit', { subject }, page, entryOf);
}

/** What was done from a moment of the time line on, in order; of more than the limit, the last. */
export function readAuditAfter(db: DatabaseSync, lineAtMs: number, limit: number): PlacedAuditEntry[] {
  const rows: Row[] = db
    .prepare('SELECT * FROM audit WHERE line_at >= ? ORDER BY id DESC LIMIT ?')
    .all(lineAtMs, limit);
  return rows.reverse().map((row) => ({ ...entryOf(row), lineAtMs: Number(row.line_at) }));
}

function entryOf(row: Row): AuditEntry {
  return {
    atEpochMs: row.at as number,
    who: row.who as string,
    action: row.action as string,
    subject: row.subject as string,
    detail: JSON.parse(row.detail as string) as Record<string, unknown>,
  };
}
