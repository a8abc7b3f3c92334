import type { LogFields } from '../log.ts';

/** A line for the log, from where there is no log: the thread of the database. */
export interface Notice {
  readonly level: 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: LogFields;
}
