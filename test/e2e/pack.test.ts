import { cpSync, globSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/folder.ts';
import { runToEnd, spawnProcess } from '../support/process.ts';
import { addressOf, freePorts } from '../support/processor.ts';

// The packages as users get them: built, packed, and installed into empty projects.

const root = fileURLToPath(new URL('../..', import.meta.url));
const compiler = join(root, 'node_modules/typescript/bin/tsc');

interface Packed {
  readonly name: string;
  readonly version: string;
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

let tarballs: string;
let packed: ReadonlyMap<string, Packed>;

/** Packs in a copy of the repository, as packing builds, and others use the build of this one. */
beforeAll(async () => {
  const copy = temporaryFolder();
  tarballs = temporaryFolder();
  for (const name of ['package.json', 'tsconfig.json', 'tsconfig.base.json', 'LICENSE', 'scripts', 'src']) {
    const filter = (path: string) => !['dist', 'node_modules'].includes(basename(path));
    cpSync(join(root, name), join(copy, name), { recursive: true, filter });
  }
  linkPackages(join(copy, 'node_modules'));
  const workspaces = ['src/contract', 'src/sdk', 'src'].flatMap((path) => ['-w', path]);
  const { code, stdout, stderr } = await runToEnd(
    'npm',
    ['pack', ...workspaces, '--json', '--pack-destination', tarballs],
    { cwd: copy, timeoutMs: 100_000 },
  );
  expect({ code, output: code === 0 ? '' : stdout + stderr }).toEqual({ code: 0, output: '' });
  const found: Packed[] = Object.values(JSON.parse(stdout.slice(stdout.search(/^[[{]/m))));
  packed = new Map(found.map((it) => [it.name, it]));
}, 120_000);

/** The repository's installed packages, but its own ones as they are in the copy. */
function linkPackages(folder: string): void {
  mkdirSync(join(folder, '@agent-vitals'), { recursive: true });
  const own = ['@agent-vitals', 'agent-vitals'];
  for (const name of readdirSync(join(root, 'node_modules')).filter((entry) => !own.includes(entry))) {
    symlinkSync(join(root, 'node_modules', name), join(folder, name));
  }
  for (const name of ['contract', 'sdk'])
    symlinkSync(`../../src/${name}`, join(folder, '@agent-vitals', name));
}

const tarball = (name: string) => join(tarballs, packed.get(name)!.filename);

/** An empty project with the SDK and the API, out of tarballs alone: no registry is asked. */
async function projectWithSdk(): Promise<string> {
  const project = emptyProject();
  const api = join(root, 'node_modules/@opentelemetry/api');
  const options = { cwd: project, timeoutMs: 60_000 };
  const { stdout } = await runToEnd('npm', ['pack', api, '--ignore-scripts', '--json'], options);
  const [apiTarball] = Object.values(JSON.parse(stdout)) as [Packed];
  const { code, stderr } = await runToEnd(
    'npm',
    [
      'install',
      '--offline',
      '--no-audit',
      '--no-fund',
      tarball('@agent-vitals/contract'),
      tarball('@agent-vitals/sdk'),
      join(project, apiTarball.filename),
    ],
    options,
  );
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
  return project;
}

function emptyProject(): string {
  const project = temporaryFolder();
  writeFileSync(join(project, 'package.json'), '{ "name": "empty", "private": true, "type": "module" }');
  return project;
}

function installedPackages(project: string): string[] {
  return globSync('**/node_modules/{*,@*/*}/package.json', { cwd: project })
    .map((path) => dirname(path).replace(/^node_modules\//, ''))
    .sort();
}

function sizeOf(folder: string): number {
  return globSync('**/*', { cwd: folder })
    .map((name) => statSync(join(folder, name)))
    .reduce((sum, stat) => sum + (stat.isFile() ? stat.size : 0), 0);
}

describe('the packed SDK', () => {
  let project: string;
  beforeAll(async () => {
    project = await projectWithSdk();
  });

  it('is two packages beside the API, of 300 kB at most', () => {
    expect(installedPackages(project)).toEqual([
      '@agent-vitals/contract',
      '@agent-vitals/sdk',
      '@opentelemetry/api',
    ]);
    const size = sizeOf(join(project, 'node_modules/@agent-vitals'));
    expect(size).toBeGreaterThan(50_000);
    expect(size).toBeLessThanOrEqual(300_000);
  });

  it('runs ten lines, and ends by itself', async () => {
    writeFileSync(
      join(project, 'agent.js'),
      `import { registerAgent } from '@agent-vitals/sdk';

      const agent = registerAgent({ id: 'writer', session: 'newsroom' });
      agent.queueDepth(() => 3);
      const words = await agent.operation('draft', async () => {
        agent.progress();
        return 420;
      }, { confidence: 0.9 });
      const verdict = agent.observeError({ status: 429, headers: { 'retry-after': '3600' } });
      console.log(words, verdict.kind, agent.state, agent.complaints);`,
    );
    const result = await runToEnd(process.execPath, ['agent.js'], { cwd: project });
    expect(result).toEqual({ code: 0, signal: null, stdout: '420 exhausted exhausted 0\n', stderr: '' });
  });

  it('says what to install when the bootstrap finds no OpenTelemetry', async () => {
    writeFileSync(
      join(project, 'bootstrap.js'),
      `import { startVitals } from '@agent-vitals/sdk/node';
      try { startVitals(); } catch (error) { console.log(error.message); }`,
    );
    const { code, stdout, stderr } = await runToEnd(process.execPath, ['bootstrap.js'], { cwd: project });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(
      /^Cannot start vitals as @opentelemetry\/sdk-node must be installed \(run: npm install .*@opentelemetry\/sdk-node/,
    );
  });

  /** Type-checks a program as strictly as a user may, the packages' own declarations among it. */
  async function check(program: string, code: string, ...options: string[]): Promise<string> {
    writeFileSync(join(project, program), code);
    const strict = ['--strict', '--noEmit', '--target', 'es2024'];
    const args = [compiler, program, ...strict, ...options];
    return (await runToEnd(process.execPath, args, { cwd: project })).stdout;
  }

  it.each([
    ['nodenext', 'nodenext'],
    ['esnext', 'bundler'],
  ])('has types that stand on their own, with module %s', async (module, moduleResolution) => {
    const program = `import { attributes, type AgentAnswer } from '@agent-vitals/contract';
      import { type Agent, AgentStatusError, registerAgent } from '@agent-vitals/sdk';

      export const agent: Agent = registerAgent({ id: attributes.agentId });
      export const words: Promise<number> = agent.operation('draft', async () => 420);
      export const stateOf = (answer: AgentAnswer) => answer.state;
      export const from = (error: unknown) => (error instanceof AgentStatusError ? error.from : undefined);
      // @ts-expect-error: it is no string
      export const wrong: string = agent.complaints;`;
    // A browser's types, or Node's, are all that is taken for granted.
    const lib = ['--lib', 'es2024,esnext.disposable,dom'];
    const options = [...lib, '--types', '', '--module', module, '--moduleResolution', moduleResolution];
    expect(await check('typed.ts', program, ...options)).toBe('');
  });

  it('has types of the bootstrap that need no more than those of Node', async () => {
    const program = `import { startVitals, type Vitals } from '@agent-vitals/sdk/node';

      export const vitals: Vitals = startVitals({ endpoint: 'http://localhost:4318' });
      // @ts-expect-error: there is no such mode
      startVitals({ mode: 'carrier pigeon' });`;
    const options = [
      '--types',
      'node',
      '--typeRoots',
      join(root, 'node_modules/@types'),
      '--module',
      'nodenext',
    ];
    expect(await check('typed-node.ts', program, ...options)).toBe('');
  });
});

describe('the packed processor', () => {
  it('has core, processor, command and page, built, and nothing that only the repository needs', () => {
    const paths = packed.get('agent-vitals')!.files.map(({ path }) => path);
    for (const expected of [
      'bin/agent-vitals.js',
      'dist/cli/main.js',
      'dist/core/index.js',
      'dist/processor/index.js',
      'dist/monitor/index.js',
      'dist/monitor/index.d.ts',
      'dist/web/index.html',
      'dist/web/style.css',
      'dist/web/app.js',
      'LICENSE',
      'README.md',
    ]) {
      expect(paths).toContain(expected);
    }
    for (const { files, name } of packed.values()) {
      const unwanted = files.filter(({ path }) =>
        /(?<!\.d)\.ts$|\.map$|\.tsbuildinfo$|^dist\/demo/.test(path),
      );
      expect([name, unwanted]).toEqual([name, []]);
    }
  });

  it('runs where nothing else is: command, processor with its page, and monitor', async (context) => {
    const project = emptyProject();
    const { code, stderr } = await runToEnd(
      'npm',
      [
        'install',
        '--prefer-offline',
        '--no-audit',
        '--no-fund',
        ...['@agent-vitals/contract', 'agent-vitals'].map(tarball),
      ],
      { cwd: project, timeoutMs: 100_000 },
    );
    const unreachable = /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ENOTCACHED)\b/;
    if (code !== 0 && unreachable.test(stderr)) {
      context.skip(`npm cannot reach the dependencies: ${unreachable.exec(stderr)?.[1]}`);
    }
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });

    const command = join(project, 'node_modules/.bin/agent-vitals');
    const asked = await runToEnd(process.execPath, [command, '--version'], { cwd: project });
    expect(asked).toMatchObject({ code: 0, stdout: `${packed.get('agent-vitals')!.version}\n`, stderr: '' });

    const processor = spawnProcess(process.execPath, [command, 'up'], { cwd: project, env: freePorts });
    const http = await addressOf(processor, 'http.endpoint');
    for (const [path, type] of [
      ['/', 'text/html'],
      ['/app.js', 'text/javascript'],
      ['/style.css', 'text/css'],
      ['/metrics', 'text/plain'],
    ] as const) {
      const answer = await fetch(`${http}${path}`);
      expect([path, answer.status, answer.headers.get('content-type')]).toEqual([
        path,
        200,
        expect.stringContaining(type),
      ]);
    }
    expect(await processor.stop()).toEqual({ code: 0, signal: null });

    const program = `import { HeartbeatMonitor } from 'agent-vitals/monitor';
      using monitor = new HeartbeatMonitor();
      monitor.start();
      monitor.register('writer', 'author');
      console.log(monitor.beat('writer'), monitor.healthyCount);`;
    writeFileSync(join(project, 'monitor.js'), program);
    const watched = await runToEnd(process.execPath, ['monitor.js'], { cwd: project });
    expect(watched).toEqual({ code: 0, signal: null, stdout: 'true 1\n', stderr: '' });
  });
});
