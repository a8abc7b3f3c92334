import { mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { describeMissing, findOnPath, findPrograms } from '../../scripts/stack/programs.ts';
import { temporaryFolder } from '../support/folder.ts';

/** A folder with programs in it. */
function folderWith(...names: string[]): string {
  const folder = temporaryFolder();
  for (const name of names) writeFileSync(join(folder, name), '#!/bin/sh\n', { mode: 0o755 });
  return folder;
}

describe('findOnPath', () => {
  it('takes the first folder that has it', () => {
    const [one, two] = [folderWith('prometheus'), folderWith('prometheus', 'alertmanager')];
    const path = [one, two].join(delimiter);
    expect(findOnPath(['prometheus'], path)).toBe(join(one, 'prometheus'));
    expect(findOnPath(['alertmanager'], path)).toBe(join(two, 'alertmanager'));
  });

  it('knows the name that Debian gives it', () => {
    const folder = folderWith('prometheus-alertmanager');
    const commands = ['alertmanager', 'prometheus-alertmanager'];
    expect(findOnPath(commands, folder)).toBe(join(folder, 'prometheus-alertmanager'));
  });

  it('finds nothing that is no program', () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'prometheus'), 'text', { mode: 0o644 });
    expect(findOnPath(['prometheus'], `${folder}${delimiter}${delimiter}/nowhere`)).toBeUndefined();
  });
});

describe('findPrograms', () => {
  it('takes the user’s own without looking further', () => {
    const folder = folderWith('prometheus', 'alertmanager');
    const found = findPrograms('/nowhere', folder, () => expect.unreachable());
    expect([...found]).toEqual([
      ['prometheus', join(folder, 'prometheus')],
      ['alertmanager', join(folder, 'alertmanager')],
    ]);
  });

  it('goes without what can’t be had', () => {
    const root = temporaryFolder();
    mkdirSync(join(root, '.tools/debian'), { recursive: true });
    const request = `${process.platform}-${process.arch} trixie: docker-compose prometheus prometheus-alertmanager promtool`;
    const state = { request, versions: {}, unavailable: 'no network' };
    writeFileSync(join(root, '.tools/debian/servers.json'), JSON.stringify(state));
    const folder = folderWith('prometheus');
    const found = findPrograms(root, folder, () => {});
    expect([...found.keys()]).toEqual(['prometheus']);
    expect(describeMissing(found)).toEqual([
      expect.stringMatching(
        /^alertmanager is missing, and with it notifications\. How to get it: apt-get install /,
      ),
    ]);
  });
});
