import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { recordingRules } from '../../grafana/recording-rules.ts';
import { fleet } from '../../src/demo/fleet.ts';
import { sendInBulk } from '../support/agents-in-bulk.ts';
import { temporaryFolder } from '../support/folder.ts';
import { askAsGrafana } from '../support/grafana/ask.ts';
import {
  type DashboardFile,
  type DashboardQuery,
  queriesOf,
  readDashboards,
} from '../support/grafana/dashboards.ts';
import { type Choices, interpolate } from '../support/grafana/interpolate.ts';
import { spawnProcess } from '../support/process.ts';
import { addressOf, freePorts, up } from '../support/processor.ts';
import { queryPrometheus } from '../support/prometheus-api.ts';
import { hasServer, requireServer, startPrometheus } from '../support/servers.ts';
import { waitFor } from '../support/wait.ts';

// Every query of every dashboard, as Grafana would ask it, of a real Prometheus that scrapes the real processor with the
// demo's agents and some hundred more. What is empty while all is well is shown not to be, under the fault it is for.

const path = (relative: string) => fileURLToPath(new URL(`../../${relative}`, import.meta.url));
const demoConfig = path('src/demo/agent-vitals.yaml');
const demoAgent = path('src/demo/agent.ts');

/** Long enough for everything to have happened on a machine that is busy with other tests. */
const timeoutMs = 150_000;
const time = { rangeSeconds: 300, stepSeconds: 1, scrapeSeconds: 1 };

/** The repository's rules, evaluated each second, and the target. */
function prometheusConfig(http: string, withRules: boolean): string {
  const config = {
    global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
    rule_files: withRules ? [path('rules/agent-vitals.rules.yml')] : [],
    scrape_configs: [{ job_name: 'vitals', static_configs: [{ targets: [new URL(http).host] }] }],
  };
  const file = join(temporaryFolder(), 'prometheus.yml');
  // JSON is YAML.
  writeFileSync(file, JSON.stringify(config));
  return file;
}

/** What is chosen at the head of a dashboard, one way after the other: a query must give data in one of them. */
function choicesOf(name: string): Choices[] {
  if (name === 'agent') {
    const agents = ['researcher-1', 'invoicer-1', 'scraper-2', 'quota-1'];
    return [
      ...agents.map((agent) => ({ agent, session: ['$__all'], type: ['$__all'] })),
      { agent: 'researcher-1', session: ['research', 'support'], type: ['researcher'] },
    ];
  }
  if (name === 'session') {
    return [
      { session: 'research', type: ['$__all'] },
      { session: 'support', type: ['back-office', 'voice'] },
    ];
  }
  if (name === 'integrations') return [{ integration: ['$__all'] }, { integration: ['disk', 'ledger'] }];
  if (name === 'processor') return [{ instance: ['$__all'] }];
  return [{}];
}

interface Asked extends DashboardQuery {
  readonly file: DashboardFile;
}

const all = (files: readonly DashboardFile[]): Asked[] =>
  files.flatMap((file) => queriesOf(file).map((query) => ({ ...query, file })));

/** All of a variable without an `allValue` are the values that its query gives, cut out by its regular expression. */
async function withQueryResults(url: string, file: DashboardFile, choices: Choices): Promise<Choices> {
  const variables = file.dashboard.templating.list;
  const all: Record<string, readonly string[]> = {};
  for (const query of queriesOf(file).filter(({ kind }) => kind === 'query result')) {
    const { name, regex = '' } = variables.find((variable) =>
      query.where.endsWith(`variable ${variable.name}`),
    )!;
    const expr = interpolate(query.expr, variables, choices, time);
    const { values } = await askAsGrafana(url, query, expr, time);
    const pattern = new RegExp(regex.slice(1, -1));
    all[name] = values.map((value) => pattern.exec(value)![1]!);
  }
  return { ...choices, ...all };
}

/** Asks a query in all ways; the greatest number of series that it gave, 0 if there was no data in any. */
async function ask(url: string, query: Asked): Promise<number> {
  let greatest = 0;
  for (const choice of choicesOf(query.file.name)) {
    const choices = query.expr.includes('$worst') ? await withQueryResults(url, query.file, choice) : choice;
    const expr = interpolate(query.expr, query.file.dashboard.templating.list, choices, time);
    const answer = await askAsGrafana(url, query, expr, time);
    if (answer.hasData) greatest = Math.max(greatest, answer.count);
  }
  return greatest;
}

