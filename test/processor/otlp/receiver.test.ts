import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { createGzip, gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import {
  type OtlpHttpReceiver,
  type OtlpHttpReceiverOptions,
  pipelineOf,
  type ReceiverMetrics,
  startOtlpHttpReceiver,
} from '../../../src/processor/otlp/index.ts';
import {
  encodeOtlp,
  gaugeMetric,
  keyValues,
  metricsRequest,
  numberPoint,
  otlp,
  sumMetric,
} from '../../support/otlp.ts';
import { Recorder } from './recorded.ts';
import { jsonType, keptConnection, protobufType, send } from './send.ts';

const mebibyte = 2 ** 20;

class Counts implements ReceiverMetrics {
  items = 0;
  underWay = 0;
  finished = 0;
  decoded = 0;
  readonly rejections: Record<string, number> = {};

  received(items: number): void {
    this.items += items;
  }

  rejected(reason: string, count: number): void {
    this.rejections[reason] = (this.rejections[reason] ?? 0) + count;
  }

  requestStarted(): void {
    this.underWay++;
  }

  requestFinished(durationMs?: number): void {
    this.underWay--;
    this.finished++;
    if (durationMs !== undefined) this.decoded++;
  }
}

interface Started {
  receiver: OtlpHttpReceiver;
  url: string;
  recorder: Recorder;
  counts: Counts;
  warnings: string[];
  failures: unknown[];
}

const started: OtlpHttpReceiver[] = [];

afterEach(async () => {
  await Promise.all(started.splice(0).map((receiver) => receiver.close()));
});

async function start(options: Partial<OtlpHttpReceiverOptions> = {}): Promise<Started> {
  const recorder = new Recorder();
  const counts = new Counts();
  const warnings: string[] = [];
  const failures: unknown[] = [];
  const receiver = await startOtlpHttpReceiver({
    endpoint: { host: '127.0.0.1', port: 0 },
    sink: recorder,
    metrics: counts,
    log: { warn: (message) => warnings.push(message) },
    onFailure: (error) => failures.push(error),
    ...options,
  });
  started.push(receiver);
  return { receiver, url: receiver.url, recorder, counts, warnings, failures };
}

const agent = { 'vitals.agent.id': 'crawler-7' };
const good = metricsRequest(agent, [sumMetric('vitals.agent.heartbeats', [numberPoint(3)])]);
const goodBytes = encodeOtlp(otlp.metricsRequest, good);
const bad = metricsRequest({}, [sumMetric('vitals.agent.heartbeats', [numberPoint(3), numberPoint(4)])]);

function statusOf(body: Buffer) {
  const { code, message, details } = otlp.status.decode(body) as unknown as {
    code: number;
    message: string;
    details: { typeUrl: string; value: Uint8Array }[];
  };
  return { code, message, details };
}

describe('a request', () => {
  it.each(['metrics', 'traces', 'logs'])('of %s is taken, in protobuf and JSON', async (signal) => {
    const { url, recorder } = await start();
    const path = `/v1/${signal}?from=test`;
    const protobuf = await send(url, { path });
    expect([protobuf.status, protobuf.headers['content-type'], protobuf.body.length]).toEqual([
      200,
      'application/x-protobuf',
      0,
    ]);
    const json = await send(url, {
      path,
      headers: { 'Content-Type': 'Application/JSON; charset=utf-8' },
      body: '{}',
    });
    expect([json.status, json.headers['content-type'], json.body.toString()]).toEqual([
      200,
      'application/json',
      '{}',
    ]);
    expect(recorder.observed).toEqual([]);
    expect(recorder.heardFrom).toEqual(['otlp/http:127.0.0.1', 'otlp/http:127.0.0.1']);
  });

  it.each([
    ['as it is', {}, goodBytes, 1],
    ['as it is, and says so', { 'Content-Encoding': 'identity' }, goodBytes, 1],
    ['gzipped', { 'Content-Encoding': 'gzip' }, gzipSync(goodBytes), 1],
    [
      'gzipped in two members, which protobuf merges',
      { 'Content-Encoding': 'GZIP' },
      Buffer.concat([gzipSync(goodBytes), gzipSync(goodBytes)]),
      2,
    ],
  ])('is observed %s', async (_, headers, body, times) => {
    const { url, recorder, counts } = await start();
    const { status } = await send(url, { headers: { ...protobufType, ...headers }, body });
    expect(status).toBe(200);
    expect(recorder.observed).toHaveLength(times);
    expect(recorder.observed[0]).toMatchObject({
      id: 'crawler-7',
      value: 3,
      pipeline: 'otlp/http:127.0.0.1',
    });
    expect(counts).toMatchObject({ items: times, underWay: 0, finished: 1, decoded: 1, rejections: {} });
  });

  it('is observed in chunks of any size, and when the sender asks first', async () => {
    const { url, recorder } = await start();
    expect((await send(url, { body: goodBytes, chunked: true })).status).toBe(200);
    const headers = { ...protobufType, Expect: '100-continue', 'Content-Length': String(goodBytes.length) };
    const asking = request(`${url}/v1/metrics`, { method: 'POST', headers });
    asking.flushHeaders();
    await once(asking, 'continue');
    asking.end(goodBytes);
    const [response] = await once(asking, 'response');
    expect(response.statusCode).toBe(200);
    response.resume();
    expect(recorder.observed).toHaveLength(2);
  });

  it('is told what of it was rejected, in its own encoding', async () => {
    const { url, counts, warnings } = await start();
    const message =
      'Rejected 2 of 2: 2 × no vitals.agent.id, gen_ai.agent.id or service.name on the point or its resource.';
    const protobuf = await send(url, { body: encodeOtlp(otlp.metricsRequest, bad) });
    expect(protobuf.status).toBe(200);
    const decoded = otlp.metricsResponse.toObject(otlp.metricsResponse.decode(protobuf.body), {
      longs: Number,
    });
    expect(decoded).toEqual({ partialSuccess: { rejectedDataPoints: 2, errorMessage: message } });
    const json = await send(url, { headers: jsonType, body: JSON.stringify(bad) });
    expect(json.status).toBe(200);
    expect(JSON.parse(json.body.toString())).toEqual({
      partialSuccess: { rejectedDataPoints: '2', errorMessage: message },
    });
    expect(counts.rejections).toEqual({ id_missing: 4 });
    expect(warnings).toEqual([`otlp/http:127.0.0.1: ${message}`]);
  });

  it('is told about spans and log records by their names', async () => {
    const { url } = await start();
    const attributes = keyValues({ 'vitals.agent.id': 'x'.repeat(257) });
    const traces = { resourceSpans: [{ scopeSpans: [{ spans: [{ attributes }] }] }] };
    const logs = { resourceLogs: [{ scopeLogs: [{ logRecords: [{ attributes }] }] }] };
    const answers = await Promise.all([
      send(url, { path: '/v1/traces', headers: jsonType, body: JSON.stringify(traces) }),
      send(url, { path: '/v1/logs', headers: jsonType, body: JSON.stringify(logs) }),
      send(url, { path: '/v1/logs', body: encodeOtlp(otlp.logsRequest, logs) }),
    ]);
    const [spans, records] = answers.map(({ body }) => body.toString());
    expect(JSON.parse(spans!)).toMatchObject({ partialSuccess: { rejectedSpans: '1' } });
    expect(JSON.parse(records!)).toMatchObject({ partialSuccess: { rejectedLogRecords: '1' } });
    const decoded = otlp.logsResponse.toObject(otlp.logsResponse.decode(answers[2]!.body), { longs: Number });
    expect(decoded).toMatchObject({ partialSuccess: { rejectedLogRecords: 1 } });
  });
});

describe('a request is refused', () => {
  const cases: [
    why: string,
    options: Parameters<typeof send>[1],
    status: number,
    code: number,
    message: RegExp,
  ][] = [
    [
      'at another path',
      { path: '/v1/profiles' },
      404,
      5,
      /must be one of \/v1\/metrics, \/v1\/traces, \/v1\/logs/,
    ],
    ['by another method', { method: 'PUT' }, 405, 12, /PUT as the method must be POST/],
    [
      'packed otherwise',
      { headers: { ...protobufType, 'Content-Encoding': 'zstd' } },
      415,
      3,
      /gzip or identity: current value is zstd/,
    ],
    [
      'packed twice',
      { headers: { ...protobufType, 'Content-Encoding': 'gzip, gzip' } },
      415,
      3,
      /gzip or identity/,
    ],
    ['as garbage', { body: 'this is no protobuf' }, 400, 3, /malformed/],
    ['cut off', { body: goodBytes.subarray(0, -1) }, 400, 3, /malformed: a field is longer/],
    [
      'as gzip that is none',
      { headers: { ...protobufType, 'Content-Encoding': 'gzip' }, body: goodBytes },
      400,
      3,
      /not gzip/,
    ],
    [
      'as gzip cut off',
      { headers: { ...protobufType, 'Content-Encoding': 'gzip' }, body: gzipSync(goodBytes).subarray(0, -9) },
      400,
      3,
      /not gzip/,
    ],
    ['as nothing gzipped', { headers: { ...protobufType, 'Content-Encoding': 'gzip' } }, 400, 3, /not gzip/],
    [
      'too large',
      { body: Buffer.alloc(4_097) },
      413,
      8,
      /at most 4096 bytes \(receivers\.otlp\.http\.max_body\)/,
    ],
    ['too large in chunks', { body: Buffer.alloc(40_000), chunked: true }, 413, 8, /at most 4096 bytes/],
    [
      'too large inflated',
      { headers: { ...protobufType, 'Content-Encoding': 'gzip' }, body: gzipSync(Buffer.alloc(8_193)) },
      413,
      8,
      /at most 8192 bytes \(receivers\.otlp\.http\.max_inflated\)/,
    ],
  ];

  it.each(cases)('%s, and the connection goes on', async (_, options, status, code, message) => {
    const { url, recorder, counts } = await start({ maxBodyBytes: 4_096, maxInflatedBytes: 8_192 });
    const connection = keptConnection();
    const refused = await send(url, { ...options, agent: connection });
    expect(refused.status).toBe(status);
    expect(refused.headers['content-type']).toBe('application/x-protobuf');
    expect(statusOf(refused.body)).toMatchObject({ code, message: expect.stringMatching(message) });
    expect(recorder.observed).toEqual([]);
    expect(Object.values(counts.rejections)).toEqual([1]);

    const next = await send(url, { body: goodBytes, agent: connection });
    expect([next.status, next.localPort]).toEqual([200, refused.localPort]);
    expect(recorder.observed).toHaveLength(1);
    expect(counts.underWay).toBe(0);
    connection.destroy();
  });

  it.each([
    ['without a content type', {}],
    ['with that of a form', { 'Content-Type': 'application/x-www-form-urlencoded' }],
  ])('%s, which a person reads as JSON', async (_, headers) => {
    const { url } = await start();
    const answer = await send(url, { headers, body: 'a=b' });
    expect([answer.status, answer.headers['content-type'], answer.headers.accept]).toEqual([
      415,
      'application/json',
      'application/x-protobuf, application/json',
    ]);
    expect(JSON.parse(answer.body.toString())).toMatchObject({ code: 3, message: /Content-Type must be/ });
  });

  it('with what is wrong with it among the details', async () => {
    const { url } = await start();
    const protobuf = await send(url, { body: '\u0002' });
    const { message, details } = statusOf(protobuf.body);
    expect(details.map(({ typeUrl }) => typeUrl)).toEqual(['type.googleapis.com/google.rpc.BadRequest']);
    const badRequest = otlp.badRequest.toObject(otlp.badRequest.decode(details[0]!.value));
    expect(badRequest).toEqual({ fieldViolations: [{ field: 'body', description: message }] });
    const json = await send(url, { headers: jsonType, body: '{"resourceMetrics":1}' });
    expect([json.status, JSON.parse(json.body.toString())]).toEqual([
      400,
      {
        code: 3,
        message: expect.stringContaining('request.resourceMetrics must be a list'),
        details: [
          {
            '@type': 'type.googleapis.com/google.rpc.BadRequest',
            fieldViolations: [{ field: 'body', description: expect.stringContaining('must be a list') }],
          },
        ],
      },
    ]);
  });

  it('before its body is asked for', async () => {
    const { url } = await start({ maxBodyBytes: 10 });
    const headers = { ...protobufType, Expect: '100-continue', 'Content-Length': '11' };
    const asking = request(`${url}/v1/metrics`, { method: 'POST', headers });
    asking.flushHeaders();
    const wasTold = await Promise.race([
      once(asking, 'continue').then(() => 'to go on'),
      once(asking, 'response').then(([response]) => [response.statusCode, response.headers.connection]),
    ]);
    expect(wasTold).toEqual([413, 'close']);
    asking.destroy();
  });

  it('with the headers of HTTP that go with it', async () => {
    const { url } = await start();
    expect((await send(url, { method: 'GET' })).headers.allow).toBe('POST');
    const packed = await send(url, { headers: { ...protobufType, 'Content-Encoding': 'br' } });
    expect(packed.headers['accept-encoding']).toBe('gzip');
  });

  it('by who decides, and its way in is named by who decides', async () => {
    const { url, recorder, counts } = await start({
      authorize: (incoming) =>
        incoming.headers.authorization === 'Bearer right'
          ? { allowed: true, pipeline: pipelineOf(incoming, 'fleet-a') }
          : {
              allowed: false,
              status: 401,
              message: 'Who are you?',
              headers: { 'WWW-Authenticate': 'Bearer' },
            },
    });
    const refused = await send(url, { body: goodBytes });
    expect([refused.status, refused.headers['www-authenticate']]).toEqual([401, 'Bearer']);
    expect(statusOf(refused.body)).toMatchObject({ code: 16, message: 'Who are you?' });
    const taken = await send(url, {
      body: goodBytes,
      headers: { ...protobufType, Authorization: 'Bearer right' },
    });
    expect(taken.status).toBe(200);
    expect(recorder.observed.map(({ pipeline }) => pipeline)).toEqual(['otlp/http:fleet-a']);
    expect(recorder.heardFrom).toEqual(['otlp/http:fleet-a']);
    expect(counts.rejections).toEqual({ unauthorized: 1 });
  });

  it('when too many are under way, to come again', async () => {
    const { url, receiver, counts } = await start({ maxRequests: 1 });
    const slow = request(`${url}/v1/metrics`, { method: 'POST', headers: protobufType });
    slow.write(goodBytes.subarray(0, 4));
    await expect.poll(() => receiver.requestsUnderWay).toBe(1);
    const refused = await send(url, { body: goodBytes });
    expect([refused.status, refused.headers['retry-after'], statusOf(refused.body).code]).toEqual([
      503,
      '1',
      14,
    ]);
    slow.end(goodBytes.subarray(4));
    const [response] = await once(slow, 'response');
    expect(response.statusCode).toBe(200);
    response.resume();
    expect((await send(url, { body: goodBytes })).status).toBe(200);
    expect(counts.rejections).toEqual({ overloaded: 1 });
  });

  it('when bodies take too much memory together, to come again', async () => {
    const { url, counts } = await start({ maxBufferedBytes: 10_000 });
    expect((await send(url, { body: Buffer.alloc(10_001) })).status).toBe(503);
    const packed = gzipSync(Buffer.alloc(300_000));
    expect(
      (await send(url, { headers: { ...protobufType, 'Content-Encoding': 'gzip' }, body: packed })).status,
    ).toBe(503);
    expect((await send(url, { body: goodBytes })).status).toBe(200);
    expect(counts.rejections).toEqual({ overloaded: 2 });
  });

  it('never for the memory of requests that are over', async () => {
    const { url, counts } = await start({ maxBufferedBytes: 10_000, maxBodyBytes: 9_000 });
    const gzipped = { ...protobufType, 'Content-Encoding': 'gzip' };
    for (let i = 0; i < 4; i++) {
      expect((await send(url, { body: Buffer.alloc(8_000) })).status).toBe(400);
      expect((await send(url, { body: Buffer.alloc(9_001), chunked: true })).status).toBe(413);
      expect((await send(url, { headers: gzipped, body: gzipSync(Buffer.alloc(9_000)) })).status).toBe(400);
      expect((await send(url, { headers: gzipped, body: gzipSync(Buffer.alloc(400_000)) })).status).toBe(503);
      expect((await send(url, { body: goodBytes })).status).toBe(200);
    }
    expect(counts.rejections).toEqual({ malformed: 8, too_large: 4, overloaded: 4 });
  });

  it('and the log tells of each kind once', async () => {
    const { url, counts, warnings } = await start();
    for (let i = 0; i < 5; i++) {
      await send(url, { body: '\u0002' });
      await send(url, { path: '/' });
    }
    expect(counts.rejections).toEqual({ malformed: 5, unknown_path: 5 });
    expect(warnings).toHaveLength(2);
  });
});

describe('a bomb', () => {
  it('of 100 MiB is not inflated beyond the limit, nor kept in memory', async () => {
    const { url, recorder, counts } = await start();
    const gzip = createGzip();
    const chunks: Buffer[] = [];
    gzip.on('data', (chunk: Buffer) => chunks.push(chunk));
    const zeroes = Buffer.alloc(mebibyte);
    for (let i = 0; i < 100; i++) if (!gzip.write(zeroes)) await once(gzip, 'drain');
    gzip.end();
    await once(gzip, 'end');
    const bomb = Buffer.concat(chunks);
    expect(bomb.length).toBeLessThan(200 * 1024);

    const before = process.memoryUsage().rss;
    let highest = before;
    const watch = setInterval(() => {
      highest = Math.max(highest, process.memoryUsage().rss);
    }, 5);
    const limited = await start({ maxInflatedBytes: 8 * mebibyte });
    for (let i = 0; i < 3; i++) {
      const headers = { ...protobufType, 'Content-Encoding': 'gzip' };
      expect((await send(limited.url, { headers, body: bomb })).status).toBe(413);
    }
    clearInterval(watch);
    expect(highest - before).toBeLessThan(64 * mebibyte);
    expect(limited.counts.rejections).toEqual({ too_large: 3 });

    const headers = { ...jsonType, 'Content-Encoding': 'gzip' };
    const asJson = await send(url, { headers, body: bomb });
    expect(asJson.status).toBe(413);
    expect(JSON.parse(asJson.body.toString()).message).toContain('at most 20971520 bytes as JSON');
    expect((await send(url, { body: goodBytes })).status).toBe(200);
    expect(recorder.observed).toHaveLength(1);
    expect(counts.rejections).toEqual({ too_large: 1 });
  }, 30_000);
});

describe('a sender', () => {
  it('that is too slow is cut off', async () => {
    const { url, receiver, counts } = await start({ requestTimeoutMs: 200 });
    const socket = connect(receiver.address.port, '127.0.0.1');
    socket.write(
      'POST /v1/metrics HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-protobuf\r\nContent-Length: 99\r\n\r\nab',
    );
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk.toString();
    });
    await once(socket, 'close');
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    await expect.poll(() => counts.underWay).toBe(0);
    expect(counts.rejections).toMatchObject({ too_slow: 1 });
    expect((await send(url, { body: goodBytes })).status).toBe(200);
  });

  it('that speaks no HTTP is told so', async () => {
    const { receiver, counts } = await start();
    const socket = connect(receiver.address.port, '127.0.0.1');
    socket.write('\u0016\u0003\u0001 this is TLS\r\n\r\n');
    const [answer] = await once(socket, 'data');
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 400 /);
    expect(counts.rejections).toEqual({ malformed_http: 1 });
    socket.destroy();
  });

  it('that goes away leaves nothing behind', async () => {
    const { url, receiver, counts, recorder } = await start();
    const leaving = request(`${url}/v1/metrics`, { method: 'POST', headers: protobufType });
    leaving.on('error', () => {});
    leaving.write(goodBytes.subarray(0, 4));
    await expect.poll(() => receiver.requestsUnderWay).toBe(1);
    leaving.destroy();
    await expect.poll(() => receiver.requestsUnderWay).toBe(0);
    expect(recorder.observed).toEqual([]);
    expect(counts).toMatchObject({ underWay: 0, finished: 1, decoded: 0 });
    expect(counts.rejections).toMatchObject({ sender_gone: 1 });
  });
});

