import type { AlertAnswer, IncidentsAnswer } from '@agent-vitals/contract';
import { describe, expect, it, onTestFinished } from 'vitest';
import { alertSettingsOf } from '../../../../src/core/index.ts';
import { Tokens } from '../../../../src/processor/http/index.ts';
import { openApiDocument } from '../../../../src/processor/out/rest/openapi.ts';
import { StoreError } from '../../../../src/processor/store/index.ts';
import { firingAlert } from '../../../support/alerts.ts';
import { expectToMatchSchema } from '../../../support/json-schema.ts';
import { epochMs, minute, second } from '../../../support/observe.ts';
import { serveFleet } from '../../../support/serve-fleet.ts';
import { AlertRig } from '../../alerts/rig.ts';

const document = openApiDocument('0') as { components: { schemas: Record<string, object> } };
const path = '/api/health/alerts';
const post = (body?: unknown, headers: Record<string, string> = {}): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', ...headers },
  ...(body === undefined ? {} : { body: JSON.stringify(body) }),
});

/** Two agents are dead, one lives, and the machines are busy. */
function troubled(): AlertRig {
  const rig = new AlertRig();
  rig.usage.cpuUtilization = 0.85;
  rig
    .apply('scraper-2', { signal: 'seen', session: 'night', type: 'scraper' })
    .beat('scraper-2')
    .beat('scraper-3');
  return rig.live(5 * minute + second, () => rig.beat('alive'));
}

type ServeOptions = NonNullable<Parameters<typeof serveFleet>[1]>;

async function serve(rig: AlertRig, options: Partial<ServeOptions> = {}) {
  const audited: unknown[] = [];
  const served = await serveFleet(rig, {
    alerts: rig.engine,
    alertSettings: alertSettingsOf({}),
    incidents: (query) => rig.engine.incidents.list(query),
    audit: (deed) => Promise.resolve(audited.push(deed) > 0),
    ...options,
  });
  onTestFinished(() => expect(served.failures).toEqual([]));
  const list = async (query = ''): Promise<AlertAnswer[]> => (await served.get(`${path}${query}`)).json();
  const acknowledge = (id: string, body?: unknown, headers?: Record<string, string>) =>
    served.get(`${path}/${id}/acknowledge`, post(body, headers));
  return { ...served, list, acknowledge, audited };
}

