import type { DatabaseSync, SQLInputValue, SQLOutputValue } from 'node:sqlite';

/** A part of a list, and where the next part begins. */
export interface Page<T> {
  readonly items: readonly T[];
  /** Null at the end of the list. */
  readonly nextCursor: string | null;
}

/** Which part of a list is wanted. */
export interface PageQuery {
  /** Only what became true at this time or later, in milliseconds since the epoch. */
  readonly sinceEpochMs?: number | undefined;
  /** At most so many are answered. */
  readonly limit: number;
  /** Where the last answer ended. */
  readonly cursor?: string | undefined;
}

export type Row = Readonly<Record<string, SQLOutputValue>>;

/**
 * Reads one page of a table whose rows are dated, the newest first. Rows that come or go meanwhile make no page skip
 * or repeat another: the place in the list is a time and an id, not a count.
 *
 * @param table - Has `id` and `at`, and an index that serves the filter.
 * @param filter - Columns and the values they must have; undefined is any.
 * @param toItem - Makes an item of a row.
 * @throws RangeError where the cursor is none of ours.
 */
export function readPage<T>(
  db: DatabaseSync,
  table: 'transition' | 'audit' | 'incident',
  filter: Readonly<Record<string, SQLInputValue | undefined>>,
  { sinceEpochMs, limit, cursor }: PageQuery,
  toItem: (row: Row) => T,
): Page<T> {
  const conditions: string[] = [];
  const values: SQLInputValue[] = [];
  for (const [column, value] of Object.entries(filter)) {
    if (value === undefined) continue;
    conditions.push(`${column} = ?`);
    values.push(value);
  }
  if (sinceEpochMs !== undefined) {
    conditions.push('at >= ?');
    values.push(Math.ceil(sinceEpochMs));
  }
  if (cursor !== undefined) {
    conditions.push('(at, id) < (?, ?)');
    values.push(...readCursor(cursor));
  }
  const where = conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : '';
  const rows: Row[] = db
    .prepare(`SELECT * FROM ${table} ${where} ORDER BY at DESC, id DESC LIMIT ?`)
    .all(...values, limit + 1);
  const last = rows.length > limit ? rows[limit - 1] : undefined;
  return {
    items: rows.slice(0, limit).map(toItem),
    nextCursor: last === undefined ? null : `${last.at}.${last.id}`,
  };
}

function readCursor(cursor: string): [at: number, id: number] {
  const match = /^(-?\d{1,15})\.(\d{1,15})$/.exec(cursor);
  if (match === null) {
    throw new RangeError(
      `Cannot read the list as its cursor must be one that an answer gave: current value is ${cursor.slice(0, 64)}`,
    );
  }
  return [Number(match[1]), Number(match[2])];
}

/** Deletes the oldest rows, or the oldest before a time. @returns How many. */
export function deleteOldest(
  db: DatabaseSync,
  table: 'transition' | 'audit',
  atMost: number,
  beforeEpochMs = Number.MAX_SAFE_INTEGER,
): number {
  const ids = `SELECT id FROM ${table} WHERE at < ? ORDER BY at LIMIT ?`;
  return Number(db.prepare(`DELETE FROM ${table} WHERE id IN (${ids})`).run(beforeEpochMs, atMost).changes);
}
