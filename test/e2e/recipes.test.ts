import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AgentAnswer } from '@agent-vitals/contract';
import { beforeAll, describe, expect, it } from 'vitest';
import { fencedBlocks } from '../docs/extract.ts';
import { layOut, root, type Workbench } from '../docs/workbench.ts';
import { type RunningProcess, spawnProcess, waitFor } from '../support/process.ts';
import { addressOf, up } from '../support/processor.ts';

// The recipes of docs/sdk.md, word for word, against the packages that they are for and a real processor.

let bench: Workbench;
let http: string;
let otlp: string;
beforeAll(async () => {
  bench = layOut(fencedBlocks(root, join(root, 'docs/sdk.md')));
  const processor = up();
  http = await addressOf(processor, 'http.endpoint');
  otlp = await addressOf(processor, 'receivers.otlp.http.endpoint');
});

/** Runs a program that uses a recipe, beside it. */
function run(name: string, code: string): RunningProcess {
  const path = join(bench.folder, name);
  writeFileSync(path, code);
  return spawnProcess(process.execPath, ['--conditions=@agent-vitals/source', path], {
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: otlp, OTEL_METRIC_EXPORT_INTERVAL: '200', OTEL_LOG_LEVEL: 'error' },
  });
}

async function agentOf(id: string): Promise<AgentAnswer | undefined> {
  const answer = await fetch(`${http}/api/health/agent/${id}`);
  return answer.ok ? ((await answer.json()) as AgentAnswer) : undefined;
}

/** Waits until the processor sees an agent like this. */
function seen(id: string, isSo: (agent: AgentAnswer) => boolean): Promise<AgentAnswer> {
  return waitFor(
    async () => {
      const agent = await agentOf(id);
      return agent !== undefined && isSo(agent) ? agent : undefined;
    },
    { what: `agent ${id} as wanted` },
  );
}

const hourMs = 3_600_000;
const inHours = (time: string | null | undefined) => (Date.parse(time ?? '') - Date.now()) / hourMs;

describe('the loop', () => {
  it('works its queue off, tries again what was refused, and goes on after a failure', async () => {
    const program = run(
      'loop.ts',
      `import { work } from './loop-agent.ts';
      let refusals = 0;
      const drafts = await work(['spring', 'busy', 'broken', 'winter'], async (topic) => {
        if (topic === 'busy' && refusals++ === 0) {
          throw Object.assign(new Error('slow down'), { status: 429, headers: { 'retry-after-ms': '50' } });
        }
        if (topic === 'broken') throw new TypeError('no such topic');
        return topic.toUpperCase();
      });
      console.log(drafts.join(' '));`,
    );
    expect(await program.exited).toEqual({ code: 0, signal: null });
    expect(program.stdout).toBe('SPRING BUSY WINTER\n');
    expect(program.stderr).toBe('');
    expect(await agentOf('writer')).toMatchObject({
      state: 'stopped',
      session_id: 'newsroom',
      type: 'author',
      operations_completed: 5,
      queue_depth: 0,
    });
  });
});

describe('LangChain.js', () => {
  it('runs as an operation, with progress, and shows when the quota is spent', async () => {
    const program = run(
      'langchain.ts',
      `import { registerAgent } from '@agent-vitals/sdk';
      import { startVitals } from '@agent-vitals/sdk/node';
      import { FakeListChatModel } from '@langchain/core/utils/testing';
      import { ask } from './langchain-agent.ts';

      class SpentModel extends FakeListChatModel {
        async _generate(): Promise<never> {
          throw Object.assign(new Error('spent'), { status: 429, headers: { 'retry-after': '7200' } });
        }
      }
      startVitals();
      const agent = registerAgent({ id: 'chain' });
      const message = await ask(agent, new FakeListChatModel({ responses: ['Hello'] }), 'Hi');
      console.log(message.content, agent.state);
      await ask(agent, new SpentModel({ responses: [''] }), 'Hi').catch((error) => console.log(error.message));
      setInterval(() => {}, 1_000);`,
    );
    await program.waitForLine(/^spent$/);
    expect(program.stdout).toBe('Hello idle\nspent\n');
    const agent = await seen('chain', ({ state }) => state === 'exhausted');
    expect(agent.exhausted).toMatchObject({ reason: 'rate_limit', recovery_source: 'header' });
    expect(inHours(agent.exhausted?.recovery_at)).toBeCloseTo(2, 1);
    expect((await seen('chain', (it) => it.operations_completed === 2)).operations_completed).toBe(2);
  });
});

