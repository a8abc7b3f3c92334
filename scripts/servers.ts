import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DebianUnavailableError, fetchDebianPackages } from './debian.ts';

// The real servers that tests run against, fetched once into .tools/. What came of it is written into a file
// that the tests read: the programs' paths, or why there are none. Most come from one release of Debian, whatever the
// machine's own is; the oldest and the newest Prometheus that we answer for from two others.

/** A release of Debian that servers are taken from. */
export type Suite = 'bookworm' | 'trixie' | 'forky';

const mainSuite = 'trixie';

interface ServerSource {
  readonly suite: Suite;
  readonly package: string;
  /** Below the package's folder. */
  readonly path: string;
  /** Makes it say its version. */
  readonly versionArgs: readonly string[];
}

const sources = {
  prometheus: {
    suite: mainSuite,
    package: 'prometheus',
    path: 'usr/bin/prometheus',
    versionArgs: ['--version'],
  },
  promtool: { suite: mainSuite, package: 'promtool', path: 'usr/bin/promtool', versionArgs: ['--version'] },
  alertmanager: {
    suite: mainSuite,
    package: 'prometheus-alertmanager',
    path: 'usr/bin/prometheus-alertmanager',
    versionArgs: ['--version'],
  },
  amtool: {
    suite: mainSuite,
    package: 'prometheus-alertmanager',
    path: 'usr/bin/amtool',
    versionArgs: ['--version'],
  },
  'docker-compose': {
    suite: mainSuite,
    package: 'docker-compose',
    path: 'usr/libexec/docker/cli-plugins/docker-compose',
    versionArgs: ['version'],
  },
  // The oldest that we support, 2.42, has its promtool in the same package.
  'prometheus-oldest': {
    suite: 'bookworm',
    package: 'prometheus',
    path: 'usr/bin/prometheus',
    versionArgs: ['--version'],
  },
  'promtool-oldest': {
    suite: 'bookworm',
    package: 'prometheus',
    path: 'usr/bin/promtool',
    versionArgs: ['--version'],
  },
  // The 3.x that docker-compose.yml pins.
  'prometheus-newest': {
    suite: 'forky',
    package: 'prometheus',
    path: 'usr/bin/prometheus',
    versionArgs: ['--version'],
  },
  'promtool-newest': {
    suite: 'forky',
    package: 'promtool',
    path: 'usr/bin/promtool',
    versionArgs: ['--version'],
  },
} as const satisfies Record<string, ServerSource>;

/** A program that tests can ask for. */
export type ServerName = keyof typeof sources;

/** What is known about the servers of a release: all of them are there, or none with the reason. */
export interface ServersState {
  /** What was asked for; another request makes the state out of date. */
  readonly request: string;
  readonly versions: Readonly<Partial<Record<ServerName, string>>>;
  /** Why there are none; null when there are. */
  readonly unavailable: string | null;
}

const names = Object.keys(sources) as ServerName[];

/** Every release that servers are taken from, the one of most of them first. */
export const suites: readonly Suite[] = [...new Set(names.map((name) => sources[name].suite))];

/** The release that a server is taken from. */
export function suiteOf(name: ServerName): Suite {
  return sources[name].suite;
}

function namesOf(suite: Suite): ServerName[] {
  return names.filter((name) => suiteOf(name) === suite);
}

function packagesOf(suite: Suite): string[] {
  return [...new Set(namesOf(suite).map((name) => sources[name].package))].sort();
}

function requestOf(suite: Suite): string {
  return `${process.platform}-${process.arch} ${suite}: ${packagesOf(suite).join(' ')}`;
}

function folderOf(root: string, suite: Suite): string {
  return join(root, suite === mainSuite ? '.tools/debian' : `.tools/debian-${suite}`);
}

/** Where a server's program lies, whether it is there or not. */
export function serverPath(root: string, name: ServerName): string {
  const { suite, package: folder, path } = sources[name];
  return join(folderOf(root, suite), folder, path);
}

/** What the last run of this script found, or undefined if none ran or its programs are gone. */
export function readServersState(root: string, suite: Suite = mainSuite): ServersState | undefined {
  let state: ServersState;
  try {
    state = JSON.parse(readFileSync(stateFile(root, suite), 'utf8'));
  } catch {
    return undefined;
  }
  if (state.request !== requestOf(suite)) return undefined;
  if (state.unavailable === null && !namesOf(suite).every((name) => existsSync(serverPath(root, name))))
    return undefined;
  return state;
}

/**
 * Makes the servers of a release available; does nothing where they are already. That they can't be had is a state
 * too, and the next run tries again.
 *
 * @param root the repository's folder
 * @param report told what goes on, a line each
 * @throws whatever goes wrong beside the network and the system's kind: a full disk, say
 */
export function provideServers(
  root: string,
  report: (line: string) => void,
  suite: Suite = mainSuite,
): ServersState {
  const known = readServersState(root, suite);
  if (known?.unavailable === null) {
    report(`Servers for the tests are there: ${describe(known, suite)}`);
    return known;
  }
  let state: ServersState;
  try {
    fetchDebianPackages({
      suite,
      packages: packagesOf(suite),
      targetFolder: folderOf(root, suite),
      workFolder: join(root, '.tools/apt'),
      report,
    });
    state = { request: requestOf(suite), versions: askVersions(root, suite), unavailable: null };
    report(`Servers for the tests: ${describe(state, suite)}`);
  } catch (error) {
    if (!(error instanceof DebianUnavailableError)) throw error;
    state = { request: requestOf(suite), versions: {}, unavailable: error.message };
  }
  writeState(root, suite, state);
  return state;
}

/** Runs each program: one for another C library or processor is found out here, not in the middle of a test. */
function askVersions(root: string, suite: Suite): ServersState['versions'] {
  const versions: Partial<Record<ServerName, string>> = {};
  for (const name of namesOf(suite)) {
    const path = serverPath(root, name);
    const result = spawnSync(path, sources[name].versionArgs, { encoding: 'utf8', timeout: 30_000 });
    const version = /version v?(\d[^\s,]*)/.exec(`${result.stdout}\n${result.stderr}`)?.[1];
    if (result.status !== 0 || version === undefined) {
      const said = result.error?.message ?? `${result.stderr}`.trim().split('\n')[0];
      throw new DebianUnavailableError(`${path} from Debian ${suite} doesn't run on this machine: ${said}`);
    }
    versions[name] = version;
  }
  return versions;
}

function describe(state: ServersState, suite: Suite): string {
  return namesOf(suite)
    .map((name) => `${name} ${state.versions[name]}`)
    .join(', ');
}

function stateFile(root: string, suite: Suite): string {
  return join(folderOf(root, suite), 'servers.json');
}

function writeState(root: string, suite: Suite, state: ServersState): void {
  mkdirSync(folderOf(root, suite), { recursive: true });
  const fresh = `${stateFile(root, suite)}.${process.pid}`;
  writeFileSync(fresh, `${JSON.stringify(state, null, 2)}\n`);
  renameSync(fresh, stateFile(root, suite));
}

if (import.meta.main) {
  const root = fileURLToPath(new URL('..', import.meta.url));
  for (const suite of suites) {
    const { unavailable } = provideServers(root, (line) => console.log(line), suite);
    if (unavailable === null) continue;
    const what = `Cannot have the servers for the tests: ${unavailable}`;
    if (process.env.CI === 'true') {
      console.error(what);
      process.exitCode = 1;
    } else {
      console.log(`${what}. Tests that need them are skipped.`);
    }
  }
}
