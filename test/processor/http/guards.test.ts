import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { parseEndpoint } from '../../../src/processor/config/endpoint.ts';
import {
  type Access,
  guardIngest,
  guardRequest,
  hostRule,
  refuseForeignOrigin,
  Tokens,
} from '../../../src/processor/http/index.ts';

const bearer = {
  ingest: 'ingest-0123456789',
  read: 'read-0123456789',
  operator: 'operator-0123456789',
} as const;
const tokens = new Tokens(
  (['ingest', 'read', 'operator'] as const).map((role) => ({
    name: `the ${role}`,
    role,
    token: bearer[role],
  })),
);
const noTokens = new Tokens([]);
const loopback = hostRule(parseEndpoint('127.0.0.1:8080')!);
const everywhere = hostRule(parseEndpoint('0.0.0.0:8080')!);

type Headers = Readonly<Record<string, string>>;

/** A request as node:http hands it over, without a connection. */
function request(method: string, headers: Headers, encrypted = false): IncomingMessage {
  const message = new IncomingMessage(Object.assign(new Socket(), { encrypted }));
  message.method = method;
  const all = Object.entries({ host: '127.0.0.1:8080', ...headers });
  Object.assign(message, { rawHeaders: all.flat() });
  for (const [name, value] of all) {
    message.headers[name] = value;
    message.headersDistinct[name] = [value];
  }
  return message;
}

const statusOf = (
  method: string,
  headers: Headers,
  access: Access,
  rules = { tokens: noTokens, hosts: loopback },
) => guardRequest(request(method, headers), rules, access).refusal?.status ?? 200;

describe('Host', () => {
  test.for([
    ['localhost:8080', 200],
    ['127.0.0.1', 200],
    ['[::1]:9090', 200],
    ['evil.example', 421],
    ['evil.example:8080', 421],
    ['127.0.0.1.evil.example', 421],
    ['192.168.1.1:8080', 421],
    ['localhost, evil.example', 400],
    ['', 400],
  ] as const)('%j on loopback: %i', ([host, status]) => {
    for (const access of ['public', 'read', 'operator'] as const)
      expect(statusOf('GET', { host }, access)).toBe(status);
  });

  test('a token changes nothing on loopback', () => {
    const headers = { host: 'evil.example', authorization: `Bearer ${bearer.operator}` };
    expect(statusOf('GET', headers, 'read', { tokens, hosts: loopback })).toBe(421);
  });

  test.for([
    ['10.0.0.7:8080', {}, 'public', 200],
    ['processor:8080', {}, 'public', 421],
    ['processor:8080', { authorization: 'Bearer wrong-0123456789' }, 'read', 421],
    ['processor:8080', { authorization: `Bearer ${bearer.read}` }, 'read', 200],
  ] as const)('beyond loopback, %s with %j for %s: %i', ([host, headers, access, status]) => {
    expect(statusOf('GET', { host, ...headers }, access, { tokens, hosts: everywhere })).toBe(status);
  });

  test('the answer says which one is served', () => {
    const { refusal } = guardRequest(
      request('GET', { host: 'evil.example' }),
      { tokens, hosts: loopback },
      'public',
    );
    expect(refusal).toEqual({
      status: 421,
      title: 'Misdirected Request',
      detail: 'The Host evil.example is not served here: use 127.0.0.1:8080 or localhost.',
    });
  });
});

