import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, type TestContext } from 'vitest';
import { temporaryFolder } from '../support/folder.ts';
import { heartbeat } from '../support/heartbeat.ts';
import { Installation, startInstallation, transitionLine } from '../support/installation.ts';
import { runToEnd } from '../support/process.ts';
import { waitFor } from '../support/wait.ts';

// A store that can't be used, or not any more, as the one who runs `agent-vitals up` gets to see it.

const config = 'store: { snapshot_interval: 200ms }';

async function beat(installation: Installation, id: string): Promise<void> {
  expect((await fetch(`${installation.otlp}/v1/metrics`, heartbeat(id))).status).toBe(200);
}

/** It works in all that needs no disk, and says how that is. */
async function expectToWork(
  installation: Installation,
  ids: readonly string[],
  store: 'working' | 'failing' = 'working',
): Promise<void> {
  for (const id of ids) await beat(installation, id);
  const all = await installation.states();
  for (const id of ids) expect(all[id]).toBe('idle');
  const ready = await fetch(`${installation.http}/readyz`);
  expect([ready.status, await ready.json()]).toMatchObject([200, { status: 'ready', store }]);
  const { status } = await installation.operate(ids[0]!, 'pause');
  expect(status).toBe(store === 'working' ? 200 : 202);
}

function filesOf(installation: Installation): string[] {
  return existsSync(dirname(installation.database)) ? readdirSync(dirname(installation.database)).sort() : [];
}

describe('a store that', () => {
  it.each([
    ['is text', (path: string) => writeFileSync(path, 'liveness: { late_after: 30s }\n'.repeat(500))],
    [
      "is another application's database",
      (path: string) => {
        const database = new DatabaseSync(path);
        database.exec('CREATE TABLE account (id INTEGER, owner TEXT)');
        database.close();
      },
    ],
    [
      'is damaged in the middle',
      (path: string) => {
        const bytes = readFileSync(path);
        bytes.fill(0xa5, 8_192, bytes.length - 8_192);
        writeFileSync(path, bytes);
      },
    ],
  ])('%s is set aside whole, with a clear message, and a new one begun', async (what, spoil) => {
    const installation = await startInstallation(config);
    await beat(installation, 'before');
    await installation.end('SIGTERM');
    if (!what.includes('damaged')) rmSync(installation.database);
    spoil(installation.database);
    const spoiled = readFileSync(installation.database);

    await installation.start();
    const [, aside = ''] = await installation.processor.waitForLine(
      /error the store was damaged or not ours: it is set aside, and a new one begun key=store\.path path=\/\S*agent-vitals\.db set_aside_as=(\S+) why=/,
    );
    expect(readFileSync(aside)).toEqual(spoiled);
    expect(dirname(aside)).toBe(dirname(installation.database));
    await expectToWork(installation, ['a', 'b']);
    await installation.end('SIGKILL');
    await installation.start();
    expect(await installation.states()).toEqual({ a: 'idle', b: 'unknown' });
    expect((await installation.transitions()).map(transitionLine)).toContain('a null → idle first_seen');
  });

  it.each([
    [
      'was written by a later version',
      (installation: Installation) => {
        const database = new DatabaseSync(installation.database);
        database.exec(`INSERT INTO schema_version (version, name, applied_at) VALUES (999, 'later', 0)`);
        database.close();
      },
      /error Cannot use the store \S*agent-vitals\.db as its schema must be at most version \d+: current value is 999\. It is left as it is; .* or change store\.path\.$/m,
    ],
    [
      'is a folder',
      (installation: Installation) => {
        rmSync(installation.database);
        mkdirSync(installation.database);
      },
      /error Cannot use the store \S*agent-vitals\.db as store\.path must name a file in a folder: .*$/m,
    ],
    [
      'is to lie in what is a file',
      (installation: Installation) => {
        rmSync(dirname(installation.database), { recursive: true });
        writeFileSync(dirname(installation.database), 'a file');
      },
      /error Cannot use the store \S*agent-vitals\.db as store\.path must name a file in a folder: .*$/m,
    ],
  ])('%s stops the start, names the path and the key, and is left untouched', async (_, spoil, message) => {
    const installation = await startInstallation(config);
    await installation.end('SIGTERM');
    spoil(installation);
    const look = () =>
      runToEnd('find', [dirname(installation.database), '-type', 'f', '-exec', 'cksum', '{}', '+']);
    const { stdout: before } = await look();
    await expect(installation.start()).rejects.toThrow('it has ended');
    expect(await installation.processor.exited).toEqual({ code: 1, signal: null });
    expect(installation.processor.stderr).toMatch(message);
    expect(installation.processor.stderr).not.toMatch(/^ +at /m);
    expect((await look()).stdout).toBe(before);
  });

  it('another processor has stops the second start, and nothing else', async () => {
    const first = await startInstallation(config);
    await beat(first, 'a');
    const second = new Installation(config, { AGENT_VITALS_STORE_PATH: first.database });
    await expect(second.start()).rejects.toThrow('it has ended');
    expect(await second.processor.exited).toEqual({ code: 1, signal: null });
    expect(second.processor.stderr).toContain(
      `Cannot use the store ${first.database} as it must belong to one processor alone: database is locked. Change store.path.`,
    );
    await expectToWork(first, ['b']);
    await first.end('SIGTERM');
    expect(first.processor.stderr).not.toMatch(/ (warn|error) /);
  });

  it('can not be written goes on in memory: said once, counted, and known from before', async (context) => {
    const installation = new Installation(config, {}, await unprivileged(context));
    await installation.start();
    for (const id of ['a', 'b']) await beat(installation, id);
    expect((await installation.operate('a', 'pause')).status).toBe(200);
    await installation.end('SIGTERM');
    const files = filesOf(installation);
    chmodSync(dirname(installation.database), 0o555);
    await installation.start();
    await installation.processor.waitForLine(
      /error the store fails: facts wait in memory until it works again key=store\.path path=\S+ fault=read_only why="Cannot use the store \S+ as its folder and file must be writable: EACCES/,
    );
    expect(await installation.states()).toEqual({ a: 'idle', b: 'unknown' });
    expect((await installation.agent('a')).conditions).toEqual(['maintenance']);
    expect((await installation.transitions()).map(transitionLine)).toContain('a null → idle first_seen');
    await expectToWork(installation, ['c'], 'failing');
    await waitFor(
      async () => ((await installation.metric(/^vitals_processor_store_errors_total/)) ?? 0) >= 2,
      {
        what: 'more failures, counted',
      },
    );
    expect(await installation.metric(/^vitals_processor_store_lag_seconds/)).toBeGreaterThan(0);
    expect(installation.processor.stderr.match(/ error /g)).toHaveLength(1);
    expect(filesOf(installation)).toEqual(files);

    chmodSync(dirname(installation.database), 0o755);
    await installation.processor.waitForLine(/info {2}the store works again key=store\.path/, 40_000);
    expect((await installation.transitions()).map(transitionLine)).toContain('c null → idle first_seen');
    // Before there is a snapshot of what is new: what was known before is no part of that.
    await installation.end('SIGKILL');
    await installation.start();
    expect(await installation.states()).toMatchObject({ a: 'idle', b: 'unknown' });
  });

  it('has a full disk goes on in memory, and writes all of it once there is room', async (context) => {
    const installation = new Installation(config, {}, await ownDisk(context));
    await installation.start();
    await beat(installation, 'before');
    await waitFor(async () => (await installation.transitions()).length === 1, { what: 'it on the disk' });
    const disk = `/proc/${installation.processor.pid}/root${dirname(installation.database)}`;
    const filler = join(disk, 'filler');
    fill(filler);
    const ids = Array.from({ length: 200 }, (_, index) => `agent-${index}`);
    for (const id of ids) await beat(installation, id);
    await installation.processor.waitForLine(
      /error the store fails: facts wait in memory until it works again key=store\.path path=\S+ fault=full why=".*its disk must have room/,
    );
    await expectToWork(installation, ['meanwhile'], 'failing');
    expect((await installation.transitions()).map(transitionLine)).toContain('before null → idle first_seen');
    expect(await installation.metric(/^vitals_processor_store_errors_total/)).toBeGreaterThan(0);

    rmSync(filler);
    await installation.processor.waitForLine(/info {2}the store works again/, 40_000);
    const lines = (await installation.transitions()).map(transitionLine);
    expect(lines).toEqual(['before', ...ids, 'meanwhile'].map((id) => `${id} null → idle first_seen`));
    await installation.end('SIGTERM');
    expect(installation.processor.stderr.match(/ error /g)).toHaveLength(1);
  });
});

