import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';

/** In the header of our files (`PRAGMA application_id`): the letters AVTS. */
export const applicationId = 0x41565453;

/** What a file turns out to be, judged by its first bytes alone: looking changes nothing. */
export type FileLook =
  /** Nothing there yet, or an empty file. */
  | { readonly kind: 'new' }
  | { readonly kind: 'ours'; readonly schemaVersion: number }
  /** A database that nobody signed; a fresh one, if it holds no tables. */
  | { readonly kind: 'unsigned' }
  | { readonly kind: 'foreign'; readonly why: string };

/** https://www.sqlite.org/fileformat2.html#the_database_header */
const headerBytes = 100;
const magic = 'SQLite format 3\0';
const userVersionAt = 60;
const applicationIdAt = 68;

/**
 * Looks at the header of a database file.
 *
 * @param path - The file; it need not exist.
 * @throws The file system's error where it can't be read.
 */
export function lookAtFile(path: string): FileLook {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return { kind: 'new' };
  if (!stat.isFile()) {
    throw Object.assign(new Error('it is a folder or a device'), { code: 'EISDIR' });
  }
  const header = readHeader(path);
  if (header === undefined) return { kind: 'new' };
  if (header.length < headerBytes || header.toString('latin1', 0, magic.length) !== magic) {
    return { kind: 'foreign', why: 'it is no SQLite database' };
  }
  const id = header.readUInt32BE(applicationIdAt);
  if (id === 0) return { kind: 'unsigned' };
  if (id === applicationId) return { kind: 'ours', schemaVersion: header.readUInt32BE(userVersionAt) };
  return { kind: 'foreign', why: `it belongs to another application (id ${id})` };
}

/** Undefined where the file is empty. */
function readHeader(path: string): Buffer | undefined {
  const file = openSync(path, 'r');
  try {
    if (fstatSync(file).size === 0) return undefined;
    const header = Buffer.alloc(headerBytes);
    return header.subarray(0, readSync(file, header, 0, headerBytes, 0));
  } finally {
    closeSync(file);
  }
}
