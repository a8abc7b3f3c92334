/** What is wrong with the store: what a reader of the log can do about it differs by this. */
export type StoreFault =
  /** Another process has the file open. */
  | 'locked'
  /** Written by a later version. */
  | 'newer_schema'
  /** The path can't be a database file. */
  | 'bad_path'
  | 'read_only'
  | 'full'
  /** The file is damaged or not one of ours. */
  | 'damaged'
  /** What was to be written is none of what the tables hold. */
  | 'invalid'
  | 'failed';

/** The store can't do what it was asked; the message says what must change. */
export class StoreError extends Error {
  readonly fault: StoreFault;

  constructor(fault: StoreFault, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StoreError';
    this.fault = fault;
  }
}

/** SQLite's primary result codes (https://www.sqlite.org/rescode.html), and the codes of the file system. */
const faultByCode: Readonly<Record<string | number, StoreFault>> = {
  5: 'locked', // SQLITE_BUSY
  6: 'locked', // SQLITE_LOCKED
  8: 'read_only', // SQLITE_READONLY
  11: 'damaged', // SQLITE_CORRUPT
  13: 'full', // SQLITE_FULL
  19: 'invalid', // SQLITE_CONSTRAINT
  20: 'invalid', // SQLITE_MISMATCH
  26: 'damaged', // SQLITE_NOTADB
  ERR_INVALID_ARG_TYPE: 'invalid',
  EACCES: 'read_only',
  EPERM: 'read_only',
  EROFS: 'read_only',
  ENOSPC: 'full',
  EDQUOT: 'full',
  EISDIR: 'bad_path',
  ENOTDIR: 'bad_path',
  EEXIST: 'bad_path', // of mkdir: something else has the folder's name
  ENAMETOOLONG: 'bad_path',
};

const mustBe: Readonly<Record<StoreFault, string>> = {
  locked: 'it must belong to one processor alone',
  newer_schema: 'its schema must be one that this version knows',
  bad_path: 'store.path must name a file in a folder',
  read_only: 'its folder and file must be writable',
  full: 'its disk must have room',
  damaged: 'it must be an undamaged database of agent-vitals',
  invalid: 'what is written must be of the kinds that its tables hold',
  failed: 'the system must let it',
};

/**
 * Turns what SQLite or the file system threw into words that say what must change.
 *
 * @param error - As it was thrown; a StoreError is returned as it is.
 * @param path - The database file.
 * @example
 * ```ts
 * storeError(Object.assign(new Error('database is locked'), { errcode: 5 }), 'a.db').message;
 * // 'Cannot use the store a.db as it must belong to one processor alone: database is locked'
 * ```
 */
export function storeError(error: unknown, path: string): StoreError {
  if (error instanceof StoreError) return error;
  const { errcode, code, message } = error as { errcode?: number; code?: string; message?: string };
  // The lower byte is the primary code, the others say more of where it happened.
  const fault = faultByCode[errcode === undefined ? (code ?? '') : errcode & 0xff] ?? 'failed';
  const text = `Cannot use the store ${path} as ${mustBe[fault]}: ${message ?? String(error)}`;
  return new StoreError(fault, text, { cause: error });
}

/** For the start: says which key to change, where the message doesn't yet. */
export function namingTheKey(error: StoreError): StoreError {
  const { fault, message } = error;
  if (message.includes('store.path')) return error;
  return new StoreError(fault, `${message}. Change store.path.`, { cause: error });
}
