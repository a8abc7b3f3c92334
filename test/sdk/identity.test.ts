import { registerAgent } from '@agent-vitals/sdk';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { runToEnd } from '../support/process.ts';
import { testAgent } from './collect.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('the id', () => {
  it('comes from the option, else VITALS_AGENT_ID, else OTEL_RESOURCE_ATTRIBUTES', () => {
    vi.stubEnv(
      'OTEL_RESOURCE_ATTRIBUTES',
      'service.name=x,gen_ai.agent.id=gen,vitals.agent.id=from%20resource',
    );
    expect(testAgent({ id: undefined }).id).toBe('from resource');
    vi.stubEnv('VITALS_AGENT_ID', 'from-environment');
    expect(testAgent({ id: undefined }).id).toBe('from-environment');
    expect(testAgent({ id: 'from-option' }).id).toBe('from-option');
  });

  it('may be gen_ai.agent.id, and need not be well encoded', () => {
    vi.stubEnv('OTEL_RESOURCE_ATTRIBUTES', 'gen_ai.agent.id=50%');
    expect(testAgent({ id: undefined }).id).toBe('50%');
  });

  it.each([undefined, '', 7, null])('must be a non-empty string: %j', (id) => {
    vi.stubEnv('VITALS_AGENT_ID', '');
    vi.stubEnv('OTEL_RESOURCE_ATTRIBUTES', '');
    expect(() => registerAgent({ id: id as string })).toThrow(TypeError);
    expect(() => registerAgent({ id: id as string })).toThrow('its id must be a non-empty string');
  });

  it('is rejected above 256 bytes, never cut', () => {
    expect(testAgent({ id: 'ü'.repeat(128) }).id).toHaveLength(128);
    expect(() => registerAgent({ id: 'ü'.repeat(129) })).toThrow(
      'its id must be at most 256 bytes: current value is 258 bytes',
    );
  });
});

const node = (program: string, args: readonly string[], env: Record<string, string | undefined> = {}) =>
  runToEnd(
    process.execPath,
    ['--conditions=@agent-vitals/source', `${import.meta.dirname}/programs/${program}.ts`, ...args],
    { env: { VITALS_AGENT_CLAIMED: undefined, ...env } },
  );

describe('processes of one program', () => {
  it('a forked child may not claim what its parent has registered', async () => {
    const { stdout, stderr, code } = await node('fork', ['parent', 'writer']);
    expect(stdout).toContain('parent is writer');
    expect(stdout).toMatch(
      /child refused: Cannot register agent "writer" as each process needs an id of its own: the process that started this one \(pid \d+\) has registered it/,
    );
    expect(stderr).toBe('');
    expect(code).toBe(0);
  });

  it('a forked child has an id of its own, or takes over one that said goodbye', async () => {
    expect((await node('fork', ['parent', 'writer-2'])).stdout).toContain('child is writer-2');
    expect((await node('fork', ['parent', 'writer'], { STOP_FIRST: 'yes' })).stdout).toContain(
      'child is writer',
    );
  });

  it('a forked child may not claim what its parent has given up and taken back', async () => {
    const { stdout } = await node('fork', ['parent', 'writer'], { STOP_FIRST: 'yes', START_AGAIN: 'yes' });
    expect(stdout).toContain('child refused');
  });

  it('a worker thread may not claim what the main thread has registered', async () => {
    const { stdout } = await node('worker-thread', []);
    expect(stdout).toContain('main is writer');
    expect(stdout).toContain('thread refused: Cannot register agent "writer"');
  });

  it.each([
    { what: 'an id in the code', env: { ID_IN_CODE: 'writer' }, ids: ['writer-1', 'writer-2'] },
    { what: 'an id in the environment', env: { VITALS_AGENT_ID: 'editor' }, ids: ['editor-1', 'editor-2'] },
    {
      what: 'an id that names the worker already',
      env: { ID_IN_CODE: 'writer/<worker>' },
      ids: ['writer/1', 'writer/2'],
    },
    {
      what: 'an id that is the author’s business',
      env: { ID_IN_CODE: 'writer', AS_IS: 'yes' },
      ids: ['writer', 'writer'],
    },
  ])('cluster workers get an id of their own: $what', async ({ env, ids }) => {
    const { stdout, code } = await node('cluster', [], env);
    const lines = stdout.trim().split('\n').sort();
    expect(lines).toEqual(ids.map((id) => `worker is ${id}`));
    expect(code).toBe(0);
  });

  it('a cluster worker under pm2 takes its stable slot', async () => {
    const { stdout } = await node('cluster', [], { ID_IN_CODE: 'writer', NODE_APP_INSTANCE: '7' });
    expect(stdout).toContain('worker is writer-7');
  });
});
