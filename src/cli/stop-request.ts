import { constants } from 'node:os';
import { isatty } from 'node:tty';

/** Resolves when somebody wants the process to stop. */
export interface StopRequest {
  /** Why: a signal's name, or `parent ended`. */
  readonly requested: Promise<string>;
}

/** A terminal, npm and a supervisor may each pass the same signal on: only a later one means "at once". */
const sameSignalMs = 500;

/**
 * Listens for SIGTERM, SIGINT and the end of the parent or of the terminal. The first asks to stop; a second, later one
 * ends the process at once, with the code that the signal gives by convention.
 *
 * @param onReload - Called by a SIGHUP that no closing terminal has sent: it asks to read the configuration again.
 * @example
 * ```ts
 * const reason = await stopRequest(() => log.warn('not yet')).requested; // 'SIGTERM'
 * ```
 */
export function stopRequest(onReload: () => void): StopRequest {
  const { promise, resolve } = Promise.withResolvers<string>();
  let firstAtMs: number | undefined;
  const ask = (reason: string, exitCode: number) => {
    const nowMs = performance.now();
    firstAtMs ??= nowMs;
    if (nowMs - firstAtMs > sameSignalMs) process.exit(exitCode);
    resolve(reason);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => ask(signal, 128 + constants.signals[signal]));
  }
  const hadTerminal = isatty(0);
  process.on('SIGHUP', () => {
    if (hadTerminal && !isatty(0)) ask('SIGHUP', 128 + constants.signals.SIGHUP);
    else onReload();
  });
  // Whoever started the process with a channel is gone: nobody else would stop it.
  if (process.connected) process.once('disconnect', () => resolve('parent ended'));
  return { requested: promise };
}
