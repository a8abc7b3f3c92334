import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { provideServers, readServersState, serverPath } from '../servers.ts';
import { relocatedAlertmanager } from './relocated-alertmanager.ts';

/** A server of the stack that isn't ours. */
export interface Program {
  readonly name: 'prometheus' | 'alertmanager';
  /** What it is called on the path; Debian puts its package's name first. */
  readonly commands: readonly string[];
  /** Without it, this is missing. */
  readonly purpose: string;
  readonly howToGet: string;
}

/** Those that `npm run stack` starts beside the processor. */
export const programs: readonly Program[] = [
  {
    name: 'prometheus',
    commands: ['prometheus'],
    purpose: 'metrics, rules and alerts',
    howToGet: 'apt-get install prometheus, brew install prometheus, or https://prometheus.io/download/',
  },
  {
    name: 'alertmanager',
    commands: ['alertmanager', 'prometheus-alertmanager'],
    purpose: 'notifications',
    howToGet: 'apt-get install prometheus-alertmanager, or https://prometheus.io/download/',
  },
];

/** Finds the first of these commands in the folders of a PATH. */
export function findOnPath(commands: readonly string[], path: string): string | undefined {
  for (const command of commands) {
    for (const folder of path.split(delimiter).filter((it) => it !== '')) {
      const file = join(folder, command);
      try {
        accessSync(file, constants.X_OK);
        return file;
      } catch {
        // Not in this folder.
      }
    }
  }
  return undefined;
}

/**
 * Finds the programs: the user's own on the path first, else those that the tests use, fetched where they can be.
 *
 * @param root the repository's folder
 * @param path the user's PATH
 * @param report told what goes on, a line each
 * @returns the paths of those that are there
 */
export function findPrograms(
  root: string,
  path: string,
  report: (line: string) => void,
): ReadonlyMap<Program['name'], string> {
  const found = new Map<Program['name'], string>();
  for (const { name, commands } of programs) {
    const own = findOnPath(commands, path);
    if (own !== undefined) found.set(name, own);
  }
  if (found.size === programs.length) return found;
  const state = readServersState(root) ?? provideServers(root, report);
  if (state.unavailable !== null) return found;
  for (const { name } of programs) {
    if (found.has(name)) continue;
    const path = serverPath(root, name);
    found.set(name, name === 'alertmanager' ? relocatedAlertmanager(path) : path);
  }
  return found;
}

/**
 * Says what isn't there and how to get it.
 *
 * @param found as {@link findPrograms} returns it
 * @returns a sentence for each
 */
export function describeMissing(found: ReadonlyMap<Program['name'], string>): string[] {
  return programs
    .filter(({ name }) => !found.has(name))
    .map(
      ({ name, purpose, howToGet }) =>
        `${name} is missing, and with it ${purpose}. How to get it: ${howToGet}`,
    );
}
