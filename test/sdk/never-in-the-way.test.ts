import { describe, expect, it } from 'vitest';
import { runToEnd } from '../support/process.ts';

const run = (program: string, flags: readonly string[] = []) =>
  runToEnd(
    process.execPath,
    ['--conditions=@agent-vitals/source', ...flags, `${import.meta.dirname}/programs/${program}.ts`],
    { timeoutMs: 10_000 },
  );

describe('an agent is never in the way', () => {
  it.each(['plain', 'registered'])('of a process that ends: %s', async (program) => {
    const { code, stdout, stderr } = await run(program);
    expect(stdout.trim()).toBe('end of the program');
    expect(stderr).toBe('');
    expect(code).toBe(0);
  });

  it('when it is one of 10,000 that came and went', async () => {
    const { stdout } = await run('many', ['--expose-gc']);
    const { bytesPerAgent } = JSON.parse(stdout) as { bytesPerAgent: number };
    expect(bytesPerAgent).toBeLessThan(50);
  });

  it('with the oldest API that it runs on, and the optional logs API', async () => {
    const { code, stdout, stderr } = await run('older-api', [
      '--import',
      `${import.meta.dirname}/programs/api-1.9.ts`,
    ]);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    const { hasLogs, names, said, lost } = JSON.parse(stdout);
    expect(hasLogs).toBe(false);
    expect(names).toEqual(
      expect.arrayContaining(['vitals.agent.heartbeats', 'vitals.agent.operation.duration']),
    );
    expect(said).toEqual([
      ['vitals.message', 'elder'],
      ['vitals.thread', 'elder'],
    ]);
    expect(lost).toBe(0);
  });

  it('silently: a second copy of the API is named', async () => {
    const { code, stderr } = await run('two-copies');
    expect(stderr).toContain('[AGENT_VITALS_API_COPIES]');
    expect(stderr).toContain('another copy of @opentelemetry/api (version 1.9.0)');
    expect(stderr).toMatch(/This SDK loads version 1\.\d+\.\d+ from \S+node_modules\/@opentelemetry\/api/);
    expect(stderr.match(/AGENT_VITALS_API_COPIES/g)).toHaveLength(1);
    expect(code).toBe(0);
  });
});