/** Asks what has not given data yet, again and again, until nothing is left or the time is up. */
async function askUntilAll(
  url: string,
  queries: readonly Asked[],
): Promise<{ counts: Map<Asked, number>; empty: Asked[] }> {
  const counts = new Map<Asked, number>();
  let empty = [...queries];
  const look = async () => {
    for (const query of empty) {
      const count = await ask(url, query);
      if (count > 0) counts.set(query, count);
    }
    empty = empty.filter((query) => !counts.has(query));
    return empty.length === 0;
  };
  await waitFor(look, { what: 'data for every query', timeoutMs, intervalMs: 1000 }).catch(() => {});
  return { counts, empty };
}

const files = readDashboards();
const queries = all(files);
const isOfRules = (expr: string) =>
  expr.includes('ALERTS') || recordingRules.some(({ record }) => expr.includes(record));
const rulesLoaded = queries.find(({ where }) => where === 'fleet / Recording rules / A')!;

type PrometheusServer = 'prometheus' | 'prometheus-oldest' | 'prometheus-newest';
const servers: readonly PrometheusServer[] = ['prometheus-oldest', 'prometheus', 'prometheus-newest'];
/** Those that can be had here; a test that needs another is skipped. */
const urls = new Map<PrometheusServer, string>();
let urlWithoutRules = '';
const stops: (() => void)[] = [];

/**
 * The demo's agents and 303 more, and what a dashboard is for: one agent dies, somebody sends what isn't OTLP, the
 * processor begins anew, some are out of quota, and at last a whole way in falls silent.
 */
beforeAll(async () => {
  const cwd = temporaryFolder();
  const webhook = createServer((request, response) => request.resume().once('end', () => response.end()));
  await new Promise<void>((listening) => webhook.listen(0, '127.0.0.1', listening));
  stops.push(() => webhook.close());
  const { port } = webhook.address() as AddressInfo;
  const receiver = { AGENT_VITALS_ALERTS_WEBHOOK_URL: `http://127.0.0.1:${port}/` };
  const first = up(['--config', demoConfig], { ...freePorts, ...receiver }, cwd);
  const http = await addressOf(first, 'http.endpoint');
  const otlp = await addressOf(first, 'receivers.otlp.http.endpoint');
  for (const server of servers.filter(hasServer)) {
    urls.set(server, (await startPrometheus({ configFile: prometheusConfig(http, true), server })).url);
  }
  const any = urls.values().next().value;
  if (any === undefined) return;
  if (hasServer('prometheus')) {
    urlWithoutRules = (await startPrometheus({ configFile: prometheusConfig(http, false) })).url;
  }
  const seen = (query: string) =>
    waitFor(
      async () =>
        (await Promise.all([...urls.values()].map((url) => queryPrometheus(url, query)))).every(
          (series) => series.length > 0,
        ),
      { what: query, timeoutMs },
    );

  const flags = ['--conditions=@agent-vitals/source', '--disable-warning=ExperimentalWarning'];
  const agents = fleet.map(({ id, behaviour }) => ({
    behaviour,
    process: spawnProcess(process.execPath, [...flags, demoAgent, id, otlp]),
  }));
  const ids = (count: number, name: string) =>
    Array.from({ length: count }, (_, index) => `${name}-${index + 1}`);
  const bulk = { ids: ids(300, 'worker'), session: 'bulk', type: 'worker', localAddress: '127.0.0.2' };
  const quota = {
    ids: ids(3, 'quota'),
    session: 'quota',
    type: 'worker',
    localAddress: '127.0.0.3',
    exhausted: { scope: 'example-provider/bulk', recoveryAtMs: Date.now() + 3_600_000 },
    failingIntegration: 'billing',
  };
  const fallSilent = await sendInBulk(bulk, otlp);
  stops.push(fallSilent, await sendInBulk(quota, otlp));

  await seen('count(vitals_agent_heartbeats_total) == 313');
  for (const agent of agents) if (agent.behaviour === 'doomed') await agent.process.stop('SIGKILL');
  const headers = { 'content-type': 'application/x-protobuf' };
  await fetch(`${otlp}/v1/metrics`, { method: 'POST', body: 'not OTLP', headers });
  await seen('sum(vitals_fleet_agents{vitals_agent_state="offline"}) == 1');
  await seen('sum(vitals_processor_rejected_total) > 0');

  await first.stop();
  const samePorts = {
    ...receiver,
    AGENT_VITALS_HTTP_ENDPOINT: new URL(http).host,
    AGENT_VITALS_RECEIVERS_OTLP_HTTP_ENDPOINT: new URL(otlp).host,
  };
  up(['--config', demoConfig], samePorts, cwd);
  await seen('sum(vitals_fleet_agents{vitals_agent_state="idle"}) >= 300');
  fallSilent();
}, timeoutMs + 60_000);

