import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { layOutPrometheus } from '../../scripts/stack/prometheus-folder.ts';
import { temporaryFolder } from '../support/folder.ts';
import { runToEnd, spawnProcess } from '../support/process.ts';
import { addressOf, up } from '../support/processor.ts';
import { prometheusTargets, queryPrometheus } from '../support/prometheus-api.ts';
import { requireServer, startPrometheus } from '../support/servers.ts';
import { waitFor } from '../support/wait.ts';

// The very prometheus.yml and rules/ of the repository in every Prometheus that we answer for: the oldest (Debian 12),
// the one that the other tests run, and the 3.x that docker-compose.yml pins.

const root = fileURLToPath(new URL('../..', import.meta.url));
const often = { __scrape_interval__: '1s', __scrape_timeout__: '1s' };
const readToken = 'read-token-0123456789';
const timeoutMs = 30_000;

let http: string;
beforeAll(async () => {
  const folder = temporaryFolder();
  const roles = { ingest: 'ingest-token-0123456789', read: readToken };
  const tokens = Object.entries(roles).map(([role, token]) => {
    const file = join(folder, role);
    writeFileSync(file, token, { mode: 0o600 });
    return { name: role, role, token_file: file };
  });
  const config = join(folder, 'agent-vitals.yaml');
  writeFileSync(config, JSON.stringify({ auth: { tokens } }));
  const processor = up(['--config', config]);
  http = await addressOf(processor, 'http.endpoint');
  const otlp = await addressOf(processor, 'receivers.otlp.http.endpoint');
  const agent = spawnProcess(process.execPath, [join(root, 'test/support/plain-agent.ts')], {
    env: {
      OTEL_RESOURCE_ATTRIBUTES: 'vitals.agent.id=one',
      OTEL_METRICS_EXPORTER: 'otlp',
      OTEL_TRACES_EXPORTER: 'none',
      OTEL_LOGS_EXPORTER: 'none',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
      OTEL_EXPORTER_OTLP_ENDPOINT: otlp,
      OTEL_EXPORTER_OTLP_HEADERS: `authorization=Bearer ${roles.ingest}`,
      OTEL_METRIC_EXPORT_INTERVAL: '500',
      OTEL_METRIC_EXPORT_TIMEOUT: '400',
    },
  });
  await agent.waitForLine(/^beating$/);
});

interface Rule {
  readonly name: string;
  readonly health: 'ok' | 'err' | 'unknown';
  readonly lastError?: string;
}

const targets = () => ({ 'agent-vitals': [{ targets: [new URL(http).host], labels: often }] });

describe.each([
  ['2.42', 'prometheus-oldest', 'promtool-oldest', /version 2\.42\./],
  ['2.53', 'prometheus', 'promtool', /version 2\.53\./],
  ['3.x', 'prometheus-newest', 'promtool-newest', /version 3\./],
] as const)('Prometheus %s', (_, server, promtool, version) => {
  it('is what it is taken for, and takes prometheus.yml and rules/', async (context) => {
    const program = requireServer(context, promtool);
    const asked = await runToEnd(program, ['--version']);
    expect(asked.stdout + asked.stderr).toMatch(version);
    const { code, stdout, stderr } = await runToEnd(program, [
      'check',
      'config',
      join(root, 'prometheus.yml'),
    ]);
    expect({ code, said: code === 0 ? '' : stdout + stderr }).toEqual({ code: 0, said: '' });
    expect(stdout + stderr).not.toMatch(/warning|deprecated|error/i);
  });

  it('scrapes a processor that wants a token, and evaluates every rule', async (context) => {
    requireServer(context, server);
    const configFile = layOutPrometheus(root, join(temporaryFolder(), 'prometheus'), targets(), readToken);
    const prometheus = await startPrometheus({ configFile, server });
    const see = (query: string) =>
      waitFor(async () => (await queryPrometheus(prometheus.url, query))[0], { what: query, timeoutMs });
    await see('vitals_agent_status{vitals_agent_id="one", vitals_agent_state="busy"} == 1');
    await see('vitals_fleet_agents{vitals_agent_state="busy"} == 1');
    expect(await prometheusTargets(prometheus.url)).toMatchObject([{ health: 'up', lastError: '' }]);

    // A group is evaluated for the first time within its interval.
    const unevaluated = async () => {
      const answer = await fetch(`${prometheus.url}/api/v1/rules`);
      const { data } = (await answer.json()) as { data: { groups: { rules: Rule[] }[] } };
      return data.groups.flatMap((group) => group.rules).filter(({ health }) => health !== 'ok');
    };
    await waitFor(async () => (await unevaluated()).every(({ health }) => health === 'err'), {
      what: 'each rule evaluated',
      timeoutMs: 60_000,
    });
    expect(await unevaluated()).toEqual([]);
    expect(prometheus.process.stderr).not.toMatch(/level=(warn|error)/i);
    expect(await prometheus.stop()).toEqual({ code: 0, signal: null });
  });
});

it('a token that is wrong shows as a target that is down, with the reason', async (context) => {
  requireServer(context, 'prometheus');
  const configFile = layOutPrometheus(root, join(temporaryFolder(), 'prometheus'), targets());
  const prometheus = await startPrometheus({ configFile });
  const target = await waitFor(
    async () => (await prometheusTargets(prometheus.url)).find(({ health }) => health === 'down'),
    { what: 'a target that is down', timeoutMs },
  );
  expect(target.lastError).toContain('401');
});

it('the health check of docker-compose.yml tells a Prometheus that is ready from one that is not', async (context) => {
  const program = requireServer(context, 'promtool-newest');
  requireServer(context, 'prometheus-newest');
  const compose = parse(readFileSync(join(root, 'docker-compose.yml'), 'utf8'), { merge: true });
  const [mode, command, ...args] = compose.services.prometheus.healthcheck.test as string[];
  expect([mode, command, args.at(-1)]).toEqual(['CMD', 'promtool', '--url=http://127.0.0.1:9090']);
  const configFile = layOutPrometheus(root, join(temporaryFolder(), 'prometheus'), {});
  const prometheus = await startPrometheus({ configFile, server: 'prometheus-newest' });
  const ask = () => runToEnd(program, [...args.slice(0, -1), `--url=${prometheus.url}`]);
  expect((await ask()).code).toBe(0);
  await prometheus.stop();
  expect((await ask()).code).not.toBe(0);
});
