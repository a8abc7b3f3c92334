import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/folder.ts';
import { runToEnd, spawnProcess, waitFor } from '../support/process.ts';

// `npm start` and `npm test` in small repositories of their own, with the real scripts/*.js.

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Stands in for npm: notes how it was called, then does what the test says. */
const npm = (action: string) => `
  const { appendFileSync, mkdirSync, writeFileSync } = require('node:fs');
  appendFileSync('npm-calls', process.argv.slice(2).join(' ') + '\\n');
  ${action}`;
const installs = npm(`
  mkdirSync('node_modules/a', { recursive: true });
  writeFileSync('node_modules/a/package.json', '{}');
  writeFileSync('node_modules/.package-lock.json', '{"packages":{"node_modules/a":{"version":"1.0.0"}}}');
  console.log('added 1 package in 2s');`);

/** A folder with the scripts, a lock file of one package, and the given files. */
function repository(files: Record<string, string>): string {
  const folder = temporaryFolder();
  for (const name of globSync(['scripts/*.js', 'src/bin/npm-end.js'], { cwd: root })) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    cpSync(join(root, name), join(folder, name));
  }
  const defaults = {
    'package.json': '{"type":"module"}',
    'package-lock.json': '{"packages":{"node_modules/a":{"version":"1.0.0"}}}',
    'npm-cli.cjs': installs,
  };
  for (const [path, text] of Object.entries({ ...defaults, ...files })) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

const environment = (folder: string) => ({
  npm_execpath: join(folder, 'npm-cli.cjs'),
  npm_node_execpath: process.execPath,
  npm_lifecycle_event: undefined,
  CI: undefined,
});

function start(folder: string, nodeArgs: string[] = []) {
  return spawnProcess(process.execPath, [...nodeArgs, 'scripts/run.js', 'start'], {
    cwd: folder,
    env: environment(folder),
  });
}

const demo = (onSignal: string) => `
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => { console.log('got ' + signal); ${onSignal} });
  setInterval(() => {}, 1000);
  console.log('demo ' + process.execArgv.join(' '));`;

const demoThatNotesItsEnd = `import fs from 'node:fs'; ${demo(`fs.writeFileSync('ended', ''); process.exit(0);`)}`;

