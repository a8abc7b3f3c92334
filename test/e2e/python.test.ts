import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AgentAnswer } from '@agent-vitals/contract';
import { beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { fencedBlocks } from '../docs/extract.ts';
import { root } from '../docs/workbench.ts';
import { temporaryFolder } from '../support/folder.ts';
import { type RunningProcess, runToEnd, spawnProcess, waitFor } from '../support/process.ts';
import { addressOf, freePorts, up } from '../support/processor.ts';

// The agent in Python of docs/sdk.md, word for word but for its pace: plain OpenTelemetry, judged by a real processor.

const heartbeatSeconds = 0.5;
const page = readFileSync(join(root, 'docs/sdk.md'), 'utf8');

let folder: string;
let python: string;
/** Why it cannot be run here; undefined where it can. */
let missing: string | undefined;

beforeAll(async () => {
  folder = temporaryFolder();
  python = join(folder, 'venv/bin/python');
  missing = await install();
  const [agent] = fencedBlocks(root, join(root, 'docs/sdk.md'), ['python']);
  const paced = agent!.code.replace('HEARTBEAT_SECONDS = 10', `HEARTBEAT_SECONDS = ${heartbeatSeconds}`);
  expect(paced).not.toBe(agent!.code);
  writeFileSync(join(folder, 'agent.py'), `${paced}\n`);
});

/** Installs what the page says, in an environment of its own. Only what this machine lacks is a reason to skip. */
async function install(): Promise<string | undefined> {
  const venv = await runToEnd('python3', ['-m', 'venv', join(folder, 'venv')], { timeoutMs: 60_000 }).catch(
    (error: Error) => ({ code: 1, stdout: error.message, stderr: '' }),
  );
  if (venv.code !== 0) return `python3 cannot make a venv: ${lastLine(venv.stdout + venv.stderr)}`;
  const packages = /`pip install ([^`]+)`/.exec(page)?.[1]?.split(' ');
  if (packages === undefined) throw new Error('Cannot find the pip command in docs/sdk.md');
  const pip = await runToEnd(python, ['-m', 'pip', 'install', '--quiet', ...packages], {
    timeoutMs: 100_000,
  });
  if (pip.code === 0) return undefined;
  const unreachable =
    /No matching distribution|NewConnectionError|Max retries|ConnectTimeout|Temporary failure/;
  if (!unreachable.test(pip.stderr)) throw new Error(`Cannot install by pip: ${pip.stderr}`);
  return `pip cannot reach its packages: ${lastLine(pip.stderr)}`;
}

const lastLine = (text: string) => text.trim().split('\n').at(-1) ?? '';

function skipIfMissing(context: TestContext): void {
  if (missing !== undefined) context.skip(missing);
}

interface Setting {
  run(file: string): RunningProcess;
  agent(): Promise<AgentAnswer | undefined>;
  seen(isSo: (agent: AgentAnswer) => boolean, what: string): Promise<AgentAnswer>;
}

async function processor(): Promise<Setting> {
  const running = up([], {
    ...freePorts,
    AGENT_VITALS_LIVENESS_LATE_AFTER: '1s',
    AGENT_VITALS_LIVENESS_OFFLINE_AFTER: '2s',
  });
  const http = await addressOf(running, 'http.endpoint');
  const otlp = await addressOf(running, 'receivers.otlp.http.endpoint');
  const agent = async () => {
    const answer = await fetch(`${http}/api/health/agent/analyst`);
    return answer.ok ? ((await answer.json()) as AgentAnswer) : undefined;
  };
  return {
    run: (file) => spawnProcess(python, [file], { cwd: folder, env: { OTEL_EXPORTER_OTLP_ENDPOINT: otlp } }),
    agent,
    seen: (isSo, what) =>
      waitFor(
        async () => {
          const seen = await agent();
          return seen !== undefined && isSo(seen) ? seen : undefined;
        },
        { what },
      ),
  };
}

describe('an agent in Python', () => {
  it('is seen at work, and its goodbye is heard', async (context) => {
    skipIfMissing(context);
    const { run, agent, seen } = await processor();
    const program = run('agent.py');
    expect(await seen(({ state }) => state === 'busy', 'it busy')).toMatchObject({
      agent_id: 'analyst',
      type: 'analysis',
      session_id: 'desk',
      conditions: [],
      heartbeat: { interval: heartbeatSeconds, missed: 0 },
    });
    expect(await program.exited).toEqual({ code: 0, signal: null });
    expect(program.stderr).toBe('');
    expect(await agent()).toMatchObject({ state: 'stopped', operations_completed: 3 });
  });

  it('shows a failure and a spent quota, and is offline when it is killed', async (context) => {
    skipIfMissing(context);
    writeFileSync(
      join(folder, 'failing.py'),
      `import signal, threading, time
import agent

go_on = threading.Event()
signal.signal(signal.SIGUSR1, lambda *_: go_on.set())
threading.Thread(target=agent.beat, daemon=True).start()
try:
    with agent.operation("analyse"):
        raise ValueError("no data")
except ValueError:
    print("failed", flush=True)
go_on.wait()
agent.exhausted("rate_limit", time.time() + 3600, "openai/acme")
threading.Event().wait()
`,
    );
    const { run, seen } = await processor();
    const program = run('failing.py');
    await program.waitForLine(/^failed$/);
    await seen(({ state }) => state === 'error', 'it in error');
    program.signal('SIGUSR1');
    const { exhausted } = await seen(({ state }) => state === 'exhausted', 'it exhausted');
    expect(exhausted).toMatchObject({
      reason: 'rate_limit',
      scope: 'openai/acme',
      recovery_source: 'reported',
    });
    expect((Date.parse(exhausted?.recovery_at ?? '') - Date.now()) / 60_000).toBeCloseTo(60, 0);
    await program.stop('SIGKILL');
    await seen(({ state }) => state === 'offline', 'it offline');
  });
});