describe('a role', () => {
  const rules = { tokens, hosts: loopback };
  test.for([
    ['public', undefined, 200],
    ['read', undefined, 401],
    ['read', 'ingest', 403],
    ['read', 'read', 200],
    ['read', 'operator', 200],
    ['operator', undefined, 401],
    ['operator', 'ingest', 403],
    ['operator', 'read', 403],
    ['operator', 'operator', 200],
    ['ingest', undefined, 401],
    ['ingest', 'read', 403],
    ['ingest', 'operator', 403],
    ['ingest', 'ingest', 200],
  ] as const)('%s with a token of %s: %i', ([access, held, status]) => {
    const headers = held === undefined ? {} : { authorization: `Bearer ${bearer[held]}` };
    expect(statusOf('GET', headers, access, rules)).toBe(status);
  });

  test('is not needed where there are no tokens', () => {
    expect(statusOf('GET', {}, 'operator')).toBe(200);
    expect(statusOf('GET', { authorization: 'Bearer whatever' }, 'operator')).toBe(200);
  });

  test.for([
    [{}, 401, 'Bearer realm="agent-vitals"'],
    [{ authorization: 'Basic YTpi' }, 401, 'Bearer realm="agent-vitals"'],
    [{ authorization: 'Bearer wrong-0123456789' }, 401, 'Bearer realm="agent-vitals", error="invalid_token"'],
    [
      { authorization: `Bearer ${bearer.read}` },
      403,
      'Bearer realm="agent-vitals", error="insufficient_scope"',
    ],
  ] as const)('with %j the challenge is that of RFC 6750 to a %i', ([headers, status, challenge]) => {
    const { refusal } = guardRequest(request('GET', headers), rules, 'operator');
    expect(refusal?.status).toBe(status);
    expect(refusal?.headers).toEqual({ 'WWW-Authenticate': challenge });
    expect(JSON.stringify(refusal)).not.toContain('0123456789');
  });

  test('the caller is handed on', () => {
    const headers = { authorization: `Bearer ${bearer.operator}` };
    expect(guardRequest(request('GET', headers), rules, 'read')).toEqual({
      caller: { name: 'the operator', role: 'operator' },
    });
    expect(guardRequest(request('GET', {}), { tokens: noTokens, hosts: loopback }, 'read')).toEqual({
      caller: undefined,
    });
  });
});

describe('Origin', () => {
  const own = 'http://127.0.0.1:8080';
  test.for([
    [{}, 200],
    [{ origin: own }, 200],
    [{ origin: own, 'sec-fetch-site': 'same-origin' }, 200],
    [{ origin: 'https://127.0.0.1:8080', 'sec-fetch-site': 'same-origin' }, 200],
    [{ 'sec-fetch-site': 'same-origin' }, 200],
    [{ 'sec-fetch-site': 'none' }, 200],
    [{ host: 'localhost', origin: 'http://localhost' }, 200],
    [{ host: 'localhost:80', origin: 'http://localhost' }, 200],
    [{ host: 'LOCALHOST:8080', origin: 'http://localhost:8080' }, 200],
    [{ host: '[::1]:8080', origin: 'http://[::1]:8080' }, 200],
    [{ origin: 'https://127.0.0.1:8080' }, 403],
    [{ origin: 'http://127.0.0.1:8081' }, 403],
    [{ origin: 'http://localhost:8080' }, 403],
    [{ origin: 'http://evil.example' }, 403],
    [{ origin: 'http://127.0.0.1:8080.evil.example' }, 403],
    [{ origin: 'http://evil.example', 'sec-fetch-site': 'same-origin' }, 403],
    [{ origin: own, 'sec-fetch-site': 'cross-site' }, 403],
    [{ origin: own, 'sec-fetch-site': 'same-site' }, 403],
    [{ 'sec-fetch-site': 'cross-site' }, 403],
    [{ 'sec-fetch-site': 'something-new' }, 403],
    [{ origin: 'null' }, 403],
    [{ origin: 'null', 'sec-fetch-site': 'same-origin' }, 403],
    [{ host: 'localhost', origin: 'file://localhost', 'sec-fetch-site': 'same-origin' }, 403],
    [{ origin: '' }, 403],
    [{ origin: `${own}, ${own}` }, 403],
    [{ origin: 'file://' }, 403],
    [{ origin: 'chrome-extension://abcdefgh' }, 403],
  ] as const)('%j may change something: %i', ([headers, status]) => {
    expect(statusOf('POST', headers, 'operator')).toBe(status);
    expect(statusOf('DELETE', headers, 'operator')).toBe(status);
  });

  test.for(['GET', 'HEAD', 'OPTIONS'])('is not looked at for %s', (method) => {
    expect(statusOf(method, { origin: 'http://evil.example' }, 'read')).toBe(200);
  });

  test('has its scheme compared with the connection', () => {
    const over = (encrypted: boolean, origin: string) =>
      refuseForeignOrigin(request('POST', { host: 'vitals.example', origin }, encrypted))?.status;
    expect(over(true, 'https://vitals.example')).toBeUndefined();
    expect(over(true, 'http://vitals.example')).toBe(403);
    expect(over(false, 'https://vitals.example')).toBe(403);
  });
});

