import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { endOf } from '../../src/demo/processes.ts';

/** A server that has been started. */
export interface StartedServer {
  readonly name: string;
  readonly child: ChildProcess;
  /** What its lines have said that it was asked for, by name; rejects with its last lines where it ends before. */
  readonly said: Promise<Readonly<Record<string, string>>>;
}

const keptLines = 20;

/**
 * Starts a server and reads off its log where it listens. It gets a group of its own: Ctrl-C reaches the stack alone,
 * which stops its servers in order.
 *
 * @param name what the user is told
 * @param awaited patterns whose first group is what is waited for, by name
 * @param onLine gets each line that it writes
 * @param options `env` replaces this process' environment, `cwd` its folder
 *
 * @example
 * const { said } = startServer('Prometheus', 'prometheus', [], { address: /address=(\S+)/ }, () => {});
 */
export function startServer(
  name: string,
  command: string,
  args: readonly string[],
  awaited: Readonly<Record<string, RegExp>>,
  onLine: (line: string) => void,
  { env = process.env, cwd = process.cwd() }: { env?: NodeJS.ProcessEnv; cwd?: string } = {},
): StartedServer {
  const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'], detached: true, env });
  const last: string[] = [];
  const found: Record<string, string> = {};
  const { promise, resolve, reject } = Promise.withResolvers<Readonly<Record<string, string>>>();
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      last.push(line);
      if (last.length > keptLines) last.shift();
      for (const [key, pattern] of Object.entries(awaited)) {
        const text = pattern.exec(line)?.[1];
        if (text !== undefined) found[key] ??= text;
      }
      if (Object.keys(awaited).every((key) => key in found)) resolve(found);
      onLine(line);
    });
  }
  void endOf(child).then((end) => {
    reject(new Error(`Cannot start ${name} as it ended ${end}. Its last lines:\n${last.join('\n')}`));
  });
  promise.catch(() => {}); // Nobody may wait for it any more.
  return { name, child, said: promise };
}
