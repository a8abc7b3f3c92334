import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  provideServers,
  readServersState,
  type ServerName,
  serverPath,
  suites,
} from '../../scripts/servers.ts';
import { temporaryFolder } from '../support/folder.ts';

const names: readonly ServerName[] = ['prometheus', 'promtool', 'alertmanager', 'amtool', 'docker-compose'];
const request = `${process.platform}-${process.arch} trixie: docker-compose prometheus prometheus-alertmanager promtool`;

/** A folder in which an earlier run has left this state, and programs where it has found some. */
function rootWith(state: object, programs: readonly ServerName[] = []): string {
  const root = temporaryFolder();
  for (const path of programs.map((name) => serverPath(root, name))) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, '');
  }
  mkdirSync(join(root, '.tools/debian'), { recursive: true });
  writeFileSync(join(root, '.tools/debian/servers.json'), JSON.stringify(state));
  return root;
}

const complete = {
  request,
  versions: Object.fromEntries(names.map((name) => [name, '1.0'])),
  unavailable: null,
};

describe('readServersState', () => {
  it('knows nothing before the first run', () => {
    expect(readServersState(temporaryFolder())).toBeUndefined();
  });

  it('takes the word of an earlier run whose programs are still there', () => {
    expect(readServersState(rootWith(complete, names))).toEqual(complete);
  });

  it.each(names)('does not when %s is gone', (name) => {
    const root = rootWith(complete, names);
    rmSync(serverPath(root, name));
    expect(readServersState(root)).toBeUndefined();
  });

  it('does not when something else was asked for then', () => {
    expect(
      readServersState(rootWith({ ...complete, request: 'linux-x64 bookworm: promtool' }, names)),
    ).toBeUndefined();
  });

  it('takes each release by itself', () => {
    const root = rootWith(complete, names);
    expect(suites).toEqual(['trixie', 'bookworm', 'forky']);
    expect(readServersState(root, 'bookworm')).toBeUndefined();
    expect(serverPath(root, 'promtool-oldest')).toBe(
      join(root, '.tools/debian-bookworm/prometheus/usr/bin/promtool'),
    );
  });

  it('keeps why there are none', () => {
    const state = { request, versions: {}, unavailable: 'no network' };
    expect(readServersState(rootWith(state))).toEqual(state);
  });
});

describe('provideServers', () => {
  it('fetches nothing where all are there', () => {
    const lines: string[] = [];
    expect(provideServers(rootWith(complete, names), (line) => lines.push(line))).toEqual(complete);
    expect(lines).toEqual([expect.stringMatching(/^Servers for the tests are there: prometheus 1\.0, /)]);
  });
});
