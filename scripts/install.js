// Whether node_modules is what package-lock.json asks for, and `npm ci` where it isn't.
import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { run } from './child.js';
import { CannotError } from './errors.js';

/**
 * @typedef {{
 *   version?: string, integrity?: string, resolved?: string, link?: boolean,
 *   optional?: boolean, devOptional?: boolean, extraneous?: boolean,
 * }} Package
 */

/**
 * Compares what is installed with what the lock file asks for, by content: a fresh clone gives every file the
 * time of cloning, so modification times say nothing. npm records what it has installed in
 * node_modules/.package-lock.json, as its last act; an installation that was cut off has no such file.
 *
 * @param {string} root the repository's folder
 * @returns {string | undefined} why an installation is due, or undefined when it isn't
 */
export function whyInstall(root) {
  if (!existsSync(join(root, 'node_modules'))) return 'node_modules is missing';
  const installed = packagesOf(join(root, 'node_modules/.package-lock.json'));
  if (installed === undefined) return 'node_modules is incomplete';
  const wanted = packagesOf(join(root, 'package-lock.json'));
  if (wanted === undefined)
    throw new CannotError('Cannot install as package-lock.json must be readable JSON');
  for (const [path, want] of Object.entries(wanted)) {
    if (!path.includes('node_modules/')) continue; // a workspace: it lies in the repository itself
    const have = installed[path];
    if (have === undefined) {
      if (want.optional || want.devOptional) continue; // for another platform
      return `${path} is missing`;
    }
    const wantedValue = want.version ?? want.resolved;
    const value = have.version ?? have.resolved;
    if (value !== wantedValue) return `${path} must be ${wantedValue}: current value is ${value}`;
    if (want.integrity !== have.integrity) return `${path} ${value} has another content`;
    if (!existsSync(join(root, path, 'package.json'))) return `${path} is missing`;
  }
  for (const [path, have] of Object.entries(installed)) {
    if (wanted[path] === undefined && !have.extraneous) return `${path} is no longer asked for`;
  }
  return undefined;
}

/**
 * Installs by `npm ci`: exactly the lock file's packages, with the development tools and the pinned Node even
 * where the user's settings leave those out.
 *
 * @param {(line: string) => void} report told what goes on, a line each
 * @throws {CannotError} when it fails, with what helps
 */
export async function install(report) {
  const npm = findNpm();
  let errors = '';
  let code;
  try {
    code = await run(
      npm.command,
      // Old npm warns of our Node version for each package, and the one that runs npm isn't the one that runs us.
      [
        ...npm.args,
        'ci',
        '--include=dev',
        '--include=optional',
        '--engine-strict=false',
        '--loglevel=error',
        '--prefer-offline',
      ],
      {
        onLine: (line) => line.trim() !== '' && report(`npm: ${line}`),
        onError: (text) => {
          errors = (errors + text).slice(-20_000);
        },
        shell: npm.shell,
      },
    );
  } catch (error) {
    throw new CannotError(
      `Cannot install the packages as npm must be there: current value is ${/** @type {Error} */ (error).message}. ` +
        'Install npm (on Debian: apt-get install npm), or Node 24 from https://nodejs.org, which brings it along.',
    );
  }
  if (code !== 0) throw new CannotError(whyInstallFailed(code, errors));
}

/**
 * @param {number} code npm's exit code
 * @param {string} errors what it wrote to standard error
 * @returns {string} a message with the likeliest cause and what helps
 */
function whyInstallFailed(code, errors) {
  const network =
    /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT)\b/.exec(
      errors,
    );
  if (network !== null) {
    return (
      `Cannot install the packages as the npm registry must be reachable: current value is ${network[1]}. ` +
      'Check the network (behind a proxy: `npm config set https-proxy …`) and run the same command again.'
    );
  }
  if (/\bEUSAGE\b/.test(errors)) {
    return 'Cannot install the packages as package.json and package-lock.json must agree: run `npm install` once and commit both.';
  }
  return `Cannot install the packages as \`npm ci\` must end with exit code 0: current value is ${code}. Its own message is above.`;
}

/** The npm that has started this script, on the Node that runs it; else the one on the path. */
function findNpm() {
  const { npm_execpath: script, npm_node_execpath: node } = process.env;
  if (script !== undefined && /^npm(-cli)?\.[cm]?js$/.test(basename(script)) && existsSync(script)) {
    return { command: node ?? process.execPath, args: [script], shell: false };
  }
  // On Windows npm is a command file, which only a shell can start.
  return { command: 'npm', args: [], shell: process.platform === 'win32' };
}

/**
 * @param {string} lockFile
 * @returns {Record<string, Package> | undefined} its packages by path, or undefined if it can't be read
 */
function packagesOf(lockFile) {
  try {
    return JSON.parse(readFileSync(lockFile, 'utf8')).packages;
  } catch {
    return undefined;
  }
}
