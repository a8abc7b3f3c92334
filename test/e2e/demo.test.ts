import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { AgentAnswer, AgentStatus, AgentsAnswer } from '@agent-vitals/contract';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/folder.ts';
import { type RunningProcess, spawnProcess, waitFor } from '../support/process.ts';
import { freePorts } from '../support/processor.ts';

const script = fileURLToPath(new URL('../../src/demo/main.ts', import.meta.url));
const flags = ['--conditions=@agent-vitals/source', '--disable-warning=ExperimentalWarning'];

function demo(env: Readonly<Record<string, string>> = {}): RunningProcess {
  return spawnProcess(process.execPath, [...flags, script], {
    // Killed, it can't remove what it has put there.
    env: { ...freePorts, TMPDIR: temporaryFolder(), ...env },
  });
}

/** Asks REST again and again, and keeps every state in which each agent was seen, in order. */
class Watcher {
  readonly #url: string;
  readonly #states = new Map<string, AgentStatus[]>();
  readonly #agents = new Map<string, AgentAnswer>();

  constructor(url: string) {
    this.#url = url;
  }

  async look(): Promise<void> {
    const { agents } = (await (await fetch(`${this.#url}/api/health/agents`)).json()) as AgentsAnswer;
    for (const agent of agents) {
      const states = this.#states.get(agent.agent_id) ?? [];
      if (states.at(-1) !== agent.state) states.push(agent.state);
      this.#states.set(agent.agent_id, states);
      this.#agents.set(agent.agent_id, agent);
    }
  }