describe('npm start', () => {
  it('installs in a fresh clone, says each step, and runs the demo from its source', async () => {
    const folder = repository({
      'src/demo/main.ts': 'console.log("demo", process.execArgv.join(" ") as string);',
    });
    const run = start(folder);
    expect(await run.exited).toEqual({ code: 0, signal: null });
    expect(readFileSync(join(folder, 'npm-calls'), 'utf8')).toMatch(/^ci .*--include=dev --include=optional/);
    const lines = run.stdout.trimEnd().split('\n');
    expect(lines.map((line) => line.replace(/^\[ +\d+\.\d s\] /, '… '))).toEqual([
      '… Installing the packages, as node_modules is missing (the first time takes up to a minute)',
      '… npm: added 1 package in 2s',
      `… Using Node ${process.version}`,
      '… Starting the demo (Ctrl-C ends it)',
      'demo --conditions=@agent-vitals/source --disable-warning=ExperimentalWarning',
    ]);
  });

  it('installs nothing when all is there', async () => {
    const folder = repository({ 'src/demo/main.ts': '' });
    await start(folder).exited;
    const run = start(folder);
    await run.exited;
    expect(run.stdout).toContain('Packages are installed');
    expect(readFileSync(join(folder, 'npm-calls'), 'utf8').trimEnd().split('\n')).toHaveLength(1);
  });

  it('takes the pinned Node where there is one', async () => {
    const folder = repository({ 'src/demo/main.ts': 'console.log(process.argv0);' });
    await start(folder).exited;
    const pinned = join(folder, `node_modules/node-${process.platform}-${process.arch}/bin/node`);
    mkdirSync(dirname(pinned), { recursive: true });
    symlinkSync(process.execPath, pinned);
    const run = start(folder);
    await run.exited;
    expect(run.stdout).toContain(`Using Node ${process.version}, the pinned one`);
    expect(run.stdout).toMatch(new RegExp(`^${pinned}$`, 'm'));
    // npm up to 10 doesn't leave the link that `npm run …` finds it by.
    expect(readlinkSync(join(folder, 'node_modules/.bin/node'))).toBe(
      relative(join(folder, 'node_modules/.bin'), pinned),
    );
  });

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'passes %s on and ends with what the demo ends with',
    async (signal) => {
      const run = start(repository({ 'src/demo/main.ts': demo('process.exit(0)') }));
      await run.waitForLine(/^demo /);
      expect(await run.stop(signal)).toEqual({ code: 0, signal: null });
      expect(run.stdout).toContain(`got ${signal}`);
    },
  );

  it('ends the demo when npm is told to end, which tells nobody but its shell', async () => {
    const folder = repository({ 'src/demo/main.ts': demoThatNotesItsEnd });
    const shell = spawnProcess('sh', ['-c', `'${process.execPath}' scripts/run.js start; exit $?`], {
      cwd: folder,
      env: { ...environment(folder), npm_lifecycle_event: 'start' },
    });
    await shell.waitForLine(/^demo /);
    await shell.stop('SIGTERM');
    await waitFor(() => existsSync(join(folder, 'ended')), { what: 'the end of the demo' });
  });

  it.runIf(process.platform === 'linux')(
    'ends the demo when npm is killed, which its shell outlives',
    async () => {
      const folder = repository({
        'src/demo/main.ts': demoThatNotesItsEnd,
        'npm.cjs': `require('node:child_process').spawn(
        'sh', ['-c', "'${process.execPath}' scripts/run.js start; exit $?"], { stdio: 'inherit' });`,
      });
      const npmItself = spawnProcess(process.execPath, ['npm.cjs'], {
        cwd: folder,
        env: { ...environment(folder), npm_lifecycle_event: 'start' },
      });
      await npmItself.waitForLine(/^demo /);
      await npmItself.stop('SIGKILL');
      await waitFor(() => existsSync(join(folder, 'ended')), { what: 'the end of the demo' });
    },
  );

  it.each([
    ['its exit code', 'process.exit(7);', 7],
    ['128 and the number of the signal that killed it', 'process.kill(process.pid, "SIGKILL");', 137],
  ])('comes back with %s', async (_, main, code) => {
    expect(await start(repository({ 'src/demo/main.ts': main })).exited).toEqual({ code, signal: null });
  });

  it('is told by a closed channel when the script is killed, so that nothing is left behind', async () => {
    const folder = repository({
      'src/demo/main.ts': `import { writeFileSync } from 'node:fs';
        process.on('disconnect', () => { writeFileSync('orphaned', ''); process.exit(); });
        setInterval(() => {}, 1000); console.log('demo ready');`,
    });
    const run = start(folder);
    await run.waitForLine(/^demo ready$/);
    await run.stop('SIGKILL');
    await waitFor(() => existsSync(join(folder, 'orphaned')), { what: 'the end of the demo' });
  });

  it('stops during the installation', async () => {
    const folder = repository({
      'npm-cli.cjs': npm(
        `process.on('SIGTERM', () => process.exit(0)); setInterval(() => {}, 1000); console.log('busy');`,
      ),
      'src/demo/main.ts': 'console.log("demo");',
    });
    const run = start(folder);
    await run.waitForLine(/npm: busy/);
    expect(await run.stop('SIGTERM')).toEqual({ code: 143, signal: null });
    expect(run.stdout).not.toMatch(/^demo$/m);
  });

  it.each([
    [
      'there is no network',
      `console.error('npm error code ENOTFOUND'); process.exit(1);`,
      /npm error code ENOTFOUND\nCannot install the packages as the npm registry must be reachable: current value is ENOTFOUND\. Check the network/,
    ],
    [
      'package.json has run ahead of the lock file',
      `console.error('npm error code EUSAGE'); process.exit(1);`,
      /must agree: run `npm install` once/,
    ],
    ['npm fails', 'process.exit(3);', /`npm ci` must end with exit code 0: current value is 3/],
  ])('says what helps when %s', async (_, action, says) => {
    const run = start(repository({ 'npm-cli.cjs': npm(action) }));
    expect((await run.exited).code).toBe(1);
    expect(run.stderr).toMatch(says);
    expect(run.stderr).not.toMatch(/^ +at /m);
  });

  it('says what helps when there is no npm', async () => {
    const folder = repository({});
    const env = { ...environment(folder), npm_execpath: undefined, PATH: '/nowhere' };
    const { code, stderr } = await runToEnd(process.execPath, ['scripts/run.js', 'start'], {
      cwd: folder,
      env,
    });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^Cannot install the packages as npm must be there: .*ENOENT\. Install npm/);
  });

  it('says what helps when no Node is new enough', async () => {
    const folder = repository({ 'old-node': '#!/bin/sh\necho v20.1.0\n' });
    const old = join(folder, 'old-node');
    await runToEnd('chmod', ['+x', old]);
    const run = start(folder, ['--import', `data:text/javascript,process.execPath=${JSON.stringify(old)}`]);
    expect((await run.exited).code).toBe(1);
    expect(run.stderr).toMatch(
      /^Cannot run as Node must be 24 or newer: current value is v.*Install Node 24/,
    );
  });

  it.each([[[]], [['stop']]])('refuses other commands (%j)', async (args) => {
    const folder = repository({});
    const { code, stderr } = await runToEnd(process.execPath, ['scripts/run.js', ...args], { cwd: folder });
    expect(code).toBe(2);
    expect(stderr).toMatch(/^Cannot run .* must be start, stack or test\. Usage: /);
  });
});

