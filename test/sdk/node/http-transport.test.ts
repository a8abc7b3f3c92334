import { Agent } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { HttpTransport } from '../../../src/sdk/node/http-transport.ts';
import { otlp } from '../../support/otlp.ts';
import { startReceiver } from './receiver.ts';

const body = Buffer.from(otlp.metricsRequest.encode(otlp.metricsRequest.create({})).finish());

function transportTo(url: string, compression: 'gzip' | 'none' = 'none'): HttpTransport {
  const transport = new HttpTransport({
    url: `${url}/v1/metrics`,
    headers: async () => ({ 'content-type': 'application/x-protobuf' }),
    compression,
    agentFactory: () => new Agent({ keepAlive: true }),
    userAgent: 'test',
  });
  onTestFinished(() => transport.shutdown());
  return transport;
}

describe('HttpTransport', () => {
  it('sends over one connection', async () => {
    await using receiver = await startReceiver();
    const transport = transportTo(receiver.url);
    expect(await transport.send(body, 1_000)).toMatchObject({ status: 'success' });
    expect(await transport.send(body, 1_000)).toMatchObject({ status: 'success' });
    expect(receiver.requests).toHaveLength(2);
    expect(receiver.connections).toBe(1);
  });

  it('compresses when it is told to', async () => {
    await using receiver = await startReceiver();
    await transportTo(receiver.url, 'gzip').send(body, 1_000);
    expect(receiver.requests[0]?.headers).toMatchObject({ 'content-encoding': 'gzip', 'user-agent': 'test' });
    expect(receiver.requests[0]?.metrics).toBeDefined();
  });

  it('uses a new connection at once where the receiver has closed the idle one', async () => {
    await using receiver = await startReceiver();
    const transport = transportTo(receiver.url);
    await transport.send(body, 5_000);
    await receiver.die();
    await receiver.revive();
    const start = performance.now();
    expect(await transport.send(body, 5_000)).toMatchObject({ status: 'success' });
    expect(performance.now() - start).toBeLessThan(700); // the first back-off is 800 ms at least
  });

  it('tries again while the receiver asks for it, when it says', async () => {
    await using receiver = await startReceiver();
    receiver.behave({ status: 503, retryAfter: '1' });
    const sent = transportTo(receiver.url).send(body, 10_000);
    await receiver.request(() => true, 'the first attempt');
    receiver.behave('accept');
    expect(await sent).toMatchObject({ status: 'success' });
    expect(receiver.requests).toHaveLength(2);
    expect(receiver.requests[1]!.atMs - receiver.requests[0]!.atMs).toBeGreaterThan(950);
  });

  it.each([['0'], ['Wed, 21 Oct 2015 07:28:00 GMT']])(
    'does not hammer a receiver whose Retry-After is %s',
    async (retryAfter) => {
      await using receiver = await startReceiver();
      receiver.behave({ status: 429, retryAfter });
      expect(await transportTo(receiver.url).send(body, 500)).toMatchObject({ status: 'retryable' });
      expect(receiver.requests).toHaveLength(1);
    },
  );

  it.each([
    ['another protocol', 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n'],
    ['a body without its end', 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab'],
    ['a promise of an answer', 'HTTP/1.1 100 Continue\r\n\r\n'],
    ['no HTTP', '\0\x01garbage\r\n\r\n'],
  ])('settles in time when it is answered by %s', async (_what, raw) => {
    await using receiver = await startReceiver();
    receiver.behave({ raw });
    const transport = transportTo(receiver.url);
    expect(await transport.send(body, 300)).not.toMatchObject({ status: 'success' });
    receiver.behave('accept');
    expect(await transport.send(body, 2_000)).toMatchObject({ status: 'success' });
  });

  it('does not try again what will be refused again, and says why', async () => {
    await using receiver = await startReceiver();
    receiver.behave({ status: 401 });
    const response = await transportTo(receiver.url).send(body, 5_000);
    expect(response).toMatchObject({ status: 'failure' });
    expect(response).toHaveProperty(
      'error.message',
      expect.stringContaining('answered 401 Unauthorized: no'),
    );
    expect(receiver.requests).toHaveLength(1);
  });

  it.each([
    ['hangs', 'hang' as const],
    ['asks to wait too long', { status: 429, retryAfter: '3600' }],
  ])('gives up in time when the receiver %s', async (_what, behavior) => {
    await using receiver = await startReceiver();
    receiver.behave(behavior);
    const start = performance.now();
    expect(await transportTo(receiver.url).send(body, 150)).toMatchObject({ status: 'retryable' });
    expect(performance.now() - start).toBeLessThan(1_500);
  });

  it('gives up in time when nobody is there', async () => {
    const receiver = await startReceiver();
    await receiver.die();
    expect(await transportTo(receiver.url).send(body, 150)).toMatchObject({ status: 'retryable' });
  });

  it('makes room soon when it is told to hurry', async () => {
    await using receiver = await startReceiver();
    receiver.behave('hang');
    const transport = transportTo(receiver.url);
    const sent = transport.send(body, 60_000);
    await receiver.request(() => true, 'the request');
    transport.hurry(10);
    expect(await sent).toMatchObject({ status: 'retryable' });
  });

  it('gives up what is under way at its end, and sends nothing after that', async () => {
    await using receiver = await startReceiver();
    receiver.behave('hang');
    const transport = transportTo(receiver.url);
    const sent = transport.send(body, 60_000);
    await receiver.request(() => true, 'the request');
    transport.shutdown();
    expect(await sent).not.toMatchObject({ status: 'success' });
    expect(await transport.send(body, 1_000)).toMatchObject({ status: 'failure' });
    expect(receiver.requests).toHaveLength(1);
  });
});
