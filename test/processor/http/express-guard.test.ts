import { createServer, request as httpRequest, type IncomingHttpHeaders, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import express from 'express';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  callerOf,
  expressGuard,
  guardIngest,
  hostRule,
  problem,
  sendProblem,
  Tokens,
} from '../../../src/processor/http/index.ts';

const operator = 'operator-0123456789';
const reader = 'read-0123456789';

/** Routes of each kind; says who asked. */
function app(tokens: Tokens) {
  const rules = { tokens, hosts: hostRule({ host: '127.0.0.1', port: 0 }) };
  const guard = expressGuard(() => rules);
  const application = express();
  application.get('/healthz', guard('public'), (_request, response) => {
    response.json({ ok: true });
  });
  application.get('/agents', guard('read'), (_request, response) => {
    response.json({ caller: callerOf(response) ?? null });
  });
  application.post('/pause', guard('operator'), express.json(), (request, response) => {
    response.json({ caller: callerOf(response) ?? null, body: request.body ?? null });
  });
  return application;
}

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: unknown;
}

/** Unlike fetch, sends the Host and the Origin that it is told to. */
function ask(server: Server, method: string, path: string, headers: Record<string, string>, body?: string) {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const { port } = server.address() as AddressInfo;
  const sent = httpRequest(
    { host: '127.0.0.1', port, method, path, headers, setHost: headers.host === undefined },
    (response) => {
      text(response).then((answer) => {
        const parsed: unknown = answer === '' ? null : JSON.parse(answer);
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: parsed });
      }, reject);
    },
  );
  sent.on('error', reject);
  sent.end(body);
  return promise;
}

async function listen(server: Server): Promise<Server> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  return server;
}

const urlOf = (server: Server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

let open: Server;
let closed: Server;
beforeAll(async () => {
  open = await listen(createServer(app(new Tokens([]))));
  closed = await listen(
    createServer(
      app(
        new Tokens([
          { name: 'ada', role: 'operator', token: operator },
          { name: 'grafana', role: 'read', token: reader },
        ]),
      ),
    ),
  );
});
afterAll(() => {
  open.close();
  closed.close();
});

describe('without tokens', () => {
  test('loopback is open to programs', async () => {
    const response = await fetch(`${urlOf(open)}/pause`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"until":null}',
    });
    expect([response.status, await response.json()]).toEqual([200, { caller: null, body: { until: null } }]);
  });

  test('a rebound page gets a problem, and nothing else', async () => {
    const { status, headers, body } = await ask(open, 'GET', '/agents', { host: 'evil.example' });
    expect(status).toBe(421);
    expect(headers).toMatchObject({
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
    expect(body).toEqual({
      type: 'about:blank',
      title: 'Misdirected Request',
      status: 421,
      detail: 'The Host evil.example is not served here: use 127.0.0.1:0 or localhost.',
    });
  });

  test('a page of another origin can not change anything, whatever it sends', async () => {
    const origin = 'http://evil.example';
    const form = { origin, 'content-type': 'application/x-www-form-urlencoded' };
    expect(await ask(open, 'POST', '/pause', form, 'until=1')).toMatchObject({ status: 403 });
    expect(await ask(open, 'POST', '/pause', { origin })).toMatchObject({ status: 403 });
    expect(
      await ask(open, 'POST', '/pause', { origin: 'null', 'content-type': 'text/plain' }, '{}'),
    ).toMatchObject({ status: 403 });
    expect(await ask(open, 'POST', '/pause', { 'sec-fetch-site': 'cross-site' })).toMatchObject({
      status: 403,
    });
  });

  test('the own page can', async () => {
    const headers = {
      origin: urlOf(open),
      'sec-fetch-site': 'same-origin',
      'content-type': 'application/json',
    };
    expect(await ask(open, 'POST', '/pause', headers, '{"a":1}')).toMatchObject({
      status: 200,
      body: { body: { a: 1 } },
    });
  });

  test('a body that is not JSON is 415, with what would do', async () => {
    expect(await ask(open, 'POST', '/pause', { 'content-type': 'text/plain' }, '{}')).toMatchObject({
      status: 415,
      headers: { accept: 'application/json' },
      body: { detail: 'The body must be application/json: current value is text/plain.' },
    });
  });

  test('a second Host is 400', async () => {
    const socket = connect((open.address() as AddressInfo).port, '127.0.0.1');
    socket.end('GET /agents HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n');
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 400 /);
  });
});

describe('with tokens', () => {
  test('loopback needs them as well', async () => {
    const anonymous = await ask(closed, 'GET', '/agents', {});
    expect(anonymous).toMatchObject({
      status: 401,
      headers: { 'www-authenticate': 'Bearer realm="agent-vitals"' },
    });
    const known = await ask(closed, 'GET', '/agents', { authorization: `Bearer ${reader}` });
    expect(known).toMatchObject({ status: 200, body: { caller: { name: 'grafana', role: 'read' } } });
  });

  test('reading does not mean changing', async () => {
    expect(await ask(closed, 'POST', '/pause', { authorization: `Bearer ${reader}` })).toMatchObject({
      status: 403,
    });
    expect(await ask(closed, 'POST', '/pause', { authorization: `Bearer ${operator}` })).toMatchObject({
      status: 200,
      body: { caller: { name: 'ada', role: 'operator' } },
    });
  });

  test('what is public stays so', async () => {
    expect(await ask(closed, 'GET', '/healthz', {})).toMatchObject({ status: 200 });
    expect(await ask(closed, 'GET', '/healthz', { host: 'evil.example' })).toMatchObject({ status: 421 });
  });

  test('HEAD gets the status without the body', async () => {
    expect(await ask(closed, 'HEAD', '/agents', {})).toMatchObject({ status: 401, body: null });
  });

  test('the next request on the same connection is not harmed by a refused body', async () => {
    const before = await fetch(`${urlOf(closed)}/pause`, { method: 'POST', body: 'x'.repeat(200_000) });
    expect(before.status).toBe(401);
    await before.text();
    const after = await fetch(`${urlOf(closed)}/agents`, { headers: { authorization: `Bearer ${reader}` } });
    expect(after.status).toBe(200);
  });
});

describe('on node:http itself', () => {
  const rules = {
    tokens: new Tokens([{ name: 'agents', role: 'ingest', token: 'ingest-0123456789' }]),
    hosts: hostRule({ host: '127.0.0.1', port: 0 }),
  };

  test('the guard is a function, and the problem the answer', async () => {
    await using server = await listen(
      createServer((request, response) => {
        const { refusal } = guardIngest(request, rules);
        if (refusal === undefined) response.end('{}');
        else sendProblem(response, refusal);
      }),
    );
    const headers = { 'content-type': 'application/x-protobuf', authorization: 'Bearer ingest-0123456789' };
    expect(await ask(server, 'POST', '/v1/metrics', headers, 'abc')).toMatchObject({ status: 200 });
    expect(await ask(server, 'POST', '/v1/metrics', { ...headers, authorization: '' }, 'abc')).toMatchObject({
      status: 401,
      body: { title: 'Unauthorized', status: 401 },
    });
  });

  test('an answer that has begun is broken off', async () => {
    await using server = await listen(
      createServer((_request, response) => {
        response.write('{"half":');
        sendProblem(response, problem(500, 'It broke.'));
      }),
    );
    await expect(ask(server, 'GET', '/', {})).rejects.toThrow();
  });
});
