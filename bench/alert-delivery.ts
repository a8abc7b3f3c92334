/**
 * From a dead agent's deadline to the webhook: 1,000 deaths among 10,000 live agents, spread over a minute, by the
 * processor's own webhook, by the processor through Alertmanager, and by Prometheus' rules through Alertmanager, at its
 * default intervals of 15 s and at 5 s. Alertmanager has the repository's file. All real, each a process of its own;
 * the programs must be in .tools (npm test fetches them).
 *
 *     node --conditions=@agent-vitals/source bench/alert-delivery.ts [deaths] [agents] [seconds]
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { serverPath } from '../scripts/servers.ts';
import { layOutPrometheus } from '../scripts/stack/prometheus-folder.ts';
import { relocatedAlertmanager } from '../scripts/stack/relocated-alertmanager.ts';
import { type Arrival, startSink } from './webhook-sink.ts';

const deaths = Number(process.argv[2] ?? 1_000);
const agents = Number(process.argv[3] ?? 10_000);
/** Each session loses one agent: to Alertmanager the second death of a group is no news for a minute. */
const sessions = deaths;
const beatEveryMs = 5_000;
const agentsPerRequest = 500;
const deathsOverMs = 1_000 * Number(process.argv[4] ?? 60);
const config = `liveness: { late_after: 10s, offline_after: 20s }
exposition: { max_series: 60000 }
`;
const root = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'alert-delivery-'));
const children: ChildProcess[] = [];

/** Starts a program and waits for what a line of it says. */
async function start(
  command: string,
  args: string[],
  pattern: RegExp,
  cwd = folder,
  env = {},
): Promise<string> {
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  let text = '';
  return new Promise((resolve, reject) => {
    const look = (chunk: Buffer) => {
      text += chunk.toString();
      const match = pattern.exec(text);
      if (match !== null) resolve(match[1] ?? '');
      if (text.length > 1e5) text = text.slice(-1e4);
    };
    child.stdout.on('data', look);
    child.stderr.on('data', look);
    child.on('exit', () => reject(new Error(`${command} has ended:\n${text}`)));
  });
}

async function alertmanager(name: string, sinkUrl: string): Promise<string> {
  const program = relocatedAlertmanager(serverPath(root, 'alertmanager'));
  const file = join(folder, `${name}.yml`);
  const text = readFileSync(join(root, 'alertmanager.yml'), 'utf8');
  writeFileSync(
    file,
    text.replace(/^ {2}- name: on-call$/m, `$&\n    webhook_configs: [{ url: '${sinkUrl}/${name}' }]`),
  );
  const args = [`--config.file=${file}`, `--storage.path=${join(folder, name)}`];
  args.push('--web.listen-address=127.0.0.1:0', '--cluster.listen-address=');
  return `http://${await start(program, args, /Listening on" address=(\S+)/, dirname(program))}`;
}

async function prometheus(name: string, http: string, target: string, interval?: string): Promise<void> {
  const labels =
    interval === undefined ? {} : { __scrape_interval__: interval, __scrape_timeout__: interval };
  const file = layOutPrometheus(root, join(folder, name), {
    'agent-vitals': [{ targets: [new URL(http).host], labels }],
    alertmanager: [{ targets: [new URL(target).host] }],
  });
  if (interval !== undefined) {
    rmSync(join(folder, name, 'rules'), { recursive: true, force: true });
    mkdirSync(join(folder, name, 'rules'));
    const rules = readFileSync(join(root, 'rules/agent-vitals.rules.yml'), 'utf8');
    const timed = rules.replace(/^ {2}- name: .*$/gm, `$&\n    interval: ${interval}`);
    writeFileSync(join(folder, name, 'rules/agent-vitals.rules.yml'), timed);
  }
  const args = [`--config.file=${file}`, `--storage.tsdb.path=${join(folder, name, 'data')}`];
  await start(
    serverPath(root, 'prometheus'),
    [...args, '--web.listen-address=127.0.0.1:0'],
    /ready to receive/,
  );
}

