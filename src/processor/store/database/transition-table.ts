import type { DatabaseSync } from 'node:sqlite';
import type { AgentStatus } from '@agent-vitals/contract';
import type { TransitionReason } from '../../../core/index.ts';
import { type Page, type PageQuery, type Row, readPage } from './page.ts';

/** A transition as it is kept: dated by the wall clock. */
export interface StoredTransition {
  readonly agent: string;
  /** Null at first sight. */
  readonly from: AgentStatus | null;
  readonly to: AgentStatus;
  /** Milliseconds since the epoch: when it became true. */
  readonly atEpochMs: number;
  readonly reason: TransitionReason;
  readonly irregular: boolean;
}

export interface TransitionQuery extends PageQuery {
  /** Only this agent's. */
  readonly agent?: string | undefined;
}

export function insertTransitions(db: DatabaseSync, transitions: readonly StoredTransition[]): void {
  const insert = db.prepare(
    'INSERT INTO transition (at, agent, from_status, to_status, reason, is_irregular) VALUES (?, ?, ?, ?, ?, ?)',
  );
  for (const { atEpochMs, agent, from, to, reason, irregular } of transitions) {
    // Cut off as `Date` does, so that every face tells the same moment by the same millisecond.
    insert.run(Math.trunc(atEpochMs), agent, from, to, reason, irregular ? 1 : 0);
  }
}

export function readTransitions(
  db: DatabaseSync,
  { agent, ...page }: TransitionQuery,
): Page<StoredTransition> {
  return readPage(db, 'transition', { agent }, page, transitionOf);
}

function transitionOf(row: Row): StoredTransition {
  return {
    agent: row.agent as string,
    from: row.from_status as AgentStatus | null,
    to: row.to_status as AgentStatus,
    atEpochMs: row.at as number,
    reason: row.reason as TransitionReason,
    irregular: row.is_irregular === 1,
  };
}
