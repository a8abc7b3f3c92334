import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestContext } from 'vitest';
import { readServersState, type ServerName, serverPath, suiteOf } from '../../scripts/servers.ts';
import { relocatedAlertmanager } from '../../scripts/stack/relocated-alertmanager.ts';
import { temporaryFolder } from './folder.ts';
import { skipWithout } from './needs.ts';
import {
  type FinishedProcess,
  type ProcessExit,
  type RunningProcess,
  runToEnd,
  spawnProcess,
} from './process.ts';
import { waitFor } from './wait.ts';

// The real servers that the set-up of `npm test` has put into .tools/; nothing is fetched from here.

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Why a server isn't there, or undefined if it is. */
function unavailable(name: ServerName): string | undefined {
  const state = readServersState(root, suiteOf(name));
  if (state === undefined) {
    return 'The servers for the tests were not fetched yet: run `npm test`, or `node scripts/servers.ts` on Node 24';
  }
  return state.unavailable === null
    ? undefined
    : `The servers for the tests can't be had: ${state.unavailable}`;
}

/**
 * Says that a test needs a real server: without it the test is skipped with the reason on a user's machine, and
 * fails with `CI=true`. Works in a test and in `beforeEach`; not in `beforeAll`, which has no test to skip.
 *
 * @returns the path of its program
 *
 * @example
 * it('is scraped', async (context) => { requireServer(context, 'prometheus'); … });
 */
export function requireServer(context: Pick<TestContext, 'skip'>, name: ServerName): string {
  skipWithout(context, unavailable(name));
  return serverPath(root, name);
}

/** Whether {@link requireServer} would let a test run: for hooks, which can't be skipped. */
export function hasServer(name: ServerName): boolean {
  return unavailable(name) === undefined;
}

/** A Prometheus that a test runs. */
export interface RunningPrometheus {
  /** Such as `http://127.0.0.1:40123`, without a slash at the end. */
  readonly url: string;
  readonly process: RunningProcess;
  /** Ends it by SIGTERM and waits until it has ended. */
  stop(): Promise<ProcessExit>;
}

/**
 * Starts a Prometheus on a free port of the loopback address and waits until it is ready. It is killed at the
 * end of the test at the latest.
 *
 * @param options `dataFolder` is by default a temporary one; `args` are added to the command line
 * @throws Error where the program is missing (say {@link requireServer} first) or it doesn't become ready
 *
 * @example
 * const prometheus = await startPrometheus({ configFile: 'prometheus.yml' });
 * await fetch(`${prometheus.url}/api/v1/query?query=up`);
 */
export async function startPrometheus(options: {
  readonly configFile: string;
  readonly dataFolder?: string;
  readonly args?: readonly string[];
  readonly server?: 'prometheus' | 'prometheus-oldest' | 'prometheus-newest';
}): Promise<RunningPrometheus> {
  const running = spawnProcess(binary(options.server ?? 'prometheus'), [
    `--config.file=${options.configFile}`,
    `--storage.tsdb.path=${options.dataFolder ?? temporaryFolder()}`,
    '--web.listen-address=127.0.0.1:0',
    ...(options.args ?? []),
  ]);
  const line = await running.waitForLine(/msg="Listening on" (?:component=web )?address=(\S+)/, 30_000);
  const url = `http://${line[1]}`;
  await waitFor(async () => (await fetch(`${url}/-/ready`)).ok, {
    what: `Prometheus ready at ${url}`,
    timeoutMs: 30_000,
  });
  return { url, process: running, stop: () => running.stop() };
}

/**
 * Runs promtool to its end.
 *
 * @param stdin what it reads, as `check metrics` does
 * @throws Error where the program is missing: say {@link requireServer} first
 *
 * @example
 * const { code, stderr } = await runPromtool(['check', 'metrics'], page);
 */
export function runPromtool(args: readonly string[], stdin = ''): Promise<FinishedProcess> {
  return runToEnd(binary('promtool'), args, { stdin });
}

function binary(name: ServerName): string {
  const reason = unavailable(name);
  if (reason !== undefined) throw new Error(reason);
  return serverPath(root, name);
}

/** An Alertmanager that a test runs. */
export interface RunningAlertmanager {
  /** Such as `http://127.0.0.1:40123`, with its path prefix and without a slash at the end. */
  readonly url: string;
  readonly process: RunningProcess;
  /** Ends it by SIGTERM and waits until it has ended. */
  stop(): Promise<ProcessExit>;
}

/**
 * Starts an Alertmanager on a free port of the loopback address and waits until it is ready. It is killed at the end
 * of the test at the latest.
 *
 * @param options `dataFolder` is by default a temporary one; `prefix` a path such as `/alerts` that it is served below
 * @throws Error where the program is missing (say {@link requireServer} first) or it doesn't become ready
 *
 * @example
 * const alertmanager = await startAlertmanager({ configFile: 'alertmanager.yml' });
 * await fetch(`${alertmanager.url}/api/v2/alerts`);
 */
export async function startAlertmanager(options: {
  readonly configFile: string;
  readonly dataFolder?: string;
  readonly prefix?: string;
  readonly port?: number;
}): Promise<RunningAlertmanager> {
  const { configFile, dataFolder = temporaryFolder(), prefix = '', port = 0 } = options;
  const program = relocatedAlertmanager(binary('alertmanager'));
  const args = [
    `--config.file=${configFile}`,
    `--storage.path=${dataFolder}`,
    `--web.listen-address=127.0.0.1:${port}`,
    `--web.route-prefix=${prefix === '' ? '/' : prefix}`,
    '--cluster.listen-address=',
  ];
  const running = spawnProcess(program, args, { cwd: dirname(program) });
  const line = await running.waitForLine(/msg="?Listening on"? address=(\S+)/, 30_000);
  const url = `http://${line[1]}${prefix}`;
  await waitFor(async () => (await fetch(`${url}/-/ready`)).ok, {
    what: `Alertmanager ready at ${url}`,
    timeoutMs: 30_000,
  });
  return { url, process: running, stop: () => running.stop() };
}

/**
 * Runs amtool to its end.
 *
 * @throws Error where the program is missing: say {@link requireServer} first
 */
export function runAmtool(args: readonly string[]): Promise<FinishedProcess> {
  return runToEnd(binary('amtool'), args);
}
