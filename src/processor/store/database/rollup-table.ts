import type { DatabaseSync, SQLInputValue } from 'node:sqlite';

/** What has a history. */
export const historyKinds = ['agent', 'session', 'integration', 'system'] as const;
export type HistoryKind = (typeof historyKinds)[number];

/** Rollups are kept by minute and by hour; days are summed from hours. */
export const resolutions = ['minute', 'hour'] as const;
export type Resolution = (typeof resolutions)[number];

export const resolutionMs: Readonly<Record<Resolution, number>> = { minute: 60_000, hour: 3_600_000 };

/** The most states that any kind has; each is a column, named by its place. */
export const stateColumns = 11;

/**
 * What a thing's lifetime counters had come to when they were last told of. It is kept with the rollup that told of
 * it, so that after a crash neither is known without the other.
 */
export interface Told {
  /** When the counters began, in milliseconds on the fleet's time line: they are others where it differs. */
  readonly sinceMs: number;
  readonly executions: number;
  readonly failed: number;
}

/** What was last told of one thing. */
export interface ToldOf extends Told {
  readonly kind: HistoryKind;
  readonly name: string;
}

/** Where reading what was told has got to. */
export interface ToldPlace {
  readonly atEpochMs: number;
  readonly subject: number;
}

/** Some of what was told. */
export interface ToldSlice {
  readonly told: readonly ToldOf[];
  /** Where to go on; null at the end. */
  readonly next: ToldPlace | null;
}

/** What happened to one thing within one bucket, to be added to what the bucket holds. */
export interface Rollup {
  readonly kind: HistoryKind;
  readonly name: string;
  /** The bucket's beginning, in milliseconds since the epoch. */
  readonly atEpochMs: number;
  readonly resolution: Resolution;
  readonly scoreSum: number;
  readonly scoreSamples: number;
  /** Null where nothing was sampled. */
  readonly scoreMin: number | null;
  readonly executions: number;
  readonly failed: number;
  /** Seconds in each state of the kind, by the states' places. */
  readonly stateSeconds: readonly number[];
  /** Seconds in which the processor looked, where the seconds in states don't add up to them: the system's. */
  readonly observedSeconds?: number | undefined;
  /** With an hour of what has counters of its own. */
  readonly told?: Told | undefined;
}

/** A bucket as it is kept. */
export type KeptRollup = Omit<Rollup, 'kind' | 'name' | 'resolution' | 'told' | 'observedSeconds'> & {
  readonly observedSeconds: number;
};

export interface RollupQuery {
  readonly kind: HistoryKind;
  readonly name: string;
  readonly resolution: Resolution;
  readonly fromEpochMs: number;
  readonly toEpochMs: number;
}

const states = Array.from({ length: stateColumns }, (_, index) => `s${index}`);
const sums = ['score_sum', 'score_samples', 'executions', 'failed', ...states];

/** The tables of migration 2. */
export const rollupSchema = `
  CREATE TABLE rollup_subject (
    id INTEGER PRIMARY KEY,
    kind INTEGER NOT NULL,
    name TEXT NOT NULL,
    UNIQUE (kind, name)
  ) STRICT;
  CREATE TABLE rollup (
    subject INTEGER NOT NULL,
    resolution INTEGER NOT NULL,    -- 0 minute, 1 hour
    at INTEGER NOT NULL,            -- ms since the epoch: the bucket's beginning
    score_min REAL,
    ${sums.map((column) => `${column} REAL NOT NULL`).join(',\n    ')},
    PRIMARY KEY (subject, resolution, at)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX rollup_by_time ON rollup (resolution, at);
`;

/** Migration 6. */
export const toldSchema = `
  ALTER TABLE rollup ADD COLUMN told_since REAL;       -- ms on the fleet's time line: when the counters began
  ALTER TABLE rollup ADD COLUMN told_executions REAL;  -- what they had come to at the last rollup
  ALTER TABLE rollup ADD COLUMN told_failed REAL;
`;
/** Migration 7. */
export const observedSchema =
  'ALTER TABLE rollup ADD COLUMN observed REAL; -- seconds; null but for the system';
const told = ['told_since', 'told_executions', 'told_failed'];

const insertSql = `
  INSERT INTO rollup (subject, resolution, at, score_min, ${[...sums, ...told].join(', ')}, observed)
  VALUES (?, ?, ?, ?, ${[...sums, ...told].map(() => '?').join(', ')}, ?)
  ON CONFLICT DO UPDATE SET
    score_min = min(coalesce(score_min, excluded.score_min), coalesce(excluded.score_min, score_min)),
    ${sums.map((column) => `${column} = ${column} + excluded.${column}`).join(', ')},
    ${told.map((column) => `${column} = coalesce(excluded.${column}, ${column})`).join(', ')},
    observed = coalesce(observed + excluded.observed, observed, excluded.observed)
`;

