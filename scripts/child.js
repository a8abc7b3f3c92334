// Child processes, one at a time: standard streams, signals and the exit code are handed over.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { createInterface } from 'node:readline';
import { onNpmEnd } from '../src/bin/npm-end.js';

/** @type {import('node:child_process').ChildProcess | undefined} */
let current;
/** @type {NodeJS.Signals | undefined} */
let interruptedBy;

/**
 * Passes signals on to the child that runs; without one, the signal ends this process. Call it once, first.
 */
export function passSignalsOn() {
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'])) {
    // A terminal sends Ctrl-C to the whole group: the child has it already, and a second one means "at once".
    process.on(signal, () => interrupt(signal, !(signal === 'SIGINT' && process.stdin.isTTY)));
  }
  onNpmEnd(() => interrupt('SIGTERM', true));
}

/**
 * @param {NodeJS.Signals} signal
 * @param {boolean} tellChild
 */
function interrupt(signal, tellChild) {
  interruptedBy = signal;
  if (current === undefined) process.exit(signalCode(signal));
  if (tellChild) current.kill(signal);
}

/** The exit code of having been interrupted, or undefined when no signal has come. */
export function interruption() {
  return interruptedBy === undefined ? undefined : signalCode(interruptedBy);
}

/**
 * Runs a command to its end.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{
 *   env?: Record<string, string | undefined>,
 *   onLine?: (line: string) => void,
 *   onError?: (text: string) => void,
 *   onMessage?: (message: unknown) => void,
 *   shell?: boolean,
 * }} [options] onLine gets standard output line by line instead of the screen, onError a copy of standard error;
 *   onMessage opens a channel, whose closing also tells the child that this process has died
 * @returns {Promise<number>} its exit code, or 128 and the signal's number
 * @throws {NodeJS.ErrnoException} when it can't be started; ENOENT when there is no such program
 */
export function run(command, args, options = {}) {
  const { onLine, onError, onMessage } = options;
  const child = spawn(command, args, {
    stdio: [
      'inherit',
      onLine ? 'pipe' : 'inherit',
      onError ? 'pipe' : 'inherit',
      onMessage ? 'ipc' : 'ignore',
    ],
    env: { ...process.env, ...options.env },
    shell: options.shell ?? false,
  });
  current = child;
  if (child.stdout && onLine) createInterface({ input: child.stdout }).on('line', onLine);
  child.stderr?.on('data', (chunk) => {
    process.stderr.write(chunk);
    onError?.(String(chunk));
  });
  if (onMessage) child.on('message', onMessage);
  return new Promise((resolve, reject) => {
    child.once('error', (error) => {
      current = undefined;
      reject(error);
    });
    child.once('close', (code, signal) => {
      current = undefined;
      resolve(code ?? signalCode(signal));
    });
  });
}

/** @param {NodeJS.Signals | null} signal */
function signalCode(signal) {
  return 128 + (signal === null ? 0 : constants.signals[signal]);
}
