import { connect } from 'node:net';
import { type AgentAnswer, statusPrecedence } from '@agent-vitals/contract';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Tokens } from '../../../../src/processor/http/index.ts';
import { openApiDocument } from '../../../../src/processor/out/rest/openapi.ts';
import { agentInfo } from '../../../support/fleet-view.ts';
import { expectToMatchSchema } from '../../../support/json-schema.ts';
import { epochMs, minute, Scenario, second } from '../../../support/observe.ts';
import { serveFleet } from '../../../support/serve-fleet.ts';

const readToken = 'a-token-that-may-read';
const operatorToken = 'a-token-that-may-change';
const ingestToken = 'a-token-that-may-send';
const someTokens = new Tokens([
  { name: 'grafana', role: 'read', token: readToken },
  { name: 'ops', role: 'operator', token: operatorToken },
  { name: 'agents', role: 'ingest', token: ingestToken },
]);

async function serve(scenario: Scenario, options: Parameters<typeof serveFleet>[1] = {}) {
  const served = await serveFleet(scenario, options);
  onTestFinished(() => expect(served.failures).toEqual([]));
  const json = async (path: string) => {
    const response = await served.get(path);
    expect(response.status).toBe(200);
    return response.json();
  };
  return { ...served, json };
}

let large: Scenario | undefined;

/** One for all who only read it. */
function largeFleet(): Scenario {
  if (large === undefined) {
    large = new Scenario();
    for (let index = 0; index < 50_000; index++) large.beat(`agent-${index}`);
  }
  return large;
}

function at(seconds: number): string {
  return new Date(epochMs + seconds * second).toISOString();
}

const answerSchema = openApiDocument('0') as {
  components: { schemas: Record<string, object> };
  paths: Record<string, Record<string, unknown>>;
};

function schemaOfAnswer(path: string): object {
  const operation = answerSchema.paths[path]?.get as {
    responses: Record<number, { content: Record<string, { schema: object }> }>;
  };
  return operation.responses[200]!.content['application/json']!.schema;
}

describe('GET /api/health/agent/{id}', () => {
  it('answers in the documented shape, null where nothing is known', async () => {
    const scenario = new Scenario();
    scenario.apply('worker', { signal: 'info', session: 's1', type: 'crawler' });
    scenario.pass(5 * second).beat('worker');
    const answer: AgentAnswer = await (await serve(scenario)).json('/api/health/agent/worker');
    expect(answer).toMatchObject({
      agent_id: 'worker',
      agent_name: null,
      status: 'idle',
      state: 'idle',
      session_id: 's1',
      type: 'crawler',
      success_rate: null,
      health_trend: null,
      availability: 1,
      health: { score: 1, level: 'healthy', factors: [{ name: 'availability', weight: 1 }] },
      metrics: { avg_execution_time: null, error_rate: null, recent_executions: 0 },
      exhausted: null,
      is_accessible: true,
      last_seen: at(5),
      heartbeat: { last: at(5), missed: 0, deadline: at(125) },
      created_at: at(0),
    });
    expectToMatchSchema(answer, answerSchema.components.schemas.Agent!, answerSchema);
  });

  it('has no score of an agent that is paused', async () => {
    const scenario = new Scenario().beat('worker').report('worker', 'paused');
    const answer = await (await serve(scenario)).json('/api/health/agent/worker');
    expect(answer.health).toEqual({ score: null, level: null, factors: [], cap: null });
  });

  it('tells all that is known', async () => {
    const scenario = new Scenario();
    scenario.beat('worker');
    scenario.apply('worker', {
      signal: 'info',
      info: agentInfo({
        name: 'Worker',
        description: 'works',
        version: '2',
        kind: 'agent',
        peers: ['other'],
        payloadClass: 'text',
        location: 'host-1',
        processId: 4711,
      }),
    });
    for (const [signal, value] of [
      ['heartbeatInterval', 10],
      ['confidence', 0.5],
      ['queueDepth', 3],
      ['processCpuUtilization', 0.1234],
      ['processMemoryUsage', 52_428_800],
      ['processThreadCount', 7],
      ['processFileDescriptorCount', 21],
    ] as const) {
      scenario.apply('worker', { signal, value, timeMs: epochMs });
    }
    scenario.report('worker', 'exhausted');
    scenario.epochGauge('worker', 'exhaustedRecoveryTime', 60 * second, {
      exhaustedReason: 'rate_limit',
      exhaustedScope: 'provider/team',
      recoverySource: 'header',
    });
    const answer: AgentAnswer = await (await serve(scenario)).json('/api/health/agent/worker');
    expect(answer).toMatchObject({
      agent_name: 'Worker',
      description: 'works',
      version: '2',
      kind: 'agent',
      peers: ['other'],
      payload_class: 'text',
      location: 'host-1',
      status: 'error',
      state: 'exhausted',
      reported_state: 'exhausted',
      conditions: ['exhausted'],
      confidence_score: 0.5,
      queue_depth: 3,
      heartbeat: { interval: 10 },
      resources: {
        cpu_percent: 12.3,
        memory_mb: 50,
        thread_count: 7,
        file_descriptors: 21,
        process_id: 4711,
      },
      exhausted: {
        reason: 'rate_limit',
        scope: 'provider/team',
        exhausted_at: at(0),
        recovery_at: at(60),
        recovery_source: 'header',
      },
    });
    expectToMatchSchema(answer, answerSchema.components.schemas.Agent!, answerSchema);
  });

  it.each([
    ['shop/crawler@host-1', 'shop%2Fcrawler%40host-1'],
    ['shop/crawler@host-1', 'shop/crawler@host-1'],
    ['a//b/', 'a%2F%2Fb%2F'],
    ['Bücher-📚', encodeURIComponent('Bücher-📚')],
    ['100%', '100%25'],
    ['a b?c#d', encodeURIComponent('a b?c#d')],
    ['pause', 'pause'],
  ])('finds %s at %s', async (id, path) => {
    const { json } = await serve(new Scenario().beat(id));
    expect((await json(`/api/health/agent/${path}`)).agent_id).toBe(id);
  });

  it.each([
    ['/api/health/agent/nobody', 404, 'There is no agent nobody.'],
    ['/api/health/agent/%zz', 400, 'The path must be correctly percent-encoded.'],
    ['/api/health/agent/%ff', 400, 'The path must be correctly percent-encoded.'],
    ['/api/health/agent/', 404, 'There is nothing at /api/health/agent/'],
    ['/api/nothing', 404, 'There is nothing at /api/nothing'],
    ['/nothing', 404, 'There is nothing at /nothing'],
    ['/src/web/app.ts', 404, 'There is nothing'],
    ['/api/health/agents?status=asleep', 400, 'must be one of active, idle, error'],
    ['/api/health/agents?limit=0', 400, 'from 1 to 1000'],
  ])('answers %s with problem %d', async (path, status, detail) => {
    const response = await (await serve(new Scenario())).get(path);
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
    const problem = await response.json();
    expect(problem).toMatchObject({ type: 'about:blank', status });
    expect(problem.detail).toContain(detail);
    expectToMatchSchema(problem, answerSchema.components.schemas.Problem!, answerSchema);
  });
});