afterAll(() => {
  for (const stop of stops) stop();
});

describe.each(servers)('a real %s', (server) => {
  it('has data for every query of the dashboards', { timeout: timeoutMs + 30_000 }, async (context) => {
    requireServer(context, server);
    expect(queries.length).toBeGreaterThan(120);
    const { counts, empty } = await askUntilAll(urls.get(server)!, queries);
    expect(empty.map(({ where, expr }) => `${where}: ${expr}`)).toEqual([]);

    // As many lines at 300 agents as at 10, where it isn't one agent's own.
    const tooMany = [...counts].filter(([query, count]) => query.of !== 'variable' && count > 50);
    expect(tooMany.map(([{ where }, count]) => `${where}: ${count} series`)).toEqual([]);
    expect(await queryPrometheus(urls.get(server)!, rulesLoaded.expr)).toMatchObject([{ value: 1 }]);
  });
});

describe('the dashboards', () => {
  it('offer what there is, the narrower choice by the wider', async (context) => {
    requireServer(context, 'prometheus');
    const offered = async (variable: string, choices: Choices) => {
      const query = queries.find(({ where }) => where === `agent / variable ${variable}`)!;
      const expr = interpolate(query.expr, query.file.dashboard.templating.list, choices, time);
      return (await askAsGrafana(urls.get('prometheus')!, query, expr, time)).values;
    };
    const supporters = fleet.filter(({ session }) => session === 'support');
    expect(await offered('session', {})).toEqual(['bulk', 'quota', 'research', 'support']);
    expect(await offered('type', { session: ['support'] })).toEqual(
      [...new Set(supporters.map(({ type }) => type))].sort(),
    );
    expect(await offered('agent', { session: ['support'], type: ['back-office', 'voice'] })).toEqual(
      supporters
        .filter(({ type }) => ['back-office', 'voice'].includes(type))
        .map(({ id }) => id)
        .sort(),
    );
  });

  it('would be found out if a metric were called otherwise', async (context) => {
    requireServer(context, 'prometheus');
    const renamed: DashboardFile[] = JSON.parse(
      JSON.stringify(files).replaceAll('vitals_fleet_agents', 'vitals_fleet_agent'),
    );
    const broken = all(renamed).filter(({ expr }) => /^sum(?:(?! or ).)*vitals_fleet_agent\b/s.test(expr));
    expect(broken.length).toBeGreaterThan(5);
    for (const query of broken) expect(await ask(urls.get('prometheus')!, query), query.where).toBe(0);
  });

  it('say it where the rules are missing, and need them for nothing else', {
    timeout: timeoutMs + 30_000,
  }, async (context) => {
    requireServer(context, 'prometheus');
    expect(await queryPrometheus(urlWithoutRules, rulesLoaded.expr)).toMatchObject([{ value: 0 }]);
    const ofRules = queries.filter(({ expr }) => isOfRules(expr) && expr !== rulesLoaded.expr);
    expect(ofRules.length).toBeGreaterThan(8);
    for (const query of ofRules) expect(await ask(urlWithoutRules, query), query.where).toBe(0);
    const others = queries.filter(({ expr }) => !isOfRules(expr));
    expect((await askUntilAll(urlWithoutRules, others)).empty.map(({ where }) => where)).toEqual([]);
  });
});