const startedAtNanos = `${BigInt(Date.now()) * 1_000_000n}`;
let beat = 0;
/** Every beat of the agents that are alive, some hundred a request. */
async function sendBeats(otlp: string, isAlive: (agent: number) => boolean): Promise<void> {
  beat++;
  for (let first = 0; first < agents; first += agentsPerRequest) {
    const dataPoints = [];
    const timeUnixNano = `${BigInt(Date.now()) * 1_000_000n}`;
    for (let agent = first; agent < Math.min(agents, first + agentsPerRequest); agent++) {
      if (!isAlive(agent)) continue;
      const texts = {
        'vitals.agent.id': `worker-${agent}`,
        'vitals.session.id': `session-${agent % sessions}`,
      };
      const attributes = Object.entries(texts).map(([key, stringValue]) => ({ key, value: { stringValue } }));
      dataPoints.push({ attributes, startTimeUnixNano: startedAtNanos, timeUnixNano, asInt: beat });
    }
    const sum = { aggregationTemporality: 2, isMonotonic: true, dataPoints };
    const metric = { name: 'vitals.agent.heartbeats', unit: '{heartbeat}', sum };
    const body = JSON.stringify({
      resourceMetrics: [{ resource: {}, scopeMetrics: [{ scope: { name: 'bench' }, metrics: [metric] }] }],
    });
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${otlp}/v1/metrics`, { method: 'POST', headers, body });
    if (response.status !== 200) throw new Error(`OTLP answers ${response.status}`);
    await response.arrayBuffer();
    // Spread over the interval, as agents are.
    await pause((beatEveryMs * agentsPerRequest) / agents / 2);
  }
}

function report(name: string, arrivals: readonly Arrival[], deadlines: ReadonlyMap<string, number>): void {
  const firstAt = new Map<string, number>();
  for (const { atEpochMs, firing } of arrivals) {
    for (const [alert, subject] of firing) {
      if (alert === 'AgentOffline' && !firstAt.has(subject)) firstAt.set(subject, atEpochMs);
    }
  }
  const delays = [...firstAt]
    .map(([subject, atEpochMs]) => atEpochMs - (deadlines.get(subject) ?? Number.NaN))
    .toSorted((one, other) => one - other);
  const at = (share: number) =>
    (delays[Math.min(delays.length - 1, Math.floor(delays.length * share))] ?? Number.NaN) / 1000;
  console.log(
    `${name.padEnd(42)} ${String(delays.length).padStart(5)} of ${deaths} told in ${String(arrivals.length).padStart(5)} notifications, p50 ${at(0.5).toFixed(2)} s, p99 ${at(0.99).toFixed(2)} s, last ${at(1).toFixed(2)} s`,
  );
}

const arrivals: Arrival[] = [];
const sink = await startSink((arrival) => arrivals.push(arrival));
try {
  const processors = await alertmanager('processor', sink.url);
  const slow = await alertmanager('prometheus-15s', sink.url);
  const quick = await alertmanager('prometheus-5s', sink.url);
  const file = join(folder, 'agent-vitals.yaml');
  const alerts = `alerts: { alertmanager: { url: "${processors}" }, webhook: { url: "${sink.url}/webhook" } }\n`;
  writeFileSync(file, config + alerts);
  const env = {
    AGENT_VITALS_HTTP_ENDPOINT: '127.0.0.1:39080',
    AGENT_VITALS_RECEIVERS_OTLP_HTTP_ENDPOINT: '127.0.0.1:39318',
  };
  await start(
    process.execPath,
    [join(root, 'src/bin/agent-vitals.js'), 'up', '--config', file],
    /ready name=/,
    folder,
    env,
  );
  const [http, otlp] = ['http://127.0.0.1:39080', 'http://127.0.0.1:39318'];
  await prometheus('prometheus-15s', http, slow);
  await prometheus('prometheus-5s', http, quick, '5s');

  // Those who die, the later in the list the later: one of each session.
  const diesAtMs = new Map(
    Array.from({ length: deaths }, (_, index) => [index, (index * deathsOverMs) / deaths]),
  );
  const beganAtMs = Date.now() + 20_000;
  const isAlive = (agent: number) => Date.now() - beganAtMs < (diesAtMs.get(agent) ?? Infinity);
  const told = (path: string) => arrivals.filter((arrival) => arrival.path === path);
  const toldOf = (path: string) =>
    new Set(told(path).flatMap(({ firing }) => firing.map(([, subject]) => subject))).size;
  const untilMs = beganAtMs + deathsOverMs + 150_000;
  while (
    Date.now() < untilMs &&
    (Date.now() < beganAtMs + deathsOverMs + 30_000 || toldOf('/prometheus-15s') < deaths)
  ) {
    const nextAtMs = Date.now() + beatEveryMs;
    await sendBeats(otlp, isAlive);
    await pause(Math.max(0, nextAtMs - Date.now()));
  }
  // An AgentOffline of the processor begins when the deadline passed, to the millisecond.
  const deadlines = new Map<string, number>();
  for (const { firing } of told('/webhook')) {
    for (const [alert, subject, startsAt] of firing)
      if (alert === 'AgentOffline') deadlines.set(subject, Date.parse(startsAt));
  }
  console.log(
    `${deaths} deaths over ${deathsOverMs / 1000} s among ${agents} agents in ${sessions} sessions:`,
  );
  const page = await (await fetch(`${http}/metrics`)).text();
  console.log(page.match(/^vitals_processor_notifications_total.*[1-9]\d*$/gm)?.join('\n'));
  report('processor → webhook', told('/webhook'), deadlines);
  report('processor → Alertmanager → webhook', told('/processor'), deadlines);
  report('Prometheus (5 s) → Alertmanager → webhook', told('/prometheus-5s'), deadlines);
  report('Prometheus (15 s) → Alertmanager → webhook', told('/prometheus-15s'), deadlines);
} finally {
  for (const child of children.reverse()) child.removeAllListeners('exit').kill('SIGTERM');
  await pause(2_000);
  for (const child of children) child.kill('SIGKILL');
  await sink.end();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}
