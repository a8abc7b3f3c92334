import type { DatabaseSync } from 'node:sqlite';

/** Until when the fleet was observed. */
export interface TimeLineMark {
  /** Milliseconds on the fleet's time line. */
  readonly observedUntilMs: number;
  /** What the wall clock showed then, in milliseconds since the epoch. */
  readonly observedUntilEpochMs: number;
  /** The boot of the machine that it was written on; null where that isn't known. */
  readonly bootId: string | null;
  /** Milliseconds since that boot. */
  readonly uptimeMs: number | null;
}

/** A batch by the process that wrote it, so that one whose answer was lost isn't written twice. */
export interface BatchMark {
  readonly run: string;
  readonly batch: number;
}

export function readTimeLine(db: DatabaseSync): (TimeLineMark & BatchMark) | undefined {
  const row = db.prepare('SELECT * FROM time_line').get();
  if (row === undefined) return undefined;
  return {
    observedUntilMs: row.observed_until as number,
    observedUntilEpochMs: row.observed_until_epoch as number,
    bootId: (row.boot_id as string | null) ?? null,
    uptimeMs: (row.uptime as number | null) ?? null,
    run: row.run as string,
    batch: row.batch as number,
  };
}

export function writeTimeLine(db: DatabaseSync, mark: TimeLineMark & BatchMark): void {
  db.prepare(
    `INSERT OR REPLACE INTO time_line (id, observed_until, observed_until_epoch, run, batch, boot_id, uptime)
     VALUES (1, ?, ?, ?, ?, ?, ?)`,
  ).run(
    mark.observedUntilMs,
    Math.round(mark.observedUntilEpochMs),
    mark.run,
    mark.batch,
    mark.bootId,
    mark.uptimeMs,
  );
}
