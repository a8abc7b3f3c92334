import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { makeStackSecrets, stackSecrets } from '../../scripts/stack-secrets.js';
import { loadTokens } from '../../src/processor/http/index.ts';
import { temporaryFolder } from '../support/folder.ts';
import { runToEnd } from '../support/process.ts';

const script = fileURLToPath(new URL('../../scripts/stack-secrets.js', import.meta.url));
const names = Object.keys(stackSecrets);

describe('npm run stack:secrets', () => {
  it('makes each secret once, and says where', async () => {
    const folder = join(temporaryFolder(), 'secrets');
    const first = await runToEnd(process.execPath, [script, folder]);
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(first.stdout.match(/^made /gm)).toHaveLength(names.length);
    const made = names.map((name) => readFileSync(join(folder, name), 'utf8'));
    expect(new Set(made).size).toBe(names.length);
    for (const secret of made) {
      expect(secret).toMatch(/^[\w-]{43}$/);
      expect(first.stdout).not.toContain(secret);
    }
    const second = await runToEnd(process.execPath, [script, folder]);
    expect(second.stdout.match(/^kept /gm)).toHaveLength(names.length);
    expect(names.map((name) => readFileSync(join(folder, name), 'utf8'))).toEqual(made);
    expect(readdirSync(folder).toSorted()).toEqual(names.toSorted());
  });

  it.skipIf(process.platform === 'win32')('lets containers read them and nobody else on this machine', () => {
    const folder = join(temporaryFolder(), 'secrets');
    makeStackSecrets(folder);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    for (const name of names) expect(statSync(join(folder, name)).mode & 0o777).toBe(0o444);
  });

  it.skipIf(process.platform === 'win32')('does so under a strict umask too', async () => {
    const folder = join(temporaryFolder(), 'secrets');
    const command = `umask 077; exec "${process.execPath}" "${script}" "${folder}"`;
    expect(await runToEnd('sh', ['-c', command])).toMatchObject({ code: 0 });
    for (const name of names) expect(statSync(join(folder, name)).mode & 0o777).toBe(0o444);
  });

  it('makes tokens that the processor takes', () => {
    const folder = join(temporaryFolder(), 'secrets');
    makeStackSecrets(folder);
    const roles = ['ingest', 'read', 'operator'] as const;
    const { tokens } = loadTokens(
      roles.map((role) => ({ name: role, role, tokenFile: join(folder, `${role}-token`) })),
    );
    expect(tokens.callers.map(({ role }) => role)).toEqual(roles);
  });

  it('makes the one that is missing', () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'read-token'), 'mine-and-long-enough\n');
    expect(makeStackSecrets(folder).filter(({ isNew }) => !isNew)).toEqual([
      { name: 'read-token', isNew: false },
    ]);
    expect(readFileSync(join(folder, 'read-token'), 'utf8')).toBe('mine-and-long-enough\n');
  });

  it('refuses the folder that Docker makes of a missing file, and an empty file', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'ingest-token'));
    const { code, stderr } = await runToEnd(process.execPath, [script, folder]);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /Cannot use .*ingest-token as it must hold a secret: current value is no file\. Remove it/,
    );
    const other = temporaryFolder();
    writeFileSync(join(other, 'operator-token'), '');
    expect(() => makeStackSecrets(other)).toThrow(
      /operator-token as it must hold a secret: current value is an empty/,
    );
    expect(existsSync(join(other, 'grafana-admin-password'))).toBe(false);
  });

  it('git never sees them', () => {
    const ignored = readFileSync(fileURLToPath(new URL('../../.gitignore', import.meta.url)), 'utf8');
    expect(ignored.split('\n')).toContain('/secrets/');
  });
});