describe('npm run stack', () => {
  it('installs what is missing, and passes its arguments on', async () => {
    const folder = repository({
      'scripts/stack.ts': 'console.log("stack", ...(process.argv.slice(2) as string[]));',
    });
    const run = spawnProcess(process.execPath, ['scripts/run.js', 'stack', '--demo'], {
      cwd: folder,
      env: environment(folder),
    });
    expect(await run.exited).toEqual({ code: 0, signal: null });
    expect(run.stdout).toMatch(/Installing the packages.*stack --demo\n$/s);
  });
});

describe('npm test', () => {
  /** A repository with the real vitest and its own tests; its checks and servers are as the test says. */
  function testedRepository(files: Record<string, string>): string {
    const folder = repository({
      'package.json': '{"type":"module","scripts":{"typecheck":"echo types","lint":"echo lint"}}',
      'package-lock.json': '{"packages":{}}',
      'scripts/servers.ts': 'console.log("servers");',
      'vitest.config.ts': `export default { test: { include: ['*.test.ts'] } };`,
      ...files,
    });
    cpSync(join(root, 'scripts/counts.ts'), join(folder, 'scripts/counts.ts'));
    cpSync(join(root, 'package-lock.json'), join(folder, 'package-lock.json'));
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
    return folder;
  }

  async function test(folder: string, args: string[] = []) {
    const env = { ...environment(folder), VITEST: undefined, NODE_ENV: undefined };
    const result = await runToEnd(process.execPath, ['scripts/run.js', 'test', ...args], {
      cwd: folder,
      env,
    });
    return { ...result, lastLine: result.stdout.trimEnd().split('\n').at(-1) };
  }

  const passing = `import { it } from 'vitest'; it('one', () => {}); it('two', () => {});`;

  it('ends with the counts and code 0 when all is well', async () => {
    const result = await test(testedRepository({ 'a.test.ts': passing }));
    expect(result).toMatchObject({ code: 0, lastLine: '2 passed, 0 failed' });
    expect(result.stdout).toMatch(
      /Checking the types\ntypes\n.*Checking style.*\nlint\n.*Looking for the servers.*\n.*servers\n/,
    );
  });

  it('names why tests were skipped', async () => {
    const skipping = `import { it } from 'vitest'; it('three', (context) => context.skip('no screen'));`;
    const result = await test(testedRepository({ 'a.test.ts': passing, 'b.test.ts': skipping }));
    expect(result).toMatchObject({ code: 0, lastLine: '2 passed, 0 failed, 1 skipped' });
    expect(result.stdout).toContain('Skipped 1: no screen');
  });

  it('counts failed tests, files and hooks', async () => {
    const result = await test(
      testedRepository({
        'a.test.ts': passing,
        'failing.test.ts': `import { it } from 'vitest'; it('fails', () => { throw new Error('no'); });`,
        'missing.test.ts': `import './nowhere.ts';`,
        'hook.test.ts': `import { beforeAll, describe, it } from 'vitest';
          describe('hook', () => { beforeAll(() => { throw new Error('no'); }); it('never', () => {}); });`,
      }),
    );
    expect(result).toMatchObject({ code: 1, lastLine: '2 passed, 3 failed, 1 skipped' });
  });

  it('passes arguments on to vitest', async () => {
    const result = await test(testedRepository({ 'a.test.ts': passing }), ['-t', 'two']);
    expect(result).toMatchObject({ code: 0, lastLine: '1 passed, 0 failed, 1 skipped' });
  });

  it.each([
    ['there is none', {}, []],
    ['none matches', { 'a.test.ts': passing }, ['-t', 'three']],
  ])('fails when no test ran: %s', async (_, files, args) => {
    const result = await test(testedRepository(files), args);
    expect(result.code).toBe(1);
    expect(result.stderr).toContain('Cannot pass as at least one test must run');
  });

  it.each([
    [
      'the types',
      { 'package.json': '{"type":"module","scripts":{"typecheck":"exit 2","lint":"echo lint"}}' },
    ],
    [
      'the linter',
      { 'package.json': '{"type":"module","scripts":{"typecheck":"echo types","lint":"exit 2"}}' },
    ],
    ['the look for servers', { 'scripts/servers.ts': 'process.exitCode = 1;' }],
  ])('runs no test and fails when %s fails', async (_, files: Record<string, string>) => {
    const result = await test(testedRepository({ 'a.test.ts': passing, ...files }));
    expect(result).toMatchObject({ code: 1, lastLine: '0 passed, 1 failed' });
    expect(result.stderr).toMatch(/failed with exit code \d: see above\. No test has run\./);
  });
});
