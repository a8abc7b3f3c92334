import type { DatabaseSync } from 'node:sqlite';

/**
 * Runs something as one transaction: all of it is kept, or nothing.
 *
 * @returns What it returns.
 * @throws What it throws, after everything was undone.
 */
export function inTransaction<T>(db: DatabaseSync, run: () => T): T {
  db.exec('BEGIN IMMEDIATE');
  try {
    const result = run();
    db.exec('COMMIT');
    return result;
  } catch (error) {
    // Some errors have undone everything already: https://www.sqlite.org/lang_transaction.html
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}
