// Notices that npm is gone. Plain JavaScript, because an old Node must be able to read it.
import { readFileSync } from 'node:fs';

const checkEveryMs = 250;

/**
 * Calls back once the npm (or npx) that has started this process is gone. npm starts programs through a shell and
 * sends a signal to that shell only, which dies of it and tells nobody; and where npm itself is killed, the shell
 * waits on. So both are watched. Does nothing where npm hasn't started this process.
 *
 * @param {() => void} callback
 */
export function onNpmEnd(callback) {
  if (process.env.npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  const npm = isShell(parent) ? parentOf(parent) : undefined;
  const timer = setInterval(() => {
    if (process.ppid === parent && (npm === undefined || parentOf(parent) === npm)) return;
    clearInterval(timer);
    callback();
  }, checkEveryMs);
  timer.unref();
}

/**
 * A shell that replaces itself by the command isn't there: the parent is npm, and whoever has started npm may go.
 *
 * @param {number} pid
 */
function isShell(pid) {
  return readProcess(pid, 'cmdline')?.split('\0')[1] === '-c';
}

/**
 * @param {number} pid
 * @returns {number | undefined} undefined where the system doesn't tell
 */
function parentOf(pid) {
  // `pid (name) state ppid …`, and a name may hold parentheses.
  const stat = readProcess(pid, 'stat');
  return stat === undefined ? undefined : Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
}

/**
 * @param {number} pid
 * @param {string} file as in Linux' proc(5)
 */
function readProcess(pid, file) {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return undefined;
  }
}
