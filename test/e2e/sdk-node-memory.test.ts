import { describe, expect, it } from 'vitest';
import { run } from '../sdk/node/programs.ts';
import { startReceiver } from '../sdk/node/receiver.ts';
import type { RunningProcess } from '../support/process.ts';

describe('memory', () => {
  it('is flat when 10,000 agents have been registered and stopped', async () => {
    await using receiver = await startReceiver({ decode: false });
    const process = run('memory', [receiver.url, '2500', '8'], { nodeOptions: ['--expose-gc'] });
    expect(await process.exited).toEqual({ code: 0, signal: null });
    const rounds = bytesSaid(process, /^round (\d+)$/gm);
    expect(rounds).toHaveLength(8);
    // 10,000 agents between the two: less than 50 bytes is kept of one.
    expect(rounds[7]! - rounds[3]!).toBeLessThan(500_000);
  });

  it.each(['hang', 'dead'] as const)(
    'is bounded while an endpoint is no good: %s',
    { timeout: 60_000 },
    async (how) => {
      await using receiver = await startReceiver({ decode: false });
      if (how === 'hang') receiver.behave('hang');
      else await receiver.die();
      const process = run('slow', [receiver.url], { nodeOptions: ['--expose-gc'] });
      await process.waitForLine(/^report 8 /, 30_000);
      const reports = bytesSaid(process, /^report \d+ (\d+)$/gm);
      expect(Math.max(...reports.slice(5))).toBeLessThan(Math.max(...reports.slice(2, 5)) + 20e6);
      expect(process.output).not.toContain('unhandled');

      // And it recovers by itself.
      const missed = receiver.requests.length;
      if (how === 'hang') receiver.behave('accept');
      else await receiver.revive();
      await receiver.request(
        (each) => receiver.requests.indexOf(each) >= missed && each.path === '/v1/metrics',
        'an export after the recovery',
      );
      await process.stop('SIGKILL');
    },
  );
});

function bytesSaid(process: RunningProcess, pattern: RegExp): number[] {
  return [...process.stdout.matchAll(pattern)].map(([, bytes]) => Number(bytes));
}
