import { existsSync, renameSync } from 'node:fs';

/** Files that belong to a database; the database itself comes last, so that none is left behind alone. */
const parts = ['-journal', '-shm', '-wal', ''];

/**
 * Moves a database out of the way, with all that belongs to it: nothing is deleted, and SQLite's own tools still find
 * its parts under the new name.
 *
 * @param path - The database file.
 * @param nowEpochMs - Part of the new name.
 * @returns The new path: `agent-vitals.db.corrupt-20300101T000000Z`.
 * @throws The file system's error where it can't be moved.
 */
export function setAside(path: string, nowEpochMs: number): string {
  const time = new Date(nowEpochMs).toISOString().replace(/[-:]|\.\d+/g, '');
  const target = freeName(`${path}.corrupt-${time}`);
  for (const part of parts) {
    if (existsSync(path + part)) renameSync(path + part, target + part);
  }
  return target;
}

function freeName(wanted: string): string {
  let name = wanted;
  for (let count = 2; parts.some((part) => existsSync(name + part)); count++) name = `${wanted}-${count}`;
  return name;
}