/** Adds to the buckets; within a transaction. */
export function addRollups(db: DatabaseSync, rollups: readonly Rollup[]): void {
  const findSubject = db.prepare('SELECT id FROM rollup_subject WHERE kind = ? AND name = ?');
  const addSubject = db.prepare('INSERT INTO rollup_subject (kind, name) VALUES (?, ?)');
  const insert = db.prepare(insertSql);
  let lastKind = '';
  let lastName = '';
  let subject: SQLInputValue = 0;
  for (const rollup of rollups) {
    const kind = historyKinds.indexOf(rollup.kind);
    // A minute and its hour come one after the other.
    if (rollup.kind !== lastKind || rollup.name !== lastName) {
      subject = findSubject.get(kind, rollup.name)?.id ?? addSubject.run(kind, rollup.name).lastInsertRowid;
      lastKind = rollup.kind;
      lastName = rollup.name;
    }
    insert.run(
      subject,
      resolutions.indexOf(rollup.resolution),
      rollup.atEpochMs,
      rollup.scoreMin,
      rollup.scoreSum,
      rollup.scoreSamples,
      rollup.executions,
      rollup.failed,
      ...states.map((_, index) => rollup.stateSeconds[index] ?? 0),
      rollup.told?.sinceMs ?? null,
      rollup.told?.executions ?? null,
      rollup.told?.failed ?? null,
      rollup.observedSeconds ?? null,
    );
  }
}

/**
 * Reads what was told of by the hours from then on, the older before the newer.
 *
 * @param place - Behind which to begin.
 * @param limit - Rows looked at.
 */
export function readTold(db: DatabaseSync, { atEpochMs, subject }: ToldPlace, limit: number): ToldSlice {
  const rows = db
    .prepare(
      `SELECT at, subject, kind, name, ${told.join(', ')} FROM rollup JOIN rollup_subject ON id = subject
       WHERE resolution = ? AND (at, subject) > (?, ?) ORDER BY at, subject LIMIT ?`,
    )
    .all(resolutions.indexOf('hour'), atEpochMs, subject, limit);
  const last = rows.at(-1);
  return {
    told: rows
      .filter((row) => row.told_since !== null)
      .map((row) => ({
        kind: historyKinds[row.kind as number]!,
        name: row.name as string,
        sinceMs: row.told_since as number,
        executions: row.told_executions as number,
        failed: row.told_failed as number,
      })),
    next:
      last === undefined || rows.length < limit
        ? null
        : { atEpochMs: last.at as number, subject: last.subject as number },
  };
}

/** Reads buckets in order of time; undefined where the thing has no history at all. */
export function readRollups(db: DatabaseSync, query: RollupQuery): KeptRollup[] | undefined {
  const subject = db
    .prepare('SELECT id FROM rollup_subject WHERE kind = ? AND name = ?')
    .get(historyKinds.indexOf(query.kind), query.name);
  if (subject === undefined) return undefined;
  return db
    .prepare('SELECT * FROM rollup WHERE subject = ? AND resolution = ? AND at >= ? AND at < ? ORDER BY at')
    .all(subject.id as number, resolutions.indexOf(query.resolution), query.fromEpochMs, query.toEpochMs)
    .map((row) => ({
      atEpochMs: row.at as number,
      scoreSum: row.score_sum as number,
      scoreSamples: row.score_samples as number,
      scoreMin: row.score_min as number | null,
      executions: row.executions as number,
      failed: row.failed as number,
      stateSeconds: states.map((column) => row[column] as number),
      observedSeconds: (row.observed as number | null) ?? 0,
    }));
}

/** Deletes some buckets that began before then, and with its last bucket what a thing is known by. @returns How many. */
export function deleteRollups(
  db: DatabaseSync,
  resolution: Resolution,
  beforeEpochMs: number,
  atMost: number,
): number {
  const keys =
    'SELECT subject, resolution, at FROM rollup WHERE resolution = ? AND at < ? ORDER BY at LIMIT ?';
  const deleted = db
    .prepare(`DELETE FROM rollup WHERE (subject, resolution, at) IN (${keys}) RETURNING subject`)
    .all(resolutions.indexOf(resolution), beforeEpochMs, atMost);
  const forget = db.prepare(
    'DELETE FROM rollup_subject WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM rollup WHERE subject = ?1)',
  );
  for (const subject of new Set(deleted.map((row) => row.subject as number))) forget.run(subject);
  return deleted.length;
}
