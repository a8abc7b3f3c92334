import { describe, expect, it } from 'vitest';
import { run } from '../sdk/node/programs.ts';
import { type Receiver, startReceiver, stateOf } from '../sdk/node/receiver.ts';

// Real processes, which take half a second to start.

function lastStates(receiver: Receiver, agent: string): unknown[] {
  return receiver.requests.map((request) => stateOf(request, agent)).filter((state) => state !== undefined);
}

describe('a process that is told to end', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('says goodbye and still dies of %s', async (signal) => {
    await using receiver = await startReceiver();
    const process = run('ended', [receiver.url]);
    await process.waitForLine(/^ready$/);
    expect(await process.stop(signal)).toEqual({ code: null, signal });
    expect(lastStates(receiver, 'a')).toEqual(['stopped']);
  });

  it('ends as its own handler says, with the goodbye said', async () => {
    await using receiver = await startReceiver();
    const process = run('ended', [receiver.url, 'exitLater']);
    await process.waitForLine(/^ready$/);
    expect(await process.stop('SIGTERM')).toEqual({ code: 7, signal: null });
    expect(lastStates(receiver, 'a')).toEqual(['stopped']);
  });

  it('ends at once where its own handler ends it at once', async () => {
    await using receiver = await startReceiver();
    const process = run('ended', [receiver.url, 'exitAtOnce']);
    await process.waitForLine(/^ready$/);
    expect(await process.stop('SIGINT')).toEqual({ code: 3, signal: null });
  });

  it('is back when its own handler keeps it alive and the agent works again', async () => {
    await using receiver = await startReceiver();
    const process = run('ended', [receiver.url, 'stay']);
    await process.waitForLine(/^ready$/);
    await receiver.request((request) => stateOf(request, 'a') === 'busy', 'the agent at work');
    process.signal('SIGINT');
    await receiver.request((request) => stateOf(request, 'a') === 'stopped', 'the goodbye');
    const said = receiver.requests.length;
    await receiver.request(
      (request) => receiver.requests.indexOf(request) >= said && stateOf(request, 'a') === 'busy',
      'the agent at work again',
    );
    await process.stop('SIGKILL');
  });

  it.each(['hang', 'die'] as const)(
    'is not held up for more than 2 s by an endpoint that would %s',
    async (how) => {
      const receiver = await startReceiver();
      if (how === 'hang') receiver.behave('hang');
      const process = run('ended', [receiver.url]);
      await process.waitForLine(/^ready$/);
      if (how === 'die') await receiver.die();
      const start = performance.now();
      expect(await process.stop('SIGTERM')).toEqual({ code: null, signal: 'SIGTERM' });
      expect(performance.now() - start).toBeLessThan(4_000);
      if (how === 'hang') await receiver.die();
    },
  );

  it('says goodbye although an export hangs', async () => {
    await using receiver = await startReceiver();
    receiver.behave('hang');
    const process = run('ended', [receiver.url, 'flushing']);
    await process.waitForLine(/^ready$/);
    await receiver.request((request) => stateOf(request, 'a') === 'busy', 'the export that hangs');
    receiver.behave('accept');
    expect(await process.stop('SIGTERM')).toEqual({ code: null, signal: 'SIGTERM' });
    expect(lastStates(receiver, 'a').at(-1)).toBe('stopped');
  });
});

describe('a process that has nothing more to do', () => {
  it('says goodbye and ends with its own exit code', async () => {
    await using receiver = await startReceiver();
    const process = run('finished', [receiver.url]);
    expect(await process.exited).toEqual({ code: 5, signal: null });
    expect(lastStates(receiver, 'a').at(-1)).toBe('stopped');
    expect(process.output).not.toContain('unhandled');
  });

  it("says goodbye by somebody else's OpenTelemetry, once", async () => {
    await using receiver = await startReceiver();
    const process = run('existing', [], {
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_TRACES_EXPORTER: 'none' },
    });
    await process.waitForLine(/^openTelemetry existing$/);
    expect(await process.exited).toEqual({ code: 0, signal: null });
    expect(lastStates(receiver, 'a')).toEqual(['stopped']);
  });

  it.each([
    ['hang', '100'],
    ['hang', '10000'],
    ['dead', '100'],
    ['dead', '10000'],
    ['pull', '100'],
  ] as const)('ends soon: %s, exports every %s ms', async (how, intervalMs) => {
    await using receiver = await startReceiver();
    if (how === 'hang') receiver.behave('hang');
    const process = run('finished', [
      how === 'dead' ? 'http://127.0.0.1:9' : receiver.url,
      how === 'pull' ? 'prometheus' : 'otlp',
      intervalMs,
    ]);
    const [, at] = await process.waitForLine(/^finished (\d+)$/);
    expect(await process.exited).toEqual({ code: 5, signal: null });
    expect(Date.now() - Number(at)).toBeLessThan(how === 'pull' ? 1_500 : 4_000);
    expect(process.output).not.toContain('unhandled');
  });
});
