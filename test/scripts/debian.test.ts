import { describe, expect, it } from 'vitest';
import { mirrorsOf } from '../../scripts/debian.ts';

const standard = 'http://deb.debian.org/debian/';

describe('mirrorsOf', () => {
  it.for([
    ['nothing configured', '', ['bookworm'], [standard]],
    [
      'the standard mirror',
      `${standard} bookworm main\n${standard} bookworm-updates main\n`,
      ['bookworm'],
      [standard],
    ],
    [
      "the machine's own mirror before the standard one",
      'http://mirror.test/debian/ bookworm main\nhttp://mirror.test/debian-security/ bookworm-security main\n',
      ['bookworm'],
      ['http://mirror.test/debian/', standard],
    ],
    [
      "others' archives only behind Debian's, however they call their release",
      'https://apt.vendor.test/ bookworm main\nhttp://mirror.test/debian bookworm main\nhttps://pg.test/ bookworm-pgdg main\n',
      ['bookworm'],
      ['http://mirror.test/debian/', 'https://apt.vendor.test/', standard],
    ],
    [
      'a release by its role, and only the main component',
      'http://mirror.test/debian/ stable main\nhttp://docker.test/ bookworm stable\n',
      [],
      ['http://mirror.test/debian/', standard],
    ],
    ['no mirror on a disc', 'cdrom://[Debian]/ bookworm main\n', ['bookworm'], [standard]],
  ] as const)('yields %s', ([, targets, codenames, mirrors]) => {
    expect(mirrorsOf(targets, codenames)).toEqual(mirrors);
  });
});
