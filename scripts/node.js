// The Node that runs everything but the set-up itself.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

const neededMajor = 24;

/**
 * Finds a Node that is new enough: the pinned one, a package for this platform, else the one that runs this
 * script. Each is asked for its version, as a pinned one for another C library is there but doesn't run.
 *
 * @param {string} root the repository's folder
 * @returns {{ path: string, version: string, isPinned: boolean } | undefined}
 */
export function findNode(root) {
  const pinned = join(root, `node_modules/node-${process.platform}-${process.arch}/bin/node`);
  for (const path of [pinned, process.execPath]) {
    if (!existsSync(path)) continue;
    const version = spawnSync(path, ['--version'], { encoding: 'utf8' }).stdout?.trim();
    if (version && majorOf(version) >= neededMajor) return { path, version, isPinned: path === pinned };
  }
  return undefined;
}

/**
 * Makes `npm run …` use the pinned Node too. npm up to 10 drops the link of that name again when it takes the
 * package for the other platform away, as both bring a program called `node`.
 *
 * @param {string} root the repository's folder
 * @param {string} pinned the program's path
 */
export function linkNode(root, pinned) {
  const link = join(root, 'node_modules/.bin/node');
  if (existsSync(link) || process.platform === 'win32') return;
  mkdirSync(dirname(link), { recursive: true });
  rmSync(link, { force: true }); // one that leads nowhere
  symlinkSync(relative(dirname(link), pinned), link);
}

/** Says what is wrong where {@link findNode} finds nothing after an installation. */
export function noNodeMessage() {
  return (
    `Cannot run as Node must be ${neededMajor} or newer: current value is ${process.version}, and the pinned ` +
    `Node for ${process.platform}-${process.arch} isn't there or doesn't run. ` +
    `Install Node ${neededMajor} (https://nodejs.org, or a version manager that reads .node-version).`
  );
}

/** @param {string} version as in `v24.1.0` */
function majorOf(version) {
  return Number(/^v(\d+)\./.exec(version)?.[1] ?? 0);
}