describe('the content type', () => {
  const body = { 'content-length': '2' };
  test.for([
    [{}, 200],
    [{ 'content-length': '0' }, 200],
    [{ ...body, 'content-type': 'application/json' }, 200],
    [{ ...body, 'content-type': 'Application/JSON; charset=UTF-8' }, 200],
    [{ ...body, 'content-type': 'application/json;charset="utf-8"' }, 200],
    [{ 'transfer-encoding': 'chunked', 'content-type': 'application/json' }, 200],
    [body, 415],
    [{ 'transfer-encoding': 'chunked' }, 415],
    [{ ...body, 'content-type': 'text/plain' }, 415],
    [{ ...body, 'content-type': 'application/x-www-form-urlencoded' }, 415],
    [{ ...body, 'content-type': 'multipart/form-data; boundary=x' }, 415],
    [{ ...body, 'content-type': 'application/jsonp' }, 415],
    [{ ...body, 'content-type': 'text/plain; a=application/json' }, 415],
    [{ ...body, 'content-type': 'application/json, text/plain' }, 415],
    [{ ...body, 'content-type': 'application/json; charset=latin1' }, 415],
    [{ ...body, 'content-type': '' }, 415],
    [{ 'content-length': '0', 'content-type': 'text/plain' }, 415],
  ] as const)('%j may change something: %i', ([headers, status]) => {
    expect(statusOf('POST', headers, 'operator')).toBe(status);
  });

  test('is not looked at where nothing changes', () => {
    expect(statusOf('GET', { 'content-type': 'text/plain', ...body }, 'read')).toBe(200);
  });
});

describe('telemetry', () => {
  const decide = (headers: Headers, rules = { tokens, hosts: loopback }) =>
    guardIngest(
      request('POST', { 'content-type': 'application/x-protobuf', 'content-length': '9', ...headers }),
      rules,
    ).refusal?.status ?? 200;
  const authorization = `Bearer ${bearer.ingest}`;

  test.for([
    [{ authorization }, 200],
    [{}, 401],
    [{ authorization: `Bearer ${bearer.operator}` }, 403],
    [{ authorization, origin: 'http://evil.example' }, 403],
    [{ authorization, host: 'evil.example' }, 421],
  ] as const)('with %j: %i', ([headers, status]) => {
    expect(decide(headers)).toBe(status);
  });

  test('needs nothing where there are no tokens, but a page may not send it', () => {
    const rules = { tokens: noTokens, hosts: loopback };
    expect(decide({}, rules)).toBe(200);
    expect(decide({ origin: 'http://evil.example' }, rules)).toBe(403);
    expect(decide({ host: 'evil.example' }, rules)).toBe(421);
  });
});

test('the first thing that is wrong is told: Host, role, Origin, content type', () => {
  const rules = { tokens, hosts: loopback };
  const wrong = { origin: 'null', 'content-type': 'text/plain', 'content-length': '3' };
  const operator = { authorization: `Bearer ${bearer.operator}` };
  expect(statusOf('POST', { ...wrong, host: 'evil.example' }, 'operator', rules)).toBe(421);
  expect(statusOf('POST', wrong, 'operator', rules)).toBe(401);
  expect(statusOf('POST', { ...wrong, ...operator }, 'operator', rules)).toBe(403);
  expect(
    statusOf('POST', { ...wrong, ...operator, origin: 'http://127.0.0.1:8080' }, 'operator', rules),
  ).toBe(415);
});
