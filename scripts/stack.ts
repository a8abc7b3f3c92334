/**
 * `npm run stack`: processor, Prometheus and Alertmanager on this machine, with the repository's files. `-- --demo` adds
 * the demo's agents, with intervals so short that one sees everything within two minutes. Ctrl-C stops all.
 *
 * Addresses: AGENT_VITALS_HTTP_ENDPOINT, AGENT_VITALS_RECEIVERS_OTLP_HTTP_ENDPOINT, PROMETHEUS_ADDRESS and
 * ALERTMANAGER_ADDRESS; port 0 takes any free one. Data lies in data/, or in STACK_DATA.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { endOf, stopAll } from '../src/demo/processes.ts';
import { describeMissing, findPrograms } from './stack/programs.ts';
import { layOutPrometheus } from './stack/prometheus-folder.ts';
import { type StartedServer, startServer } from './stack/server.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const source = '--conditions=@agent-vitals/source';
const stopWithinMs = 8_000;
/** A terminal, npm and a supervisor may each pass the same Ctrl-C on. */
const sameSignalMs = 500;

const startedAt = performance.now();
const running: StartedServer[] = [];
let stoppedAt: number | undefined;

function say(text: string): void {
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1).padStart(6);
  process.stdout.write(`${seconds}s  ${text}\n`);
}

/** Keeps a server's end in view: the stack is all of it, or a message. */
async function keep(server: StartedServer): Promise<Readonly<Record<string, string>>> {
  running.push(server);
  const said = await server.said;
  void endOf(server.child).then((end) => {
    if (stoppedAt !== undefined) return;
    say(`${server.name} ended ${end}`);
    void stop(1);
  });
  return said;
}

async function run(withDemo: boolean): Promise<void> {
  // Before anything runs: it may have to be fetched.
  const found = findPrograms(root, process.env.PATH ?? '', (line) => say(line));
  const data = resolve(process.env.STACK_DATA ?? join(root, 'data'));
  mkdirSync(data, { recursive: true });

  say(`starting the processor${withDemo ? ' with src/demo/agent-vitals.yaml' : ''}`);
  const { http, otlp } = await startProcessor(data, withDemo);

  const alertmanager = found.get('alertmanager');
  const alertmanagerUrl = alertmanager && (await startAlertmanager(alertmanager, data));
  const prometheus = found.get('prometheus');
  const prometheusUrl = prometheus && (await startPrometheus(prometheus, data, http!, alertmanagerUrl));

  process.stdout.write(`
  page          ${http}/
  metrics       ${http}/metrics
  OTLP/HTTP     ${otlp}
${prometheusUrl ? `  Prometheus    ${prometheusUrl}/\n` : ''}${alertmanagerUrl ? `  Alertmanager  ${alertmanagerUrl}/\n` : ''}
`);
  for (const line of describeMissing(found)) say(line);
  say('Grafana and the Collector run in containers: docs/stack.md');
  if (withDemo) startAgents(otlp!);
  say('running; Ctrl-C stops all of it');
}

async function startProcessor(data: string, withDemo: boolean): Promise<Readonly<Record<string, string>>> {
  const args = [join(root, 'src/bin/agent-vitals.js'), 'up'];
  if (withDemo) args.push('--config', join(root, 'src/demo/agent-vitals.yaml'));
  const store = withDemo ? join(temporaryFolder(), 'demo.db') : join(data, 'agent-vitals.db');
  const awaited = {
    http: /listening key=http\.endpoint address=(\S+)/,
    otlp: /listening key=receivers\.otlp\.http\.endpoint address=(\S+)/,
    ready: /(ready) name=/,
  };
  const onLine = (line: string) => {
    if (/^\S+ (warn|error) /.test(line)) say(`processor: ${line.replace(/^\S+ +/, '')}`);
  };
  const env = { AGENT_VITALS_STORE_PATH: store, ...process.env };
  return keep(startServer('the processor', process.execPath, args, awaited, onLine, { env }));
}

async function startAlertmanager(command: string, data: string): Promise<string> {
  say(`starting Alertmanager (${command})`);
  const args = [
    `--config.file=${join(root, 'alertmanager.yml')}`,
    `--storage.path=${join(data, 'alertmanager')}`,
    `--web.listen-address=${process.env.ALERTMANAGER_ADDRESS ?? '127.0.0.1:9093'}`,
    '--cluster.listen-address=',
  ];
  const cwd = dirname(command);
  const server = startServer('Alertmanager', command, args, { address: listensOn }, () => {}, { cwd });
  return `http://${(await keep(server)).address}`;
}

async function startPrometheus(
  command: string,
  data: string,
  processorUrl: string,
  alertmanagerUrl: string | undefined,
): Promise<string> {
  say(`starting Prometheus (${command})`);
  const targetsOf = (url: string | undefined) =>
    url === undefined ? [] : [{ targets: [new URL(url).host] }];
  const configFile = layOutPrometheus(root, join(data, 'prometheus-config'), {
    'agent-vitals': targetsOf(processorUrl),
    alertmanager: targetsOf(alertmanagerUrl),
  });
  const args = [
    `--config.file=${configFile}`,
    `--storage.tsdb.path=${join(data, 'prometheus')}`,
    `--web.listen-address=${process.env.PROMETHEUS_ADDRESS ?? '127.0.0.1:9090'}`,
  ];
  const awaited = { address: listensOn, ready: /(Server is ready to receive web requests)/ };
  return `http://${(await keep(startServer('Prometheus', command, args, awaited, () => {}))).address}`;
}

/** Both write so, in either of their log formats. */
const listensOn = /msg="?Listening on"? address=(\S+)/i;

function startAgents(otlp: string): void {
  say('starting the demo’s agents');
  const args = [source, '--disable-warning=ExperimentalWarning', join(root, 'src/demo/agents.ts'), otlp];
  void keep(startServer('the demo’s agents', process.execPath, args, {}, (line) => say(line)));
}

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'agent-vitals-stack-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The last started is stopped first: nobody loses whom it sends to. */
async function stop(exitCode: number): Promise<never> {
  stoppedAt ??= performance.now();
  for (const { name, child } of running.toReversed()) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    say(`stopping ${name}`);
    await stopAll([child], stopWithinMs);
  }
  say('stopped');
  process.exit(exitCode);
}

function onSignal(): void {
  if (stoppedAt === undefined) void stop(0);
  else if (performance.now() - stoppedAt > sameSignalMs) {
    for (const { child } of running) child.kill('SIGKILL');
    process.exit(1);
  }
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
if (process.connected) process.once('disconnect', onSignal);

try {
  const { values } = parseArgs({ options: { demo: { type: 'boolean', default: false } } });
  await run(values.demo);
} catch (error) {
  if (stoppedAt === undefined) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
    await stop(1);
  }
}
