import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { temporaryFolder } from '../support/folder.ts';
import { waitFor } from '../support/process.ts';
import { addressOf, agentVitals, freePorts, up } from '../support/processor.ts';

/** Begins a request that it never ends. */
async function hold(url: string, path: string): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  socket.on('error', () => {}); // it is cut off in the end
  await once(socket, 'connect');
  socket.write(
    `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{`,
  );
  return socket;
}

describe('a processor that is told to stop', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    'stops within 5 s by %s, though clients hold on',
    async (signal) => {
      const processor = up();
      const http = await addressOf(processor, 'http.endpoint');
      const otlp = await addressOf(processor, 'receivers.otlp.http.endpoint');
      const cutOff = [await hold(http, '/login'), await hold(otlp, '/v1/metrics')].map((socket) =>
        once(socket, 'close'),
      );
      await fetch(`${http}/healthz`); // its connection stays open for the next request
      const askedAt = performance.now();
      expect(await processor.stop(signal)).toEqual({ code: 0, signal: null });
      expect(performance.now() - askedAt).toBeLessThan(5_000);
      await Promise.all(cutOff);
      expect(processor.stderr).toMatch(new RegExp(`stopping reason=${signal}\n(.*\n)*.*stopped\n$`));
    },
  );

  it('says that it is not ready any more', async () => {
    const processor = up();
    const http = await addressOf(processor, 'http.endpoint');
    const socket = connect(Number(new URL(http).port), '127.0.0.1').setEncoding('utf8');
    onTestFinished(() => void socket.destroy());
    // The request is half there when the processor is told to stop: it still gets its answer.
    socket.write('GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\n');
    await fetch(`${http}/healthz`);
    processor.signal('SIGTERM');
    await processor.waitForLine(/stopping/);
    socket.write('\r\n');
    const [answer] = await once(socket, 'data');
    expect(answer).toContain('HTTP/1.1 503 ');
    expect(answer).toContain('The processor is stopping.');
    expect(await processor.exited).toEqual({ code: 0, signal: null });
  });

  it('goes on when asked to reload, and says that it cannot', async () => {
    const processor = up();
    const http = await addressOf(processor, 'http.endpoint');
    processor.signal('SIGHUP');
    await processor.waitForLine(/ warn +cannot reload as that is not built yet/);
    expect((await fetch(`${http}/readyz`)).status).toBe(200);
    expect(await processor.stop('SIGTERM')).toEqual({ code: 0, signal: null });
  });

  it('stops at once when told a second time', async () => {
    const processor = up();
    await hold(await addressOf(processor, 'http.endpoint'), '/login');
    processor.signal('SIGTERM');
    await processor.waitForLine(/stopping/);
    // What comes right after is the same wish, passed on by a terminal, npm or a supervisor.
    processor.signal('SIGTERM');
    await sleep(600);
    const askedAt = performance.now();
    processor.signal('SIGTERM');
    expect(await processor.exited).toEqual({ code: 143, signal: null });
    expect(performance.now() - askedAt).toBeLessThan(1_000);
    expect(processor.stderr).not.toContain('stopped');
  });

  it('stops when its parent dies without a word', async () => {
    const parent = spawn(process.execPath, [agentVitals, 'up'], {
      cwd: temporaryFolder(),
      env: { ...process.env, ...freePorts },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let log = '';
    parent.stderr.setEncoding('utf8').on('data', (text: string) => {
      log += text;
    });
    const letGo = once(parent.stderr, 'end');
    await waitFor(() => log.includes('ready'), { what: 'the processor ready' });
    parent.kill('SIGKILL');
    await letGo;
    expect(log).toMatch(/stopping reason="parent ended"\n(.*\n)*.*stopped\n$/);
  });
});
