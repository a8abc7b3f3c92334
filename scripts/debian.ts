import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

// Programs from a Debian release other than the machine's, unpacked into a folder. Nothing is installed and the
// system's package sources, lists and caches are neither changed nor used: apt runs on a configuration of its own.

/** What to fetch, and to where. */
export interface DebianRequest {
  /** Release, as in `trixie`. */
  readonly suite: string;
  readonly packages: readonly string[];
  /** Gets one folder for each package, with that package's files below it. */
  readonly targetFolder: string;
  /** apt's lists and downloads go below it and are removed at the end. */
  readonly workFolder: string;
  /** Told what goes on, a line each. */
  readonly report: (line: string) => void;
}

/** Packages can't be had here: no Debian tools, no network. The message says why and what helps. */
export class DebianUnavailableError extends Error {
  override name = 'DebianUnavailableError';
}

const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';
const standardMirror = 'http://deb.debian.org/debian/';
const commandTimeoutMs = 600_000;

/**
 * Downloads packages by apt, which checks them against Debian's signed index, and unpacks them. A folder that
 * is there already is replaced, whole: a run that is cut off leaves no half of one.
 *
 * @throws DebianUnavailableError when they can't be had here
 *
 * @example
 * fetchDebianPackages({ suite: 'trixie', packages: ['promtool'], targetFolder, workFolder, report: console.log });
 */
