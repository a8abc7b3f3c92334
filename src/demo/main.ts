/** The demo: a processor and a fleet of agents, each a process of its own. Ctrl-C stops them all. */
import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fleet } from './fleet.ts';
import { Narrator, type ToldTransition } from './narrator.ts';
import { endOf, startAgent, stopAll } from './processes.ts';
import { type LogLine, type StartedProcessor, startProcessor } from './processor.ts';
import { describeRecovery, summarize } from './summary.ts';

const betweenStartsMs = 150;
const killAfterMs = 10_000;
const agentsStopWithinMs = 3_000;
const processorStopsWithinMs = 6_000;
/** A terminal, npm and a supervisor may each pass the same Ctrl-C on. */
const sameSignalMs = 500;

const startedAt = performance.now();
const narrator = new Narrator();
const agents = new Map<string, ChildProcess>();
const stopping = new AbortController();
let processor: StartedProcessor | undefined;
let httpAddress: string | undefined;
let allShown = false;

function say(text: string): void {
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1).padStart(6);
  process.stdout.write(`${seconds}s  ${text}\n`);
}

function onProcessorLine(line: LogLine): void {
  if (line.message === 'transition') {
    const told = narrator.tell(line as unknown as ToldTransition);
    if (told !== undefined && !stopping.signal.aborted) say(told);
    if (line.to === 'exhausted') void tellRecovery(String(line.agent));
    if (!allShown && narrator.outstanding.length === 0) {
      allShown = true;
      void showSummary();
    }
  } else if ((line.level === 'error' || line.level === 'warn') && httpAddress !== undefined) {
    say(`processor: ${line.message}`);
  }
}

/** An exhausted agent is the one of which a person wants to know more: when is it back? */
async function tellRecovery(id: string): Promise<void> {
  // That it is out and until when come by different requests.
  await sleep(500);
  if (httpAddress === undefined) return;
  const recovery = await describeRecovery(httpAddress, id).catch(() => undefined);
  if (recovery !== undefined && !stopping.signal.aborted) say(`${id.padEnd(16)}${recovery}`);
}

async function showSummary(): Promise<void> {
  // A second later REST, too, has had the time to tell it all.
  await sleep(1_000);
  if (httpAddress === undefined || stopping.signal.aborted) return;
  try {
    const lines = await summarize(httpAddress);
    process.stdout.write(`\n${lines.join('\n')}\n\n`);
    say('all shown; the fleet goes on. Ctrl-C stops it.');
  } catch (error) {
    say(`Cannot ask the processor for the fleet: ${error instanceof Error ? error.message : error}`);
  }
}

async function run(): Promise<void> {
  say('starting the processor with src/demo/agent-vitals.yaml');
  processor = startProcessor(onProcessorLine);
  const { http, otlp } = await processor.addresses;
  httpAddress = http;
  void endOf(processor.child).then((end) => {
    if (stopping.signal.aborted) return;
    say(`the processor ended ${end}`);
    void stop(1);
  });
  say(`the processor listens for OTLP at ${otlp}`);

  say(`starting ${fleet.length} agents, each a process of its own`);
  for (const { id } of fleet) {
    start(id, otlp);
    await sleep(betweenStartsMs, undefined, { signal: stopping.signal });
  }
  process.stdout.write(`
  page     ${http}/
  REST     ${http}/api/health/agents
  metrics  ${http}/metrics

`);
  say('every change of status from now on (the everyday to and fro of idle and busy only once):');
  await sleep(killAfterMs, undefined, { signal: stopping.signal });
  for (const { id, behaviour } of fleet) {
    if (behaviour !== 'doomed') continue;
    say(`${id.padEnd(16)}killed (SIGKILL): it can't say goodbye`);
    agents.get(id)?.kill('SIGKILL');
  }
}

function start(id: string, otlpAddress: string): void {
  const child = startAgent(id, otlpAddress, (text) => say(`${id.padEnd(16)}${text}`));
  agents.set(id, child);
  void endOf(child).then((end) => {
    agents.delete(id);
    if (!stopping.signal.aborted && end !== 'by SIGKILL') say(`${id.padEnd(16)}ended ${end}`);
  });
}

async function stop(exitCode: number): Promise<never> {
  stopping.abort();
  say('stopping the agents');
  await stopAll(agents.values(), agentsStopWithinMs);
  if (processor !== undefined) {
    say('stopping the processor');
    await stopAll([processor.child], processorStopsWithinMs);
  }
  say('stopped');
  process.exit(exitCode);
}

let firstSignalAt: number | undefined;
function onSignal(): void {
  if (firstSignalAt === undefined) {
    firstSignalAt = performance.now();
    void stop(0);
  } else if (performance.now() - firstSignalAt > sameSignalMs) {
    for (const child of agents.values()) child.kill('SIGKILL');
    processor?.child.kill('SIGKILL');
    process.exit(1);
  }
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
if (process.connected) process.once('disconnect', onSignal);
// The terminal has closed, or the pipe: nobody watches any more.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', () => {
    if (!stopping.signal.aborted) void stop(0);
  });
}

try {
  await run();
} catch (error) {
  if (!stopping.signal.aborted) {
    const text = error instanceof Error ? error.message : String(error);
    process.stderr.write(`${text}\n`);
    if (text.includes('the port must be free')) {
      process.stderr.write(
        'Other ports: AGENT_VITALS_HTTP_ENDPOINT=127.0.0.1:8081 ' +
          'AGENT_VITALS_RECEIVERS_OTLP_HTTP_ENDPOINT=127.0.0.1:14318 npm start\n',
      );
    }
    await stop(1);
  }
}
