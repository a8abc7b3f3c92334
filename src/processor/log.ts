/** What a line of the log is worth, the least first. */
export const logLevels = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];

export const logFormats = ['text', 'json'] as const;
export type LogFormat = (typeof logFormats)[number];

/** Facts beside the message; undefined ones are left out. Never a token, a header or a body. */
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** Where the processor says what it does: one line an event. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** Whether lines of this level are written: spares the making of fields that nobody reads. */
  isEnabled(level: LogLevel): boolean;
}

export interface LogOptions {
  /** Takes one line with its newline. */
  write(line: string): void;
  /** Milliseconds since the epoch. */
  now(): number;
  readonly level?: LogLevel;
  readonly format?: LogFormat;
}

/**
 * Makes a log of structured lines.
 *
 * @param options - Where lines go; the least level that is written (default info); text for people (default) or one
 *   JSON object a line.
 * @example
 * ```ts
 * const log = createLog({ write: (line) => process.stderr.write(line), now: Date.now });
 * log.info('listening', { key: 'http.endpoint', address: 'http://127.0.0.1:8080' });
 * // 2030-01-01T00:00:00.000Z info  listening key=http.endpoint address=http://127.0.0.1:8080
 * ```
 */
export function createLog({ write, now, level = 'info', format = 'text' }: LogOptions): Log {
  const least = logLevels.indexOf(level);
  const isEnabled = (asked: LogLevel) => logLevels.indexOf(asked) >= least;
  const line = format === 'json' ? jsonLine : textLine;
  const at =
    (asked: LogLevel) =>
    (message: string, fields: LogFields = {}) => {
      if (isEnabled(asked)) write(line(new Date(now()).toISOString(), asked, message, fields));
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), isEnabled };
}

function jsonLine(time: string, level: LogLevel, message: string, fields: LogFields): string {
  return `${JSON.stringify({ ...fields, time, level, message })}\n`;
}

function textLine(time: string, level: LogLevel, message: string, fields: LogFields): string {
  let line = `${time} ${level.padEnd(5)} ${escaped(message)}`;
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined) line += ` ${name}=${textValue(value)}`;
  }
  return `${line}\n`;
}

/** What comes from outside can't begin a line of its own or look like another field. */
function textValue(value: string | number | boolean | null): string {
  if (typeof value !== 'string') return String(value);
  return /^[^\s"=\p{C}]+$/u.test(value) ? value : JSON.stringify(value).replace(/\p{C}/gu, unicodeEscape);
}

function escaped(message: string): string {
  return message.replace(/\p{C}/gu, (character) => (character === '\n' ? ' ' : unicodeEscape(character)));
}

function unicodeEscape(character: string): string {
  return `\\u{${character.codePointAt(0)?.toString(16)}}`;
}