describe('GET /api/health/agents', () => {
  it('lists with counts of the whole fleet', async () => {
    const scenario = new Scenario();
    for (const id of ['a', 'b', 'c']) scenario.beat(id);
    scenario
      .report('b', 'busy')
      .pass(2 * minute)
      .beat('c');
    const { json } = await serve(scenario);
    const answer = await json('/api/health/agents?status=offline');
    expect(answer.agents.map(({ agent_id }: AgentAnswer) => agent_id)).toEqual(['a', 'b']);
    expect(answer).toMatchObject({ total: 2, next_cursor: null, counts: { offline: 2, idle: 1, busy: 0 } });
    expect(Object.keys(answer.counts)).toEqual([...statusPrecedence]);
    expectToMatchSchema(answer, answerSchema.components.schemas.Agents!, answerSchema);
  });

  it('hands out cursors that work', async () => {
    const scenario = new Scenario();
    for (let index = 0; index < 5; index++) scenario.beat(`agent-${index}`);
    const { json } = await serve(scenario);
    const first = await json('/api/health/agents?limit=3');
    const second = await json(`/api/health/agents?limit=3&cursor=${first.next_cursor}`);
    const ids = [...first.agents, ...second.agents].map(({ agent_id }: AgentAnswer) => agent_id);
    expect(ids).toEqual(['agent-0', 'agent-1', 'agent-2', 'agent-3', 'agent-4']);
    expect(second.next_cursor).toBeNull();
  });

  it('spares the body when nothing has changed', async () => {
    const scenario = new Scenario().beat('a');
    const { get } = await serve(scenario);
    const etag = (await get('/api/health/agents')).headers.get('etag') ?? '';
    expect(etag).not.toBe('');
    const again = { headers: { 'if-none-match': etag, 'cache-control': 'max-age=0' } };
    expect((await get('/api/health/agents', again)).status).toBe(304);
    scenario.report('a', 'busy');
    expect((await get('/api/health/agents', again)).status).toBe(200);
  });

  it('answers others while it searches a large fleet', async () => {
    const { get } = await serve(largeFleet());
    const finished: string[] = [];
    const search = get('/api/health/agents?q=nobody-at-all').then(() => finished.push('search'));
    await Promise.all([search, get('/healthz').then(() => finished.push('probe'))]);
    expect(finished).toEqual(['probe', 'search']);
  });

  it('tells those who are too many to come back', async () => {
    const { get } = await serve(largeFleet());
    const answers = await Promise.all(
      Array.from({ length: 60 }, () => get('/api/health/agents?q=nobody-at-all')),
    );
    const refused = answers.filter(({ status }) => status === 503);
    expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(16);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused[0]?.headers.get('retry-after')).toBe('1');
    expect((await get('/api/health/agents?q=nobody-at-all')).status).toBe(200);
  });
});