/** Takes all room there is. */
function fill(file: string): void {
  for (let size = 1 << 20; size >= 1; ) {
    try {
      writeFileSync(file, Buffer.alloc(size), { flag: 'a' });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      size >>= 1;
    }
  }
}

/** A command in front of the processor's with which the permissions of files count, for root too. */
async function unprivileged(context: TestContext): Promise<readonly string[]> {
  if (process.getuid?.() !== 0) return [];
  const caps = '-dac_override,-dac_read_search';
  const command = ['setpriv', `--bounding-set=${caps}`, `--inh-caps=${caps}`];
  const { code } = await runToEnd(command[0]!, [...command.slice(1), 'true']).catch(() => ({ code: 1 }));
  if (code !== 0) context.skip('root may write everywhere, and setpriv is not allowed here');
  return command;
}

/** A command in front of the processor's that gives it a small disk of its own under `./data`. */
async function ownDisk(context: TestContext): Promise<readonly string[]> {
  const mount = 'mkdir -p data && mount -t tmpfs -o size=1m none "$PWD/data" && exec "$@"';
  const command = ['unshare', '--user', '--map-root-user', '--mount', 'sh', '-c', mount, 'sh'];
  const { code } = await runToEnd(command[0]!, [...command.slice(1), 'true'], {
    cwd: temporaryFolder(),
  }).catch(() => ({
    code: 1,
  }));
  // Nothing that could be installed: containers may forbid it.
  if (code !== 0) context.skip('a process may not mount a disk of its own here');
  return command;
}
