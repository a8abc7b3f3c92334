import { mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/folder.ts';

// The script is plain JavaScript, for old Nodes: its type is stated here.
const script = new URL('../../scripts/install.js', import.meta.url).href;
const { whyInstall } = (await import(script)) as { whyInstall(root: string): string | undefined };

type Packages = Record<string, Record<string, unknown>>;

const express = { version: '5.3.0', integrity: 'sha512-a' };
const wanted: Packages = {
  '': { name: 'repository', version: '0.1.0' },
  'src/sdk': { version: '0.1.0' },
  'node_modules/@scope/sdk': { resolved: 'src/sdk', link: true },
  'node_modules/express': express,
  'node_modules/other-platform': { version: '1.0.0', optional: true },
};
const { '': _root, 'node_modules/other-platform': _other, ...installed } = wanted;

function writeTree(root: string, lock: Packages, hidden: Packages | undefined): void {
  writeFileSync(join(root, 'package-lock.json'), JSON.stringify({ packages: lock }));
  if (hidden === undefined) return;
  for (const path of Object.keys(hidden)) {
    mkdirSync(join(root, path), { recursive: true });
    writeFileSync(join(root, path, 'package.json'), '{}');
  }
  writeFileSync(join(root, 'node_modules/.package-lock.json'), JSON.stringify({ packages: hidden }));
}

describe('whyInstall', () => {
  it.each<[string, Packages, Packages, string | undefined]>([
    ['no, all is there but the package of another platform', wanted, installed, undefined],
    [
      'a new version in the lock file',
      { ...wanted, 'node_modules/express': { ...express, version: '5.4.0' } },
      installed,
      'node_modules/express must be 5.4.0: current value is 5.3.0',
    ],
    [
      'the same version with another content',
      { ...wanted, 'node_modules/express': { ...express, integrity: 'sha512-b' } },
      installed,
      'node_modules/express 5.3.0 has another content',
    ],
    [
      'a new package',
      { ...wanted, 'node_modules/yaml': { version: '2.0.0' } },
      installed,
      'node_modules/yaml is missing',
    ],
    [
      'a package that the lock file has given up',
      wanted,
      { ...installed, 'node_modules/yaml': { version: '2.0.0' } },
      'node_modules/yaml is no longer asked for',
    ],
    [
      'no, a package that the user has added (npm install --no-save) stays',
      wanted,
      { ...installed, 'node_modules/yaml': { version: '2.0.0', extraneous: true } },
      undefined,
    ],
    [
      'a workspace that has moved',
      { ...wanted, 'node_modules/@scope/sdk': { resolved: 'src/kit', link: true } },
      installed,
      'node_modules/@scope/sdk must be src/kit: current value is src/sdk',
    ],
  ])('%s', (_, lock, hidden, reason) => {
    const root = temporaryFolder();
    writeTree(root, lock, hidden);
    expect(whyInstall(root)).toBe(reason);
  });

  it('node_modules is missing, as in a fresh clone', () => {
    const root = temporaryFolder();
    writeTree(root, wanted, undefined);
    expect(whyInstall(root)).toBe('node_modules is missing');
  });

  it('an installation was cut off before npm has recorded it', () => {
    const root = temporaryFolder();
    writeTree(root, wanted, installed);
    rmSync(join(root, 'node_modules/.package-lock.json'));
    expect(whyInstall(root)).toBe('node_modules is incomplete');
  });

  it("a package's folder was deleted by hand", () => {
    const root = temporaryFolder();
    writeTree(root, wanted, installed);
    rmSync(join(root, 'node_modules/express'), { recursive: true });
    expect(whyInstall(root)).toBe('node_modules/express is missing');
  });

  it('no, a lock file that only looks younger has the same content', () => {
    const root = temporaryFolder();
    writeTree(root, wanted, installed);
    const later = new Date(Date.now() + 3_600_000);
    utimesSync(join(root, 'package-lock.json'), later, later);
    expect(whyInstall(root)).toBeUndefined();
  });

  it('the lock file itself is broken', () => {
    const root = temporaryFolder();
    writeTree(root, wanted, installed);
    writeFileSync(join(root, 'package-lock.json'), '<<<<<<< HEAD');
    expect(() => whyInstall(root)).toThrow('Cannot install as package-lock.json must be readable JSON');
  });
});
