import type { AgentAnswer } from '@agent-vitals/contract';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Tokens } from '../../../../src/processor/http/index.ts';
import { openApiDocument } from '../../../../src/processor/out/rest/openapi.ts';
import { agentInfo } from '../../../support/fleet-view.ts';
import { expectToMatchSchema } from '../../../support/json-schema.ts';
import { epochMs, minute, Scenario, second } from '../../../support/observe.ts';
import { serveStoredFleet } from '../../../support/serve-store.ts';

const tokens = new Tokens([
  { name: 'grafana', role: 'read', token: 'a-token-that-may-read' },
  { name: 'ops', role: 'operator', token: 'a-token-that-may-change' },
  { name: 'agents', role: 'ingest', token: 'a-token-that-may-send' },
]);
const actions = ['pause', 'resume', 'mute', 'forget'] as const;

async function serve(scenario: Scenario, options: Parameters<typeof serveStoredFleet>[1] = {}) {
  const served = await serveStoredFleet(scenario, options);
  onTestFinished(() => expect(served.failures).toEqual([]));
  const post = (path: string, body?: unknown, headers: Record<string, string> = {}) =>
    served.get(`/api/health/agent/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
  const agent = async (path: string, body?: unknown): Promise<AgentAnswer> => {
    const response = await post(path, body);
    expect(response.status).toBe(200);
    const answer = (await response.json()) as AgentAnswer;
    const document = openApiDocument('0') as { components: { schemas: Record<string, object> } };
    expectToMatchSchema(answer, document.components.schemas.Agent!, document);
    return answer;
  };
  const refused = async (path: string, body?: unknown) => {
    const response = await post(path, body);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
    return [response.status, (await response.json()).detail];
  };
  return { ...served, post, agent, refused };
}

function at(ms: number): string {
  return new Date(epochMs + ms).toISOString();
}

describe('POST /api/health/agent/{id}/pause', () => {
  it('takes the agent out of judgement: its status stays, whatever time passes', async () => {
    const scenario = new Scenario().beat('worker').report('worker', 'busy');
    const { agent } = await serve(scenario);
    scenario.pass(10 * second);
    expect(await agent('worker/pause')).toMatchObject({
      state: 'busy',
      conditions: ['maintenance'],
      health: { score: null, level: null, factors: [] },
      heartbeat: { deadline: null },
    });
    scenario.pass(60 * minute, second * 30);
    expect(scenario.view('worker')).toMatchObject({ status: 'busy', conditions: ['maintenance'] });
  });

  it('does no harm when it is repeated, and each time is on record', async () => {
    const scenario = new Scenario().beat('worker');
    const { agent, auditLog, caused } = await serve(scenario);
    const first = await agent('worker/pause');
    scenario.pass(minute);
    expect((await agent('worker/pause')).conditions).toEqual(first.conditions);
    expect(caused).toEqual([]);
    expect((await auditLog()).map(({ atEpochMs }) => atEpochMs)).toEqual([epochMs, epochMs + minute]);
  });
});

describe('an action that is not on the disk yet', () => {
  it.each(['pause', 'resume', 'mute'])('%s is in effect, and answers so', async (action) => {
    const scenario = new Scenario().beat('worker');
    const { post } = await serve(scenario, { audit: () => Promise.resolve(false) });
    const response = await post(`worker/${action}`);
    expect(response.status).toBe(202);
    expect(await response.json()).toMatchObject({ agent_id: 'worker' });
  });

  it('forget is in effect, and answers so', async () => {
    const scenario = new Scenario().beat('worker');
    const { post } = await serve(scenario, { audit: () => Promise.resolve(false) });
    expect((await post('worker/forget')).status).toBe(202);
    expect(scenario.fleet.find('worker')).toBe(-1);
  });
});

describe('POST /api/health/agent/{id}/resume', () => {
  it('begins the lease afresh: nobody is offline for what happened in the pause', async () => {
    const scenario = new Scenario().beat('worker');
    const { agent } = await serve(scenario);
    await agent('worker/pause');
    scenario.pass(60 * minute);
    expect(await agent('worker/resume')).toMatchObject({
      state: 'idle',
      conditions: [],
      heartbeat: { missed: 0, deadline: at(62 * minute) },
    });
    scenario.take();
    scenario.pass(3 * minute);
    expect(scenario.take()).toEqual(['worker idle → offline @3720 lease_expired']);
  });

  it('lifts a mute, too', async () => {
    const scenario = new Scenario().beat('worker');
    const { agent } = await serve(scenario);
    await agent('worker/mute');
    await agent('worker/pause');
    expect(scenario.conditions('worker')).toEqual(['maintenance', 'muted']);
    expect((await agent('worker/resume')).conditions).toEqual([]);
  });

  it('does nothing to an agent that is neither paused nor muted', async () => {
    const scenario = new Scenario().beat('worker').pass(minute);
    const { agent, caused } = await serve(scenario);
    const deadline = at(2 * minute);
    expect(await agent('worker/resume')).toMatchObject({ state: 'idle', heartbeat: { deadline } });
    expect(caused).toEqual([]);
  });

  it('tells at once what it changes', async () => {
    const scenario = new Scenario().beat('worker').report('worker', 'busy');
    const { agent, caused, get } = await serve(scenario);
    await agent('worker/pause');
    scenario.report('worker', 'idle').pass(second);
    await agent('worker/resume');
    const { transitions } = await (await get('/api/health/transitions')).json();
    expect(transitions).toHaveLength(caused.length);
  });
});

describe('POST /api/health/agent/{id}/mute', () => {
  it('holds until the time that was said', async () => {
    const scenario = new Scenario().beat('worker').report('worker', 'paused');
    const { agent, auditLog } = await serve(scenario);
    expect((await agent('worker/mute', { until: at(10 * minute) })).conditions).toEqual(['muted']);
    scenario.pass(10 * minute - 1);
    expect(scenario.conditions('worker')).toEqual(['muted']);
    scenario.pass(1);
    expect(scenario.conditions('worker')).toEqual([]);
    expect((await auditLog())[0]?.detail).toEqual({ untilEpochMs: epochMs + 10 * minute });
  });

  it.each([
    ['no body', undefined],
    ['an empty one', {}],
    ['null', { until: null }],
  ])('holds until it is lifted with %s', async (_, body) => {
    const scenario = new Scenario().beat('worker').report('worker', 'paused');
    const { agent, auditLog } = await serve(scenario);
    expect((await agent('worker/mute', body)).conditions).toEqual(['muted']);
    scenario.pass(1_000 * minute);
    expect(scenario.conditions('worker')).toEqual(['muted']);
    expect((await auditLog())[0]?.detail).toEqual({ untilEpochMs: null });
  });

  it('takes the time that was said last', async () => {
    const scenario = new Scenario().beat('worker').report('worker', 'paused');
    const { agent } = await serve(scenario);
    await agent('worker/mute');
    await agent('worker/mute', { until: at(minute) });
    scenario.pass(minute);
    expect(scenario.conditions('worker')).toEqual([]);
  });

  it('reads times with an offset', async () => {
    const scenario = new Scenario().beat('worker').report('worker', 'paused');
    const { agent } = await serve(scenario);
    const until = at(2 * 60 * minute + minute).replace('Z', '+02:00');
    await agent('worker/mute', { until });
    scenario.pass(minute - 1);
    expect(scenario.conditions('worker')).toEqual(['muted']);
    scenario.pass(1);
    expect(scenario.conditions('worker')).toEqual([]);
  });

  it.each([
    [
      'a time that is past',
      { until: at(-1) },
      `Cannot mute as until must be in the future: current value is "${at(-1)}"`,
    ],
    ['now', { until: at(0) }, `Cannot mute as until must be in the future: current value is "${at(0)}"`],
    [
      'a number',
      { until: 5 },
      'Cannot use until as it must be a time such as 2030-01-31T12:00:00Z: current value is 5',
    ],
    [
      'a duration',
      { until: '2h' },
      'Cannot use until as it must be a time such as 2030-01-31T12:00:00Z: current value is "2h"',
    ],
    [
      'a day that no month has',
      { until: '2030-02-30T12:00:00Z' },
      'Cannot use until as it must be a time such as 2030-01-31T12:00:00Z: current value is "2030-02-30T12:00:00Z"',
    ],
    [
      'something else',
      { until: at(minute), why: 'deploy' },
      'Cannot mute as the body must hold until alone: current value has "why"',
    ],
    ['a list', [], 'Cannot mute as the body must be an object or nothing: current value is a list'],
    ['a text', '"soon"', 'The body must be JSON.'],
    ['half a body', '{"until":', 'The body must be JSON.'],
  ])('refuses %s and changes nothing', async (_, body, detail) => {
    const scenario = new Scenario().beat('worker');
    const { refused, auditLog } = await serve(scenario);
    expect(await refused('worker/mute', body)).toEqual([400, detail]);
    expect(scenario.conditions('worker')).toEqual([]);
    expect(await auditLog()).toEqual([]);
  });
});

describe('POST /api/health/agent/{id}/forget', () => {
  it('takes the agent away at once; what is older does not bring it back', async () => {
    const scenario = new Scenario()
      .beat('worker')
      .pass(10 * second)
      .beat('worker');
    const { get, post, refused } = await serve(scenario);
    const response = await post('worker/forget');
    expect([response.status, await response.text()]).toEqual([204, '']);
    expect((await get('/api/health/agent/worker')).status).toBe(404);
    scenario.pass(5 * second).beat('worker', { delayMs: 8 * second });
    expect(scenario.fleet.find('worker')).toBe(-1);
    scenario.beat('worker');
    expect(scenario.view('worker').status).toBe('idle');
    expect((await post('worker/forget')).status).toBe(204);
    expect(await refused('worker/forget')).toEqual([404, 'There is no agent worker.']);
  });

  it('refuses agents of the configuration, which would be back at the next start', async () => {
    const scenario = new Scenario();
    scenario.fleet.declare([{ id: 'night-shift', info: agentInfo() }], 0);
    const { refused, auditLog } = await serve(scenario);
    expect(await refused('night-shift/forget')).toEqual([
      409,
      'Cannot forget night-shift as it is expected by the configuration: remove it from agents first.',
    ]);
    expect(scenario.fleet.find('night-shift')).toBeGreaterThanOrEqual(0);
    expect(await auditLog()).toEqual([]);
  });
});

describe("an operator's request", () => {
  it.each([
    ['nobody', undefined, 401],
    ['an unknown token', 'a-token-that-nobody-has', 401],
    ['a token that may only send', 'a-token-that-may-send', 403],
    ['a token that may only read', 'a-token-that-may-read', 403],
    ['a token that may change', 'a-token-that-may-change', undefined],
  ])('of %s is answered by its role, each action alike', async (_, token, status) => {
    const scenario = new Scenario().beat('worker');
    const { post, auditLog } = await serve(scenario, { tokens });
    const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
    for (const action of actions) {
      const response = await post(`worker/${action}`, undefined, headers);
      expect(response.status).toBe(status ?? (action === 'forget' ? 204 : 200));
    }
    expect((await auditLog()).map(({ who, action }) => [who, action])).toEqual(
      status === undefined ? actions.map((action) => ['ops', action]) : [],
    );
    if (status !== undefined) expect(scenario.conditions('worker')).toEqual([]);
  });

  it("works with a session's cookie of the role, and only from the page itself", async () => {
    const scenario = new Scenario().beat('worker');
    const { url, post, get, auditLog } = await serve(scenario, { tokens });
    const login = await get('/login', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token: 'a-token-that-may-change' }),
    });
    const cookie = login.headers.get('set-cookie')?.split(';')[0] ?? '';
    const evil = { cookie, origin: 'http://evil.example' };
    expect((await post('worker/pause', undefined, evil)).status).toBe(403);
    expect(scenario.conditions('worker')).toEqual([]);
    expect((await post('worker/pause', undefined, { cookie, origin: url })).status).toBe(200);
    expect(await auditLog()).toMatchObject([{ who: 'ops', action: 'pause', subject: 'worker', detail: {} }]);
  });

  it.each([
    ['a form of another page', { origin: 'http://evil.example' }, 403],
    ['another site', { 'sec-fetch-site': 'cross-site' }, 403],
    ['text', { 'content-type': 'text/plain' }, 415],
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }, 415],
  ])('of %s is refused without tokens, too', async (_, headers, status) => {
    const scenario = new Scenario().beat('worker');
    const { post } = await serve(scenario);
    for (const action of actions) expect((await post(`worker/${action}`, '{}', headers)).status).toBe(status);
    expect(scenario.conditions('worker')).toEqual([]);
  });

  it('is answered only once it is on the disk', async () => {
    const scenario = new Scenario().beat('worker');
    const written = Promise.withResolvers<boolean>();
    const { post } = await serve(scenario, { audit: () => written.promise });
    let isAnswered = false;
    const answer = post('worker/pause').finally(() => {
      isAnswered = true;
    });
    await expect.poll(() => scenario.conditions('worker')).toEqual(['maintenance']);
    await new Promise((resolve) => setImmediate(resolve));
    expect(isAnswered).toBe(false);
    written.resolve(true);
    expect((await answer).status).toBe(200);
  });

  it.each(actions)('to %s nobody is refused', async (action) => {
    const { refused, auditLog } = await serve(new Scenario());
    expect(await refused(`nobody/${action}`)).toEqual([404, 'There is no agent nobody.']);
    expect(await auditLog()).toEqual([]);
  });

  it.each(['pause', 'resume', 'forget'])('to %s takes no body', async (action) => {
    const { refused, agent } = await serve(new Scenario().beat('worker'));
    expect(await refused(`worker/${action}`, { until: at(minute) })).toEqual([
      400,
      `Cannot ${action} as the body must hold nothing: current value has "until"`,
    ]);
    if (action !== 'forget') await agent(`worker/${action}`, {});
  });

  it('with a long body is refused', async () => {
    const { refused } = await serve(new Scenario().beat('worker'));
    expect(await refused('worker/mute', { until: 'x'.repeat(20_000) })).toEqual([413, expect.any(String)]);
  });

  it.each([
    ['shop/cart@host-1', 'shop/cart@host-1'],
    ['shop/cart@host-1', 'shop%2Fcart%40host-1'],
    ['a//b', 'a//b'],
    ['räuber ☂', encodeURIComponent('räuber ☂')],
    ['100 %', '100%20%25'],
    ['worker/pause', 'worker/pause'],
    ['pause', 'pause'],
  ])('finds %s as %s', async (id, path) => {
    const scenario = new Scenario().beat(id);
    const { agent, auditLog } = await serve(scenario);
    expect(await agent(`${path}/pause`)).toMatchObject({ agent_id: id, conditions: ['maintenance'] });
    expect((await auditLog())[0]?.subject).toBe(id);
  });

  it('leaves agents alone whose id ends like an action', async () => {
    const scenario = new Scenario().beat('worker').beat('worker/pause');
    const { get, post } = await serve(scenario);
    const asked = await get('/api/health/agent/worker/pause');
    expect(await asked.json()).toMatchObject({ agent_id: 'worker/pause', conditions: [] });
    expect((await get('/api/health/agent/worker/pause', { method: 'HEAD' })).status).toBe(200);
    expect((await get('/api/health/agent/worker/mute')).status).toBe(404);
    expect((await post('worker/pause/pause')).status).toBe(200);
    expect(scenario.conditions('worker')).toEqual([]);
    expect(scenario.conditions('worker/pause')).toEqual(['maintenance']);
  });

  it.each(['PUT', 'DELETE', 'PATCH'])('by %s is refused', async (method) => {
    const response = await (await serve(new Scenario().beat('a'))).get('/api/health/agent/a/pause', {
      method,
    });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD, POST']);
  });

  it('of a path that is no text is refused', async () => {
    const { refused } = await serve(new Scenario());
    expect(await refused('%E0%A4%A/pause')).toEqual([400, 'The path must be correctly percent-encoded.']);
  });
});