describe('methods', () => {
  it.each([
    ['POST', '/api/health/agents', 'GET, HEAD'],
    ['DELETE', '/api/health/agent/a', 'GET, HEAD'],
    ['PUT', '/api/openapi.json', 'GET, HEAD'],
    ['POST', '/healthz', 'GET, HEAD'],
    ['POST', '/', 'GET, HEAD'],
    ['POST', '/metrics', 'GET, HEAD'],
    ['DELETE', '/login', 'GET, HEAD, POST'],
    ['GET', '/logout', 'POST'],
  ])('refuses %s %s', async (method, path, allow) => {
    const response = await (await serve(new Scenario())).get(path, { method });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe(allow);
    expect((await response.json()).detail).toContain(`must be one of ${allow}`);
  });

  it('answers HEAD without a body', async () => {
    const response = await (await serve(new Scenario())).get('/api/health/agents', { method: 'HEAD' });
    expect([response.status, await response.text()]).toEqual([200, '']);
  });

  it('answers what is no HTTP with a problem', async () => {
    const { url } = await serve(new Scenario());
    const answer = await new Promise<string>((resolve) => {
      let text = '';
      const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write('garbage\r\n\r\n'));
      socket.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      socket.on('close', () => resolve(text));
    });
    expect(answer).toContain('HTTP/1.1 400 Bad Request');
    expect(JSON.parse(answer.slice(answer.indexOf('{')))).toMatchObject({ status: 400 });
  });

  it('answers a failure of ours without its details', async () => {
    const scenario = new Scenario().beat('a');
    const broken = new Error('secret details');
    const { get, failures } = await serve(scenario, {
      metrics: () => {
        throw broken;
      },
    });
    const response = await get('/metrics');
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain('secret');
    expect(failures.splice(0)).toEqual([broken]);
  });
});

describe('probes', () => {
  it('are alive and ready, and say where', async () => {
    const { json } = await serve(new Scenario());
    expect(await json('/healthz')).toEqual({ status: 'alive' });
    const ready = await json('/readyz');
    expect(ready).toEqual({
      status: 'ready',
      listeners: { http: 'http://h', otlp_http: 'http://127.0.0.1:4318' },
      store: 'working',
    });
    expectToMatchSchema(ready, schemaOfAnswer('/readyz'), answerSchema);
  });

  it('say why not', async () => {
    const { get } = await serve(new Scenario(), {
      readiness: () => ({ isReady: false, reason: 'The processor is stopping.' }),
    });
    const response = await get('/readyz');
    expect(response.status).toBe(503);
    expect((await response.json()).detail).toBe('The processor is stopping.');
    expect((await get('/healthz')).status).toBe(200);
  });

  it('need no token', async () => {
    const { json } = await serve(new Scenario(), { tokens: someTokens });
    expect((await json('/healthz')).status).toBe('alive');
    expect((await json('/readyz')).status).toBe('ready');
  });
});

describe('security', () => {
  it('sets headers that allow nothing from elsewhere and nothing inline', async () => {
    const { get } = await serve(new Scenario());
    for (const path of ['/', '/app.js', '/api/health/agents', '/nothing']) {
      const { headers } = await get(path);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      const policy = headers.get('content-security-policy') ?? '';
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toContain('unsafe');
      expect(headers.has('x-powered-by')).toBe(false);
    }
  });

  it.each([
    ['/api/health/agents', undefined, 401],
    ['/api/health/agents', ingestToken, 403],
    ['/api/health/agents', readToken, 200],
    ['/api/health/agents', operatorToken, 200],
    ['/api/health/agents', 'some-token-of-nobody', 401],
    ['/api/openapi.json', undefined, 401],
    ['/api/nothing', undefined, 401],
    ['/metrics', undefined, 401],
    ['/metrics', readToken, 200],
    ['/', undefined, 200],
  ])('answers %s with token %s by %d', async (path, token, status) => {
    const { get } = await serve(new Scenario(), { tokens: someTokens });
    const headers: HeadersInit = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const response = await get(path, { headers });
    expect(response.status).toBe(status);
    if (status === 401) expect(response.headers.get('www-authenticate')).toContain('Bearer');
  });
});

