import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AgentAnswer, AgentsAnswer, TransitionAnswer, TransitionsAnswer } from '@agent-vitals/contract';
import { temporaryFolder } from './folder.ts';
import { type RunningProcess, spawnProcess } from './process.ts';
import { addressOf, agentVitals, freePorts } from './processor.ts';
import { waitFor } from './wait.ts';

const program = fileURLToPath(new URL('./sdk-agents.ts', import.meta.url));

/** What a user asks and gets told, by agent. */
export type States = Readonly<Record<string, string>>;

/**
 * A processor as a process of its own, with real agents, asked by REST as a user would. What it keeps outlives it:
 * {@link Installation.start} after a kill goes on with the same store at the same addresses.
 *
 * @example
 * const installation = await startInstallation('liveness: { offline_after: 3s }');
 * installation.agents(installation.otlp, { 'a-1': 'idle', 'a-2': 'busy' });
 * await installation.see({ 'a-1': 'idle', 'a-2': 'busy' });
 */
export class Installation {
  readonly #folder = temporaryFolder();
  readonly #env: Record<string, string>;
  readonly #prefix: readonly string[];
  processor!: RunningProcess;
  /** Shown with every question and request, where one is needed. */
  token: string | undefined;
  http = '';
  otlp = '';

  /**
   * @param config - YAML; ports are chosen by the system.
   * @param env - More of its environment.
   * @param prefix - A command that runs the processor's, which follows it.
   */
  constructor(config: string, env: Readonly<Record<string, string>> = {}, prefix: readonly string[] = []) {
    writeFileSync(this.#configFile, config);
    this.#env = { ...freePorts, ...env };
    this.#prefix = prefix;
  }

  /** Its store. */
  get database(): string {
    return join(this.#folder, 'data/agent-vitals.db');
  }

  get #configFile(): string {
    return join(this.#folder, 'agent-vitals.yaml');
  }

  async start(): Promise<void> {
    const [command, ...args] = [
      ...this.#prefix,
      process.execPath,
      agentVitals,
      'up',
      '--config',
      this.#configFile,
    ];
    this.processor = spawnProcess(command!, args, { env: this.#env, cwd: this.#folder });
    this.http = await addressOf(this.processor, 'http.endpoint');
    this.otlp = await addressOf(this.processor, 'receivers.otlp.http.endpoint');
    this.#env.AGENT_VITALS_HTTP_ENDPOINT = new URL(this.http).host;
    this.#env.AGENT_VITALS_RECEIVERS_OTLP_HTTP_ENDPOINT = new URL(this.otlp).host;
  }

  /** Sends a signal to all that belongs to the processor: the command and what it runs. */
  signal(signal: NodeJS.Signals): void {
    process.kill(-this.processor.pid, signal);
  }

  /** Ends it, and waits until it has ended. */
  async end(signal: NodeJS.Signals): Promise<void> {
    this.signal(signal);
    await this.processor.exited;
  }

  /** Starts one process with agents that enter a state each and beat. */
  agents(endpoint: string, states: States, intervalMs: number): RunningProcess {
    const flags = ['--conditions=@agent-vitals/source', '--disable-warning=ExperimentalWarning'];
    const members = Object.entries(states).map(([id, state]) => `${id}=${state}`);
    return spawnProcess(process.execPath, [...flags, program, endpoint, String(intervalMs), ...members]);
  }

  async #get<T>(path: string): Promise<T> {
    const response = await fetch(`${this.http}${path}`, { headers: authorization(this.token) });
    if (response.status !== 200) throw new Error(`${path} answers ${response.status}`);
    return response.json() as Promise<T>;
  }

  agent(id: string): Promise<AgentAnswer> {
    return this.#get(`/api/health/agent/${id}`);
  }

  async fleet(): Promise<readonly AgentAnswer[]> {
    return (await this.#get<AgentsAnswer>('/api/health/agents?limit=1000')).agents;
  }

  async states(): Promise<States> {
    return Object.fromEntries((await this.fleet()).map(({ agent_id, state }) => [agent_id, state]));
  }

  /** Waits until these agents are in these states. */
  async see(expected: States, timeoutMs = 20_000): Promise<States> {
    const ids = Object.keys(expected);
    let seen: States = {};
    const isSo = async () => {
      seen = await this.states();
      return ids.every((id) => seen[id] === expected[id]) ? seen : undefined;
    };
    const what = `${JSON.stringify(expected)}`;
    return waitFor(isSo, { what, timeoutMs, intervalMs: 50 }).catch((error: Error) => {
      throw new Error(`${error.message}, and that is ${JSON.stringify(seen)}`);
    });
  }

  /** Every transition since a moment, the oldest first. */
  async transitions(sinceEpochMs = 0): Promise<readonly TransitionAnswer[]> {
    const since = new Date(sinceEpochMs).toISOString();
    const all: TransitionAnswer[] = [];
    for (let cursor = ''; ; ) {
      const path = `/api/health/transitions?limit=1000&since=${since}${cursor}`;
      const page = await this.#get<TransitionsAnswer>(path);
      all.push(...page.transitions);
      if (page.next_cursor === null) return all.reverse();
      cursor = `&cursor=${page.next_cursor}`;
    }
  }

  /** An operator's request. */
  operate(id: string, action: string, body: object = {}, token = this.token): Promise<Response> {
    return fetch(`${this.http}/api/health/agent/${id}/${action}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...authorization(token) },
      body: JSON.stringify(body),
    });
  }

  /** The value of a series, or undefined. */
  async metric(series: RegExp): Promise<number | undefined> {
    const response = await fetch(`${this.http}/metrics`, { headers: authorization(this.token) });
    const text = await response.text();
    const line = text.split('\n').find((candidate) => series.test(candidate));
    return line === undefined ? undefined : Number(line.slice(line.lastIndexOf(' ') + 1));
  }
}

function authorization(token: string | undefined): Record<string, string> {
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
}

/**
 * Starts a processor with a configuration.
 *
 * @param config - YAML; ports are chosen by the system.
 * @param env - More of its environment.
 */
export async function startInstallation(
  config: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Installation> {
  const installation = new Installation(config, env);
  await installation.start();
  return installation;
}

/** A transition as tests compare it. */
export function transitionLine({ agent, from, to, reason }: TransitionAnswer): string {
  return `${agent} ${from} → ${to} ${reason}`;
}