describe('the receiver', () => {
  it('goes on when what takes observations fails', async () => {
    let fails = true;
    const recorder = new Recorder();
    const sink = {
      observe: (observation: Parameters<Recorder['observe']>[0]) => {
        if (fails) throw new TypeError('a mistake');
        recorder.observe(observation);
      },
    };
    const { url, failures, counts } = await start({ sink });
    const failed = await send(url, { body: goodBytes });
    expect([failed.status, statusOf(failed.body).code]).toEqual([500, 13]);
    expect(failures).toHaveLength(1);
    fails = false;
    expect((await send(url, { body: goodBytes })).status).toBe(200);
    expect(recorder.observed).toHaveLength(1);
    expect(counts.rejections).toEqual({ failed: 1 });
  });

  it('says which key to change where its port is taken', async () => {
    const { receiver } = await start();
    const { port } = receiver.address;
    await expect(
      startOtlpHttpReceiver({ endpoint: { host: '127.0.0.1', port }, sink: new Recorder() }),
    ).rejects.toThrow(
      new RegExp(
        `Cannot listen on 127\\.0\\.0\\.1:${port} .*4317 and 4318.*receivers\\.otlp\\.http\\.endpoint`,
      ),
    );
  });

  it('ends what is under way before it closes, and takes nothing new', async () => {
    const { receiver, url, recorder } = await start({ closeTimeoutMs: 60_000 });
    const connection = keptConnection();
    await send(url, { body: goodBytes, agent: connection });
    const slow = request(`${url}/v1/metrics`, { method: 'POST', headers: protobufType });
    slow.write(goodBytes.subarray(0, 4));
    await expect.poll(() => receiver.requestsUnderWay).toBe(1);
    const closed = receiver.close();
    await expect(send(url, { body: goodBytes })).rejects.toThrow(/ECONNREFUSED/);
    slow.end(goodBytes.subarray(4));
    const [response] = await once(slow, 'response');
    expect(response.statusCode).toBe(200);
    response.resume();
    await closed;
    expect(recorder.observed).toHaveLength(2);
    connection.destroy();
  });

  it('cuts off what does not end', async () => {
    const { receiver, url } = await start({ closeTimeoutMs: 50 });
    const endless = request(`${url}/v1/metrics`, { method: 'POST', headers: protobufType });
    const broken = once(endless, 'error');
    endless.write(goodBytes.subarray(0, 4));
    await expect.poll(() => receiver.requestsUnderWay).toBe(1);
    await receiver.close();
    await broken;
    await receiver.close();
  });

  it('takes many requests at once, each whole', async () => {
    const { url, recorder, counts } = await start();
    const points = Array.from({ length: 200 }, (_, i) => numberPoint(i));
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, i) => {
        const request = metricsRequest({ 'vitals.agent.id': `agent-${i}` }, [
          gaugeMetric('vitals.agent.confidence', points),
        ]);
        const body = i % 5 === 0 ? Buffer.from('broken') : encodeOtlp(otlp.metricsRequest, request);
        const gzipped = i % 2 === 0;
        const headers = gzipped ? { ...protobufType, 'Content-Encoding': 'gzip' } : protobufType;
        return send(url, { headers, body: gzipped ? gzipSync(body) : body });
      }),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(40);
    expect(answers.filter(({ status }) => status === 400)).toHaveLength(10);
    expect(recorder.observed).toHaveLength(40 * 200);
    expect(counts).toMatchObject({ items: 40 * 200, underWay: 0, finished: 50, decoded: 40 });
  });
});