describe('login', () => {
  const logIn = (url: string, token: unknown, headers: Record<string, string> = {}) =>
    fetch(`${url}/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ token }),
    });

  it.each([readToken, operatorToken])('exchanges %s for a cookie that opens and closes', async (token) => {
    const { url, get } = await serve(new Scenario(), { tokens: someTokens });
    const response = await logIn(url, token);
    expect(response.status).toBe(204);
    const cookie = response.headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(/; HttpOnly; SameSite=Strict; Max-Age=86400$/);
    expect(cookie).not.toContain(token);
    const headers = { cookie: cookie.split(';')[0] ?? '' };
    expect((await get('/api/health/agents', { headers })).status).toBe(200);
    expect((await get('/metrics', { headers })).status).toBe(200);

    const whose = await (await get('/login', { headers })).json();
    expect(whose).toEqual({ session: someTokens.authenticate(`Bearer ${token}`) });
    expectToMatchSchema(whose, schemaOfAnswer('/login'), answerSchema);
    const out = await get('/logout', {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
    });
    expect(out.status).toBe(204);
    expect(out.headers.get('set-cookie')).toContain('Max-Age=0');
    expect((await get('/api/health/agents', { headers })).status).toBe(401);
    expect(await (await get('/login', { headers })).json()).toEqual({ session: null });
  });

  it('ends after a day', async () => {
    const scenario = new Scenario();
    const { url, get } = await serve(scenario, { tokens: someTokens });
    const headers = { cookie: (await logIn(url, readToken)).headers.get('set-cookie')?.split(';')[0] ?? '' };
    scenario.nowMs = 24 * 60 * minute - 1;
    expect((await get('/api/health/agents', { headers })).status).toBe(200);
    scenario.nowMs += 1;
    expect((await get('/api/health/agents', { headers })).status).toBe(401);
  });

  it('does not let a cookie win over a wrong token', async () => {
    const { url, get } = await serve(new Scenario(), { tokens: someTokens });
    const cookie = (await logIn(url, readToken)).headers.get('set-cookie')?.split(';')[0] ?? '';
    const headers = { cookie, authorization: 'Bearer some-token-of-nobody' };
    expect((await get('/api/health/agents', { headers })).status).toBe(401);
  });

  it.each([
    ['an unknown token', 'some-token-of-nobody', {}, 401],
    ['a token that may only send', ingestToken, {}, 401],
    ['no token', undefined, {}, 400],
    ['a token that is no text', 7, {}, 400],
    ['another content type', readToken, { 'content-type': 'text/plain' }, 415],
    ['another origin', readToken, { origin: 'http://evil.example' }, 403],
    ['a long body', 'x'.repeat(10_000), {}, 413],
  ])('refuses %s', async (_what, token, headers, status) => {
    const { url } = await serve(new Scenario(), { tokens: someTokens });
    const response = await logIn(url, token, headers);
    expect(response.status).toBe(status);
    expect(response.headers.has('set-cookie')).toBe(false);
    expect(await response.json()).toMatchObject({ status });
  });

  it('refuses a body that is no JSON', async () => {
    const { get } = await serve(new Scenario(), { tokens: someTokens });
    const headers = { 'content-type': 'application/json' };
    const response = await get('/login', { method: 'POST', headers, body: '{"token":' });
    expect([response.status, (await response.json()).detail]).toEqual([400, 'The body must be JSON.']);
  });
});

describe('GET /api/openapi.json', () => {
  it('describes every path with every answer it gives', async () => {
    const document = await (await serve(new Scenario())).json('/api/openapi.json');
    expect(document.openapi).toBe('3.1.0');
    expect(document.info.version).toBe('1.2.3');
    expect(Object.keys(document.paths)).toEqual([
      '/api/health/agents',
      '/api/health/agent/{id}',
      '/api/health/agent/{id}/pause',
      '/api/health/agent/{id}/resume',
      '/api/health/agent/{id}/mute',
      '/api/health/agent/{id}/forget',
      '/api/health/transitions',
      '/api/health/sessions',
      '/api/health/sessions/stats',
      '/api/health/sessions/{id}',
      '/api/health/integrations',
      '/api/health/system',
      '/api/health/history/{type}',
      '/api/health/alerts',
      '/api/health/alerts/{id}/acknowledge',
      '/api/health/incidents',
      '/api/openapi.json',
      '/metrics',
      '/healthz',
      '/readyz',
      '/login',
      '/logout',
    ]);
  });

  it('gives every operation an id of its own', async () => {
    const document = await (await serve(new Scenario())).json('/api/openapi.json');
    const operations = Object.values(document.paths).flatMap((path) => Object.values(path as object));
    const ids = operations.map((operation: { operationId: string }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('refers to nothing that is not there', async () => {
    const document = await (await serve(new Scenario())).json('/api/openapi.json');
    const references = JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g);
    for (const [, name = ''] of references) expect(Object.keys(document.components.schemas)).toContain(name);
  });
});
