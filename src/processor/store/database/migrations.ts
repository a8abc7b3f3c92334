import type { DatabaseSync } from 'node:sqlite';
import { alertSchema } from './alert-table.ts';
import { incidentSchema } from './incident-table.ts';
import { notificationSchema } from './notification-table.ts';
import { observedSchema, rollupSchema, toldSchema } from './rollup-table.ts';

/** One step from a schema to the next. */
export interface Migration {
  /** The schema's version after it; they rise by one. */
  readonly version: number;
  readonly name: string;
  /**
   * Changes the schema in one short transaction: its time must not depend on how many rows there are, and it must not
   * rely on an earlier backfill being over.
   */
  prepare(db: DatabaseSync): void;
  /**
   * Brings older rows over, one slice a call, while the processor works. A slice and the note of how far it came are
   * one transaction: whatever interrupts it, it goes on from the last whole slice.
   *
   * @param from - Where the last slice ended; 0 at first.
   * @returns Where the next one begins, above `from`; null when all is done.
   */
  backfill?(db: DatabaseSync, from: number): number | null;
}

/** All there are. A published one never changes; tables of later features come with migrations of their own. */
export const storeMigrations: readonly Migration[] = [
  {
    version: 1,
    name: 'transitions, audit log, images of the fleet',
    prepare: (db) =>
      db.exec(`
        CREATE TABLE transition (
          id INTEGER PRIMARY KEY,
          at INTEGER NOT NULL,          -- ms since the epoch: when it became true
          agent TEXT NOT NULL,
          from_status TEXT,             -- null at first sight
          to_status TEXT NOT NULL,
          reason TEXT NOT NULL,
          is_irregular INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX transition_by_agent ON transition (agent, at);
        CREATE INDEX transition_by_time ON transition (at);

        CREATE TABLE audit (
          id INTEGER PRIMARY KEY,
          at INTEGER NOT NULL,          -- ms since the epoch
          line_at REAL NOT NULL,        -- ms on the fleet's time line, see time_line
          who TEXT NOT NULL,
          action TEXT NOT NULL,
          subject TEXT NOT NULL,
          detail TEXT NOT NULL          -- JSON
        ) STRICT;
        CREATE INDEX audit_by_subject ON audit (subject, at);
        CREATE INDEX audit_by_time ON audit (at);

        CREATE TABLE fleet_block (
          block INTEGER PRIMARY KEY,
          image_version INTEGER NOT NULL,
          taken_at REAL NOT NULL,       -- ms on the fleet's time line
          columns_length INTEGER NOT NULL,
          ids_length INTEGER NOT NULL,
          checksum INTEGER NOT NULL,    -- CRC-32 of the row's numbers and the content
          content BLOB NOT NULL         -- columns, ids, texts, as one Zstandard frame
        ) STRICT;
        CREATE TABLE fleet_block_set_aside (
          block INTEGER NOT NULL,
          image_version INTEGER NOT NULL,
          taken_at REAL NOT NULL,
          columns_length INTEGER NOT NULL,
          ids_length INTEGER NOT NULL,
          checksum INTEGER NOT NULL,
          content BLOB NOT NULL,
          set_aside_at INTEGER NOT NULL,
          why TEXT NOT NULL
        ) STRICT;

        -- One row. The fleet's times are milliseconds on a line that never jumps; this says where the line was, and
        -- what the wall clock showed then.
        CREATE TABLE time_line (
          id INTEGER PRIMARY KEY CHECK (id = 1),
          observed_until REAL NOT NULL,
          observed_until_epoch INTEGER NOT NULL,
          run TEXT NOT NULL,            -- the process that wrote it
          batch INTEGER NOT NULL        -- that process' last batch, so that none is written twice
        ) STRICT;
      `),
  },
  {
    version: 2,
    name: 'history by minute and hour',
    prepare: (db) => db.exec(rollupSchema),
  },
  {
    version: 3,
    name: "the machine's own time beside the time line",
    prepare: (db) =>
      db.exec(`
        ALTER TABLE time_line ADD COLUMN boot_id TEXT;  -- null where it isn't known
        ALTER TABLE time_line ADD COLUMN uptime REAL;   -- ms since that boot
      `),
  },
  {
    version: 4,
    name: 'alerts and incidents',
    prepare: (db) => db.exec(alertSchema + incidentSchema),
  },
  {
    version: 5,
    name: 'notifications that wait, who was told of what, silences',
    prepare: (db) => db.exec(notificationSchema),
  },
  {
    version: 6,
    name: 'what the history was last told of',
    prepare: (db) => db.exec(toldSchema),
  },
  {
    version: 7,
    name: 'how long the system was looked at',
    prepare: (db) => db.exec(observedSchema),
  },
];
