import { type ChildProcess, spawn } from 'node:child_process';
import { afterAll, onTestFinished } from 'vitest';

export { waitFor } from './wait.ts';

/** How a process ended: exactly one of the two is set. */
export interface ProcessExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A process that a test started, with everything that it has said so far. */
export interface RunningProcess {
  readonly pid: number;
  /** What it wrote to standard output so far. */
  readonly stdout: string;
  /** What it wrote to standard error so far. */
  readonly stderr: string;
  /** Both, in order of arrival. */
  readonly output: string;
  /** Settles when it has ended and its output is complete; rejects if it could not be started. */
  readonly exited: Promise<ProcessExit>;
  /**
   * Waits until a whole line of either stream matches; lines that came before the call count too.
   *
   * @param timeoutMs how long to wait, by default 25,000 ms
   * @throws Error with the output so far, when the time is up or the process ended without that line
   */
  waitForLine(pattern: RegExp, timeoutMs?: number): Promise<RegExpExecArray>;
  /**
   * Sends a signal to the process itself, as an operator would, and waits for its end.
   *
   * @param signal by default SIGTERM
   * @param timeoutMs how long it may take to end, by default 25,000 ms
   * @throws Error when it is still running by then; it is killed
   */
  stop(signal?: NodeJS.Signals, timeoutMs?: number): Promise<ProcessExit>;
  /** Sends a signal to the process itself and doesn't wait. */
  signal(signal: NodeJS.Signals): void;
}

/** What a process gets beside its command line. */
export interface SpawnOptions {
  /** Added to this process' own environment; undefined removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** Written to its standard input, which is then closed. Without it, standard input is empty. */
  readonly stdin?: string;
}

/** A result of {@link runToEnd}. */
export interface FinishedProcess extends ProcessExit {
  readonly stdout: string;
  readonly stderr: string;
}

/** Beyond it the oldest output is dropped, so that a process that loops can't fill the memory. */
const maxOutputLength = 4 * 1024 * 1024;
/** A grandchild may hold the pipes open for ever: output is complete at the latest this long after the end. */
const drainTimeoutMs = 500;
/** Only a failure takes as long, and a busy machine may be slow. */
const defaultTimeoutMs = 25_000;

const alive = new Set<ChildProcess>();

/** Kills with the whole group: what the process itself has started must not outlive the test either. */
function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // ESRCH: the whole group has ended by itself.
  }
  alive.delete(child);
}

function killAll(): void {
  for (const child of alive) killGroup(child);
}

// Registered in every test file that imports this module, as each file has its own instance of it.
afterAll(killAll);
process.once('exit', killAll);

/**
 * Starts a process and collects its output. It and all that it starts are killed at the end of the test that
 * started it, or at the end of the file when a hook did.
 *
 * @example
 * const node = spawnProcess(process.execPath, ['-e', 'console.log("ready")']);
 * await node.waitForLine(/^ready$/);
 */
export function spawnProcess(
  command: string,
  args: readonly string[],
  options: SpawnOptions = {},
): RunningProcess {
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true, // its own group, so that killGroup reaches its children
  });
  alive.add(child);
  killAtTestEnd(child);
  child.stdin.on('error', () => {}); // EPIPE: it ended without reading all of its input
  child.stdin.end(options.stdin ?? '');

  const text = { stdout: '', stderr: '', output: '' };
  const watchers = new Set<() => void>();
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8');
    child[stream].on('data', (chunk: string) => {
      text[stream] = (text[stream] + chunk).slice(-maxOutputLength);
      text.output = (text.output + chunk).slice(-maxOutputLength);
      for (const look of watchers) look();
    });
  }

  let ended = false;
  const exited = exitOf(child, command).finally(() => {
    ended = true;
    for (const look of watchers) look();
  });
  exited.catch(() => {}); // a test that only waits for a line gets the error from there

  const waitForLine = (pattern: RegExp, timeoutMs = defaultTimeoutMs) =>
    new Promise<RegExpExecArray>((resolve, reject) => {
      const settle = (act: () => void) => {
        clearTimeout(timer);
        watchers.delete(look);
        act();
      };
      const fail = (why: string) =>
        settle(() =>
          reject(
            new Error(
              `Cannot see ${pattern} in the output of ${command}: ${why}. Output so far:\n${text.output}`,
            ),
          ),
        );
      const look = () => {
        const match =
          firstLineMatch(text.stdout, pattern, ended) ?? firstLineMatch(text.stderr, pattern, ended);
        if (match !== undefined) settle(() => resolve(match));
        else if (ended) fail('it has ended');
      };
      const timer = setTimeout(() => fail(`${timeoutMs} ms have passed`), timeoutMs);
      watchers.add(look);
      look();
    });

  const stop = async (signal: NodeJS.Signals = 'SIGTERM', timeoutMs = defaultTimeoutMs) => {
    child.kill(signal);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        killGroup(child);
        reject(
          new Error(
            `Cannot stop ${command} by ${signal} as it must end within ${timeoutMs} ms. Output:\n${text.output}`,
          ),
        );
      }, timeoutMs);
    });
    return Promise.race([exited, late]).finally(() => clearTimeout(timer));
  };

  return {
    get pid() {
      if (child.pid === undefined)
        throw new Error(`Cannot take the process id of ${command} as it did not start`);
      return child.pid;
    },
    get stdout() {
      return text.stdout;
    },
    get stderr() {
      return text.stderr;
    },
    get output() {
      return text.output;
    },
    exited,
    waitForLine,
    stop,
    signal: (signal) => void child.kill(signal),
  };
}

/**
 * Runs a process to its end.
 *
 * @param options `timeoutMs` is how long it may take, by default 30,000 ms
 * @returns its exit code and output, whatever the code
 * @throws Error when it could not be started or took too long; then it is killed
 *
 * @example
 * const { code, stdout } = await runToEnd('cat', [], { stdin: 'hello' });
 */
export async function runToEnd(
  command: string,
  args: readonly string[],
  options: SpawnOptions & { readonly timeoutMs?: number } = {},
): Promise<FinishedProcess> {
  const { timeoutMs = 30_000, ...rest } = options;
  const running = spawnProcess(command, args, rest);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      running.signal('SIGKILL');
      reject(
        new Error(`Cannot run ${command} as it must end within ${timeoutMs} ms. Output:\n${running.output}`),
      );
    }, timeoutMs);
  });
  const exit = await Promise.race([running.exited, late]).finally(() => clearTimeout(timer));
  return { ...exit, stdout: running.stdout, stderr: running.stderr };
}

function killAtTestEnd(child: ChildProcess): void {
  try {
    onTestFinished(() => killGroup(child));
  } catch {
    // Started in a hook, not in a test: afterAll above ends it.
  }
}

function exitOf(child: ChildProcess, command: string): Promise<ProcessExit> {
  return new Promise((resolve, reject) => {
    child.once('error', (error) => {
      alive.delete(child);
      reject(new Error(`Cannot start ${command}: ${error.message}`));
    });
    child.once('exit', (code, signal) => {
      const settle = () => resolve({ code, signal });
      const timer = setTimeout(settle, drainTimeoutMs);
      child.once('close', () => {
        clearTimeout(timer);
        settle();
      });
    });
  });
}

/** The last line counts only when it is whole: ended by a newline or by the end of the process. */
function firstLineMatch(output: string, pattern: RegExp, ended: boolean): RegExpExecArray | undefined {
  const lines = output.split(/\r?\n/);
  if (!ended) lines.pop();
  for (const line of lines) {
    const match = new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, '')).exec(line);
    if (match !== null) return match;
  }
  return undefined;
}
