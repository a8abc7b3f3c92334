import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DebianUnavailableError, fetchDebianPackages } from './debian.ts';

// The real servers that tests run against, fetched once into .tools/. What came of it is written into a file
// that the tests read: the programs' paths, or why there are none.

/** The suite is newer than the machine may be: Debian 12 has a Prometheus that is too old for us. */
const suite = 'trixie';

interface ServerSource {
  readonly package: string;
  /** Below the package's folder. */
  readonly path: string;
  /** Makes it say its version. */
  readonly versionArgs: readonly string[];
}

const sources = {
  prometheus: { package: 'prometheus', path: 'usr/bin/prometheus', versionArgs: ['--version'] },
  promtool: { package: 'promtool', path: 'usr/bin/promtool', versionArgs: ['--version'] },
  alertmanager: {
    package: 'prometheus-alertmanager',
    path: 'usr/bin/prometheus-alertmanager',
    versionArgs: ['--version'],
  },
  amtool: { package: 'prometheus-alertmanager', path: 'usr/bin/amtool', versionArgs: ['--version'] },
  'docker-compose': {
    package: 'docker-compose',
    path: 'usr/libexec/docker/cli-plugins/docker-compose',
    versionArgs: ['version'],
  },
} as const satisfies Record<string, ServerSource>;

/** A program that tests can ask for. */
export type ServerName = keyof typeof sources;

/** What is known about the servers: all of them are there, or none with the reason. */
export interface ServersState {
  /** What was asked for; another request makes the state out of date. */
  readonly request: string;
  readonly versions: Readonly<Partial<Record<ServerName, string>>>;
  /** Why there are none; null when there are. */
  readonly unavailable: string | null;
}

const names = Object.keys(sources) as ServerName[];
const packages = [...new Set(names.map((name) => sources[name].package))].sort();
const request = `${process.platform}-${process.arch} ${suite}: ${packages.join(' ')}`;

/** Where a server's program lies, whether it is there or not. */
export function serverPath(root: string, name: ServerName): string {
  return join(root, '.tools/debian', sources[name].package, sources[name].path);
}

/** What the last run of this script found, or undefined if none ran or its programs are gone. */
export function readServersState(root: string): ServersState | undefined {
  let state: ServersState;
  try {
    state = JSON.parse(readFileSync(stateFile(root), 'utf8'));
  } catch {
    return undefined;
  }
  if (state.request !== request) return undefined;
  if (state.unavailable === null && !names.every((name) => existsSync(serverPath(root, name))))
    return undefined;
  return state;
}

/**
 * Makes the servers available; does nothing where they are already. That they can't be had is a state too, and
 * the next run tries again.
 *
 * @param root the repository's folder
 * @param report told what goes on, a line each
 * @throws whatever goes wrong beside the network and the system's kind: a full disk, say
 */
export function provideServers(root: string, report: (line: string) => void): ServersState {
  const known = readServersState(root);
  if (known?.unavailable === null) {
    report(`Servers for the tests are there: ${describe(known)}`);
    return known;
  }
  let state: ServersState;
  try {
    fetchDebianPackages({
      suite,
      packages,
      targetFolder: join(root, '.tools/debian'),
      workFolder: join(root, '.tools/apt'),
      report,
    });
    state = { request, versions: askVersions(root), unavailable: null };
    report(`Servers for the tests: ${describe(state)}`);
  } catch (error) {
    if (!(error instanceof DebianUnavailableError)) throw error;
    state = { request, versions: {}, unavailable: error.message };
  }
  writeState(root, state);
  return state;
}

/** Runs each program: one for another C library or processor is found out here, not in the middle of a test. */
function askVersions(root: string): ServersState['versions'] {
  const versions: Partial<Record<ServerName, string>> = {};
  for (const name of names) {
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

function describe(state: ServersState): string {
  return names.map((name) => `${name} ${state.versions[name]}`).join(', ');
}

function stateFile(root: string): string {
  return join(root, '.tools/debian/servers.json');
}

function writeState(root: string, state: ServersState): void {
  mkdirSync(join(root, '.tools/debian'), { recursive: true });
  const fresh = `${stateFile(root)}.${process.pid}`;
  writeFileSync(fresh, `${JSON.stringify(state, null, 2)}\n`);
  renameSync(fresh, stateFile(root));
}

if (import.meta.main) {
  const root = fileURLToPath(new URL('..', import.meta.url));
  const state = provideServers(root, (line) => console.log(line));
  if (state.unavailable !== null) {
    const what = `Cannot have the servers for the tests: ${state.unavailable}`;
    if (process.env.CI === 'true') {
      console.error(what);
      process.exitCode = 1;
    } else {
      console.log(`${what}. Tests that need them are skipped.`);
    }
  }
}