describe('GET /api/health/alerts', () => {
  it('lists what fires, the most urgent first, in the documented shape', async () => {
    const { list } = await serve(troubled());
    const alerts = await list();
    for (const alert of alerts) expectToMatchSchema(alert, document.components.schemas.Alert!, document);
    expect(alerts.map(({ state, severity }) => `${state} ${severity}`)).toEqual([
      'firing critical',
      'firing critical',
      'firing critical',
      'firing warning',
      'resolved info',
      'resolved info',
    ]);
    expect(alerts.map(({ name, source_id }) => `${name} ${source_id}`).sort()).toEqual([
      'AgentLate scraper-2',
      'AgentLate scraper-3',
      'AgentOffline scraper-2',
      'AgentOffline scraper-3',
      'SessionCritical night',
      'SystemCpuHigh system',
    ]);
    expect(alerts.find(({ source_id }) => source_id === 'scraper-2')).toEqual({
      alert_id: expect.stringMatching(/^[0-9a-f]{16}$/),
      name: 'AgentOffline',
      severity: 'critical',
      state: 'firing',
      message: 'Agent scraper-2 is offline',
      source_type: 'agent',
      source_id: 'scraper-2',
      timestamp: new Date(epochMs + 2 * minute).toISOString(),
      fired_at: new Date(epochMs + 2 * minute).toISOString(),
      resolved_at: null,
      action_required: true,
      acknowledged: false,
      acknowledged_by: null,
      acknowledged_at: null,
      acknowledged_until: null,
      comment: null,
      description: expect.stringContaining('scraper-2'),
      runbook_url: expect.stringMatching(/#agentoffline$/),
      value: 1,
      labels: {
        alertname: 'AgentOffline',
        severity: 'critical',
        scope: 'agent',
        subject: 'scraper-2',
        vitals_agent_id: 'scraper-2',
        vitals_session_id: 'night',
        vitals_agent_type: 'scraper',
      },
    });
  });

  it('says in words what is wrong', async () => {
    const { list } = await serve(troubled());
    const [cpu] = await list('?source_type=system');
    expect(cpu).toMatchObject({ message: 'High CPU usage: 85%', source_type: 'system', source_id: 'system' });
  });

  it('maps what simple clients do not know to system, and keeps the truth in the labels', async () => {
    const alert = firingAlert({
      name: 'AccountExhausted',
      severity: 'warning',
      scope: 'account',
      subject: 'acct',
    });
    const rig = new AlertRig();
    const alerts = { entries: () => [alert], find: () => alert, acknowledge: () => alert };
    const [answer] = await (await serve(rig, { alerts })).list('?source_type=system');
    expect(answer).toMatchObject({ source_type: 'system', source_id: 'acct', labels: { scope: 'account' } });
  });

  it.each([
    ['?severity=warning', ['SystemCpuHigh']],
    ['?severity=warning&severity=info&state=firing', ['SystemCpuHigh']],
    ['?state=resolved', ['AgentLate', 'AgentLate']],
    ['?source_id=scraper-3&state=firing', ['AgentOffline']],
    ['?name=SessionCritical', ['SessionCritical']],
    ['?name=Nobody', []],
  ])('filters by %s', async (query, names) => {
    const { list } = await serve(troubled());
    expect((await list(query)).map(({ name }) => name)).toEqual(names);
  });

  it.each([
    [
      '?severity=bad',
      'Cannot use severity as it must be one of critical, warning, info: current value is bad',
    ],
    ['?state=gone', 'Cannot use state as it must be one of firing, pending, resolved: current value is gone'],
    ['?colour=red', 'Cannot read parameter colour as it must be one of '],
    ['?limit=0', 'Cannot use limit as it must be a whole number from 1 to 1000: current value is 0'],
    ['?cursor=mine', 'Cannot read cursor as it must be the cursor of an earlier Link'],
  ])('refuses %s', async (query, detail) => {
    const { get } = await serve(new AlertRig());
    const response = await get(`${path}${query}`);
    expect(response.status).toBe(400);
    expect((await response.json()).detail).toContain(detail);
  });

  it('is walked through page by page, each alert once, the filters kept', async () => {
    const rig = new AlertRig();
    for (let agent = 0; agent < 25; agent++) rig.beat(`agent-${agent}`, { pipeline: `p-${agent}` });
    rig.live(2 * minute, () => rig.beat('alive', { pipeline: 'q' }));
    const { get, url } = await serve(rig);
    const ids: string[] = [];
    for (
      let next: string | undefined = `${path}?state=firing&name=AgentLate&limit=10`;
      next !== undefined;
    ) {
      const response = await get(next);
      ids.push(...((await response.json()) as AlertAnswer[]).map(({ alert_id }) => alert_id));
      next = /<([^>]+)>; rel="next"/.exec(response.headers.get('link') ?? '')?.[1];
      expect(next?.includes('name=AgentLate') ?? true).toBe(true);
    }
    const all = await (await fetch(`${url}${path}?state=firing&name=AgentLate&limit=1000`)).json();
    expect([ids.length, new Set(ids)]).toEqual([
      all.length,
      new Set(all.map((alert: AlertAnswer) => alert.alert_id)),
    ]);
  });

  it('is told by an ETag that nothing has changed', async () => {
    const { get } = await serve(troubled());
    const etag = (await get(path)).headers.get('etag')!;
    expect(
      (await get(path, { headers: { 'if-none-match': etag, 'cache-control': 'max-age=0' } })).status,
    ).toBe(304);
  });
});

describe('POST /api/health/alerts/{id}/acknowledge', () => {
  const firstOf = async ({ list }: Awaited<ReturnType<typeof serve>>) => (await list())[0]!.alert_id;

  it('takes an alert in hand: no action is required any more', async () => {
    const rig = troubled();
    const served = await serve(rig);
    const id = await firstOf(served);
    const until = new Date(epochMs + rig.nowMs + 10 * minute).toISOString();
    const response = await served.acknowledge(id, { by: 'ada', comment: ' on it ', until });
    expect(response.status).toBe(200);
    const answer = await response.json();
    expectToMatchSchema(answer, document.components.schemas.Alert!, document);
    expect(answer).toMatchObject({
      alert_id: id,
      action_required: false,
      acknowledged: true,
      acknowledged_by: 'ada',
      acknowledged_until: until,
      comment: 'on it',
    });
    expect((await served.list())[0]).toEqual(answer);
    expect(served.audited).toEqual([
      {
        who: 'ada',
        action: 'acknowledge',
        subject: id,
        detail: expect.objectContaining({ comment: 'on it', severity: 'critical' }),
      },
    ]);
  });

  it('needs no body, and the second time is as the first', async () => {
    const rig = troubled();
    const served = await serve(rig);
    const id = await firstOf(served);
    const response = await served.get(`${path}/${id}/acknowledge`, { method: 'POST' });
    const first = await response.json();
    expect([response.status, first.acknowledged_by, first.acknowledged_until]).toEqual([200, 'local', null]);
    rig.live(5 * second, () => rig.beat('alive'));
    expect(await (await served.acknowledge(id, {})).json()).toEqual(first);
    const other = await (await served.acknowledge(id, { comment: 'more is known' })).json();
    expect(other).toMatchObject({ comment: 'more is known', acknowledged_by: 'local' });
  });

  it("counts the token's name, whoever the body says it was, and wants the role operator", async () => {
    const tokens = new Tokens([
      { name: 'ops', role: 'operator', token: 'a-token-of-an-operator' },
      { name: 'eyes', role: 'read', token: 'a-token-that-may-read' },
    ]);
    const served = await serve(troubled(), { tokens });
    const authorized = { authorization: 'Bearer a-token-of-an-operator' };
    const [alert] = await (await served.get(path, { headers: authorized })).json();
    const refused = await served.acknowledge(
      alert.alert_id,
      {},
      { authorization: 'Bearer a-token-that-may-read' },
    );
    expect(refused.status).toBe(403);
    expect((await served.acknowledge(alert.alert_id, {})).status).toBe(401);
    const answer = await (await served.acknowledge(alert.alert_id, { by: 'somebody' }, authorized)).json();
    expect(answer.acknowledged_by).toBe('ops');
  });

  it.each([
    [[], 'the body must be an object or nothing'],
    [{ who: 'ada' }, 'the body must hold by, comment and until alone: current value has "who"'],
    [{ by: 7 }, 'by must be a text of at most 256 characters: current value is 7'],
    [
      { comment: 'x'.repeat(1_025) },
      'comment must be a text of at most 1024 characters: current value is 1025 characters',
    ],
    [{ until: 'tomorrow' }, 'Cannot use until as it must be a time such as'],
    [
      { until: '2020-01-01T00:00:00Z' },
      'until must be in the future: current value is "2020-01-01T00:00:00Z"',
    ],
  ])('refuses the body %j', async (body, detail) => {
    const served = await serve(troubled());
    const response = await served.acknowledge(await firstOf(served), body);
    expect(response.status).toBe(400);
    expect((await response.json()).detail).toContain(detail);
  });

  it('knows no other alert, and none that is resolved', async () => {
    const served = await serve(troubled());
    const unknown = await served.acknowledge('0123456789abcdef', {});
    expect([unknown.status, (await unknown.json()).detail]).toEqual([
      404,
      'There is no alert 0123456789abcdef: /api/health/alerts lists them.',
    ]);
    const [late] = await served.list('?state=resolved');
    const resolved = await served.acknowledge(late!.alert_id, {});
    expect([resolved.status, (await resolved.json()).detail]).toEqual([
      409,
      'Cannot acknowledge AgentLate of scraper-2 as it must be pending or firing: it is resolved.'.replace(
        'scraper-2',
        late!.source_id,
      ),
    ]);
    expect((await served.get(`${path}/${late!.alert_id}/acknowledge`)).status).toBe(405);
  });

  it('says that it holds but is not on the disk where it is not', async () => {
    const served = await serve(troubled(), { audit: () => Promise.resolve(false) });
    const response = await served.acknowledge(await firstOf(served), {});
    expect([response.status, (await response.json()).acknowledged]).toEqual([202, true]);
  });
});

describe('GET /api/health/incidents', () => {
  it('lists what befell several agents, in the documented shape', async () => {
    const rig = troubled();
    const { get } = await serve(rig);
    const answer: IncidentsAnswer = await (await get('/api/health/incidents')).json();
    expectToMatchSchema(answer, document.components.schemas.Incidents!, document);
    expect(answer).toEqual({
      incidents: [
        {
          id: expect.any(String),
          kind: 'session_critical',
          subject: 'night',
          summary: 'Session night is critical: 1 agent with issues',
          members: ['scraper-2'],
          members_omitted: 0,
          started_at: expect.any(String),
          ended_at: null,
          recovery_at: null,
        },
      ],
      next_cursor: null,
    });
  });

  it('says why it can not while the store can not be read, and which cursor is none', async () => {
    const unreadable = () => Promise.reject(new StoreError('read_only', 'it is gone'));
    const broken = await serve(new AlertRig(), { incidents: unreadable });
    const response = await broken.get('/api/health/incidents');
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5']);
    const strange = await serve(new AlertRig(), {
      incidents: () => Promise.reject(new RangeError('no such cursor')),
    });
    expect((await strange.get('/api/health/incidents?cursor=mine')).status).toBe(400);
    expect((await strange.get('/api/health/incidents?colour=red')).status).toBe(400);
  });
});