  /** Waits until the agent has gone through these states, others in between allowed. */
  async saw(id: string, ...wanted: AgentStatus[]): Promise<AgentAnswer> {
    return waitFor(
      async () => {
        await this.look();
        let index = 0;
        for (const state of this.#states.get(id) ?? []) if (state === wanted[index]) index++;
        return index === wanted.length ? this.#agents.get(id) : undefined;
      },
      { what: `${id} in ${wanted.join(', then ')}`, timeoutMs: 90_000, intervalMs: 100 },
    );
  }

  /** Waits until what is known of the agent is as asked: metrics and events come by different requests. */
  async knows(id: string, isAsAsked: (agent: AgentAnswer) => boolean): Promise<AgentAnswer> {
    return waitFor(
      async () => {
        await this.look();
        const agent = this.#agents.get(id);
        return agent !== undefined && isAsAsked(agent) ? agent : undefined;
      },
      { what: `${id} as asked`, timeoutMs: 60_000, intervalMs: 100 },
    );
  }

  get ids(): string[] {
    return [...this.#agents.keys()].sort();
  }
}

/** A zombie (ended, nobody has asked how) doesn't run any more, though signal 0 still reaches it. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return process.platform !== 'linux' || !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

/** Whether a process runs that was started with this in its environment, or whose parent was. */
function isInSomeEnvironment(text: string): boolean {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .some((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(text);
      } catch {
        return false; // it has ended meanwhile
      }
    });
}

describe('the demo', () => {
  it('shows every promised state, says so, and leaves nothing behind', async () => {
    const TMPDIR = temporaryFolder();
    const running = demo({ TMPDIR });
    const [, url = ''] = await running.waitForLine(/page +(http:\S+)\/$/, 30_000);
    const watcher = new Watcher(url);

    const [offline, exhausted] = await Promise.all([
      watcher.saw('scraper-2', 'busy', 'offline'),
      watcher.knows('summarizer-1', ({ exhausted }) => exhausted?.recovery_source === 'reported'),
      watcher.knows('invoicer-1', ({ state, error_message }) =>
        /^Cannot book invoice 47\d\d as its total must be 0 or more/.test(
          state === 'error' ? (error_message ?? '') : '',
        ),
      ),
      watcher.saw('summarizer-1', 'busy', 'exhausted'),
      watcher.saw('invoicer-1', 'busy', 'error'),
      watcher.saw('janitor-1', 'busy', 'paused'),
      watcher.saw('receptionist-1', 'on_call'),
      watcher.saw('reviewer-1', 'busy', 'waiting'),
      watcher.saw('indexer-1', 'busy', 'stalled'),
    ]);
    expect(offline).toMatchObject({ status: 'offline', is_accessible: false, session_id: 'research' });
    expect(exhausted.exhausted).toMatchObject({ reason: 'rate_limit', scope: 'example-provider/demo' });
    const { recovery_at, exhausted_at } = exhausted.exhausted ?? {};
    const outForMs = Date.parse(recovery_at ?? '') - Date.parse(exhausted_at ?? '');
    expect(outForMs).toBeGreaterThan(10_000);
    expect(outForMs).toBeLessThan(20_000);
    await watcher.saw('summarizer-1', 'exhausted', 'idle');
    expect(watcher.ids).toHaveLength(10);

    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(metrics).toMatch(
      /vitals_agent_status\{[^}]*vitals_agent_id="scraper-2"[^}]*state="offline"[^}]*\} 1/,
    );

    await running.waitForLine(/scraper-2 +killed \(SIGKILL\)/);
    await running.waitForLine(/scraper-2 +\S+ +→ offline +lease_expired/);
    await running.waitForLine(/all shown; the fleet goes on/, 60_000);
    expect(running.stdout).toMatch(/^scraper-2 +research +offline/m);
    expect(running.stderr).toBe('');

    expect(await running.stop('SIGINT', 15_000)).toEqual({ code: 0, signal: null });
    expect(running.stdout).toMatch(/stopping the agents[\s\S]*stopping the processor[\s\S]*stopped\n$/);
    await expect(fetch(`${url}/healthz`)).rejects.toThrow();
    expect(readdirSync(TMPDIR)).toEqual([]);
  });

  it('says which port is taken and how to use another', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const running = demo({ AGENT_VITALS_HTTP_ENDPOINT: `127.0.0.1:${port}` });
    expect(await running.exited).toEqual({ code: 1, signal: null });
    server.close();
    expect(running.stderr).toContain(`Cannot listen on 127.0.0.1:${port}`);
    expect(running.stderr).toContain('Change http.endpoint.');
    expect(running.stderr).toContain('AGENT_VITALS_HTTP_ENDPOINT=127.0.0.1:8081');
  });

  it('takes everything with it when it is killed itself', async () => {
    const running = demo();
    const [, url = ''] = await running.waitForLine(/page +(http:\S+)\/$/, 30_000);
    const { agents } = await waitFor(
      async () => {
        const answer = (await (await fetch(`${url}/api/health/agents`)).json()) as AgentsAnswer;
        return answer.total === 10 ? answer : undefined;
      },
      { what: 'all agents', timeoutMs: 30_000 },
    );
    running.signal('SIGKILL');
    const pids = agents.map(({ resources }) => resources.process_id ?? 0);
    expect(pids.every((pid) => pid > 0)).toBe(true);
    await waitFor(() => pids.every((pid) => !isRunning(pid)), { what: 'the end of every agent' });
    await waitFor(
      async () =>
        fetch(`${url}/healthz`).then(
          () => false,
          () => true,
        ),
      {
        what: 'the end of the processor',
      },
    );
  });

  it.runIf(process.platform === 'linux')(
    'stops, and leaves nothing behind, when nobody reads what it says any more',
    async () => {
      const TMPDIR = temporaryFolder();
      const command = `'${process.execPath}' ${flags.join(' ')} '${script}' | head -n 4`;
      const running = spawnProcess('sh', ['-c', command], { env: { ...freePorts, TMPDIR } });
      await running.waitForLine(/listens for OTLP/);
      await waitFor(() => !isInSomeEnvironment(TMPDIR), { what: 'the end of all its processes' });
      expect(readdirSync(TMPDIR)).toEqual([]);
    },
  );

  it('stops while it is still starting', async () => {
    const running = demo();
    await running.waitForLine(/starting the processor/);
    expect(await running.stop('SIGTERM', 15_000)).toEqual({ code: 0, signal: null });
  });
});