export function fetchDebianPackages(request: DebianRequest): void {
  for (const [file, fix] of [
    ['/usr/bin/apt-get', 'this needs Debian or a system that is made from it'],
    ['/usr/bin/dpkg', 'this needs Debian or a system that is made from it'],
    [keyring, 'install the package debian-archive-keyring'],
  ] as const) {
    if (!existsSync(file)) throw new DebianUnavailableError(`${file} is missing: ${fix}`);
  }
  mkdirSync(request.workFolder, { recursive: true });
  mkdirSync(request.targetFolder, { recursive: true });
  // A folder of its own for each run: two at a time don't meet at apt's locks.
  const work = mkdtempSync(join(request.workFolder, 'run-'));
  try {
    const architecture = run('dpkg', ['--print-architecture'], work).trim();
    const config = updatedConfiguration(request, architecture, work);
    request.report(`Downloading ${request.packages.join(', ')}`);
    const downloads = join(work, 'downloads');
    mkdirSync(downloads);
    run('apt-get', ['-c', config, 'download', ...request.packages], downloads);
    for (const archive of readdirSync(downloads).filter((name) => name.endsWith('.deb'))) {
      unpack(join(downloads, archive), request.targetFolder, work);
    }
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Tries one mirror after the other; returns the configuration whose index could be read. */
function updatedConfiguration(request: DebianRequest, architecture: string, work: string): string {
  const failures: string[] = [];
  for (const mirror of findMirrors(work)) {
    request.report(`Reading the package index of Debian ${request.suite} from ${mirror}`);
    const config = writeConfiguration(work, { mirror, suite: request.suite, architecture });
    try {
      run('apt-get', ['-c', config, 'update'], work);
      return config;
    } catch (error) {
      failures.push(`${mirror}: ${error instanceof Error ? error.message : error}`);
    }
  }
  throw new DebianUnavailableError(`no mirror has a readable package index. ${failures.join(' ')}`);
}

/** The machine's own mirrors of its Debian release, then the standard one. */
function findMirrors(work: string): string[] {
  const system = readFileSync('/etc/os-release', 'utf8');
  const codename = /^VERSION_CODENAME="?([a-z]+)/m.exec(system)?.[1];
  // Without the release information it lists what is configured, also where no index was ever read.
  const format = '$(REPO_URI) $(RELEASE) $(COMPONENT)';
  const targets = run('apt-get', ['indextargets', '--no-release-info', '--format', format], work);
  return mirrorsOf(targets, codename === undefined ? [] : [codename]);
}

/**
 * Picks the archives to ask out of what a machine's package sources say.
 *
 * @param targets lines of address, release and component, as `apt-get indextargets` prints them
 * @param codenames the machine's own release, beside the names that every archive has
 * @returns addresses, each once, the likeliest first; Debian's standard mirror is the last resort. A wrong one
 *   does no harm: what it serves must be signed with Debian's key.
 */
export function mirrorsOf(targets: string, codenames: readonly string[]): string[] {
  const releases = new Set([...codenames, 'oldstable', 'stable', 'testing', 'unstable', 'sid']);
  const mirrors = new Set<string>();
  for (const line of targets.split('\n')) {
    const [address, release, component] = line.trim().split(/\s+/);
    if (address === undefined || release === undefined || component !== 'main') continue;
    if (!releases.has(release) || /^(cdrom|file|copy):/.test(address)) continue;
    mirrors.add(address.endsWith('/') ? address : `${address}/`);
  }
  const isDebian = (address: string) => (/\/debian\/$/.test(address) ? 0 : 1);
  return [...new Set([...[...mirrors].sort((a, b) => isDebian(a) - isDebian(b)), standardMirror])];
}

/**
 * Writes an apt configuration that knows one release and keeps all of its state in one folder. It is read after
 * the machine's own, so that a proxy or a password for a mirror set there holds here too.
 *
 * @returns the path of the configuration file, for `apt-get -c`
 */
function writeConfiguration(
  work: string,
  source: { readonly mirror: string; readonly suite: string; readonly architecture: string },
): string {
  for (const folder of ['lists/partial', 'cache/archives/partial', 'log']) {
    mkdirSync(join(work, folder), { recursive: true });
  }
  const sources = join(work, 'sources.list');
  const status = join(work, 'status');
  const config = join(work, 'apt.conf');
  const options = `arch=${source.architecture} target=Packages signed-by=${keyring}`;
  writeFileSync(sources, `deb [${options}] ${source.mirror} ${source.suite} main\n`);
  writeFileSync(status, '');
  writeFileSync(
    config,
    `Dir::Etc::sourcelist "${sources}";
Dir::Etc::sourceparts "";
Dir::Etc::preferences "";
Dir::Etc::preferencesparts "";
Dir::State "${work}";
Dir::State::lists "${join(work, 'lists')}";
Dir::State::status "${status}";
Dir::Cache "${join(work, 'cache')}";
Dir::Log "${join(work, 'log')}";
APT::Sandbox::User "root"; // apt's own user may not write into this folder
Acquire::Languages "none";
APT::Update::Error-Mode "any"; // by default an index that can't be had is but a warning
Acquire::Retries "2";
Acquire::http::Timeout "20";
Acquire::https::Timeout "20";
// Hooks of the machine act on the system's own cache.
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
`,
  );
  return config;
}

function unpack(archive: string, targetFolder: string, work: string): void {
  const name = run('dpkg-deb', ['--field', archive, 'Package'], work).trim();
  const fresh = join(work, `unpacked-${name}`);
  run('dpkg', ['-x', archive, fresh], work);
  const target = join(targetFolder, name);
  rmSync(target, { recursive: true, force: true });
  try {
    renameSync(fresh, target);
  } catch (error) {
    // Another run has put the same package there meanwhile.
    if (!existsSync(target)) throw error;
  }
}

function run(command: string, args: readonly string[], cwd: string): string {
  const result = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    timeout: commandTimeoutMs,
    maxBuffer: 64 * 1024 * 1024,
    env: { ...process.env, LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (result.error !== undefined)
    throw new DebianUnavailableError(`${command} failed: ${result.error.message}`);
  if (result.status !== 0) {
    const lines = result.stderr.trim().split('\n');
    const said = lines.find((line) => line.startsWith('E: ')) ?? lines.at(-1);
    const end = result.status === null ? `signal ${result.signal}` : `exit code ${result.status}`;
    throw new DebianUnavailableError(`${command} ended with ${end}: ${said}`);
  }
  return result.stdout;
}