describe('Vercel AI SDK', () => {
  it('answers in one piece and in pieces, and shows when the account is empty', async () => {
    const program = run(
      'ai-sdk.ts',
      `import { registerAgent } from '@agent-vitals/sdk';
      import { startVitals } from '@agent-vitals/sdk/node';
      import { APICallError, jsonSchema, simulateReadableStream, tool } from 'ai';
      import { MockLanguageModelV4 } from 'ai/test';
      import { answer, answerInPieces } from './ai-sdk-agent.ts';

      const usage = {
        inputTokens: { total: 1, noCache: 1, cacheRead: undefined, cacheWrite: undefined },
        outputTokens: { total: 1, text: 1, reasoning: undefined },
      };
      const stop = { unified: 'stop', raw: undefined } as const;
      let steps = 0;
      const model = new MockLanguageModelV4({
        doGenerate: async () =>
          steps++ === 0
            ? {
                content: [{ type: 'tool-call', toolCallId: '1', toolName: 'weather', input: '{}' }],
                finishReason: { unified: 'tool-calls', raw: undefined },
                usage,
                warnings: [],
              }
            : { content: [{ type: 'text', text: 'Sunny' }], finishReason: stop, usage, warnings: [] },
        doStream: async () => ({
          stream: simulateReadableStream({
            chunks: [
              { type: 'text-start', id: '1' },
              { type: 'text-delta', id: '1', delta: 'Sun' },
              { type: 'text-delta', id: '1', delta: 'ny' },
              { type: 'text-end', id: '1' },
              { type: 'finish', finishReason: stop, usage },
            ],
          }),
        }),
      });
      const refuse = async (): Promise<never> => {
        throw new APICallError({
          message: 'You exceeded your current quota',
          url: 'https://api.openai.com/v1/chat/completions',
          requestBodyValues: {},
          statusCode: 429,
          responseHeaders: {},
          responseBody: '{"error":{"code":"insufficient_quota","message":"You exceeded your current quota"}}',
          isRetryable: false,
        });
      };
      const weather = tool({ inputSchema: jsonSchema({ type: 'object' }), execute: async () => 'sunny' });

      startVitals();
      const agent = registerAgent({ id: 'ai' });
      console.log(await answer(agent, model, 'Weather?', { weather }), agent.state);
      let pieces: string[] = [];
      await answerInPieces(agent, model, 'Weather?', (text) => pieces.push(text));
      console.log(pieces.join('|'), agent.state);
      const spent = new MockLanguageModelV4({ doGenerate: refuse, doStream: refuse });
      await answerInPieces(agent, spent, 'Weather?', () => {}).catch((error) => console.log(error.name, agent.state));
      agent.idle();
      await answer(agent, spent, 'Weather?').catch((error) => console.log(error.name, agent.state));
      setInterval(() => {}, 1_000);`,
    );
    await program.waitForLine(/^\S+Error exhausted$/);
    await waitFor(() => program.stdout.split('\n').length === 5, { what: 'four lines' });
    expect(program.stdout.split('\n')).toEqual([
      'Sunny idle',
      'Sun|ny idle',
      'AI_APICallError exhausted',
      'AI_APICallError exhausted',
      '',
    ]);
    const agent = await seen('ai', ({ operations_completed }) => operations_completed === 4);
    expect(agent).toMatchObject({
      state: 'exhausted',
      exhausted: { reason: 'billing', recovery_source: 'default' },
    });
  });
});

describe('the cron job', () => {
  it('leaves without a goodbye, is fine until its next run is due, and its runs add up', async () => {
    const code = `import { runOnce } from './cron-agent.ts'; await runOnce(async () => {});`;
    for (const runs of [1, 2]) {
      const program = run(`cron-${runs}.ts`, code);
      expect(await program.exited).toEqual({ code: 0, signal: null });
      expect(program.stderr).toBe('');
      const agent = await seen('hourly-report', (it) => it.operations_completed === runs);
      expect(agent).toMatchObject({ state: 'idle', conditions: [], type: 'report' });
      expect(inHours(agent.heartbeat.deadline)).toBeCloseTo(70 / 60, 1);
    }
  });

  it('shows a run that failed', async () => {
    const program = run(
      'cron-failing.ts',
      `import { runOnce } from './cron-agent.ts';
      await runOnce(async () => { throw new Error('no data'); }).catch((error) => console.log(error.message));`,
    );
    expect(await program.exited).toEqual({ code: 0, signal: null });
    expect(program.stdout).toBe('no data\n');
    await seen('hourly-report', ({ state }) => state === 'error');
  });
});
