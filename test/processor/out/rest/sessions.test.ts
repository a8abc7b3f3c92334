import type { SessionAnswer, SessionSummaryAnswer } from '@agent-vitals/contract';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openApiDocument } from '../../../../src/processor/out/rest/openapi.ts';
import { agentInfo } from '../../../support/fleet-view.ts';
import { expectToMatchSchema } from '../../../support/json-schema.ts';
import { epochMs, minute, Scenario, second } from '../../../support/observe.ts';
import { serveFleet } from '../../../support/serve-fleet.ts';
import { waitFor } from '../../../support/wait.ts';

const document = openApiDocument('0') as { components: { schemas: Record<string, object> } };

function expectToBe(schema: string, answer: unknown): void {
  expectToMatchSchema(answer, document.components.schemas[schema]!, document);
}

async function serve(scenario: Scenario) {
  const served = await serveFleet(scenario);
  onTestFinished(() => expect(served.failures).toEqual([]));
  const json = async (path: string) => {
    const response = await served.get(path);
    expect(response.status).toBe(200);
    return response.json();
  };
  return { ...served, json };
}

function join(scenario: Scenario, session: string, states: Readonly<Record<string, string>>): Scenario {
  for (const [id, state] of Object.entries(states)) {
    scenario.apply(id, { signal: 'seen', session }).beat(id).report(id, state);
  }
  return scenario;
}

describe('GET /api/health/sessions', () => {
  it('lists every session with its verdict', async () => {
    const scenario = join(new Scenario(), 's1', { a: 'busy', b: 'error' });
    join(scenario, 's2', { c: 'idle' }).beat('alone');
    scenario.apply('c', { signal: 'info', info: agentInfo({ sessionName: 'Night shift' }) });
    const answer = await (await serve(scenario)).json('/api/health/sessions');
    expect(answer).toEqual({
      sessions: [
        {
          session_id: 's1',
          session_name: null,
          session_health: 'degraded',
          health_score: 50,
          total_agents: 2,
        },
        {
          session_id: 's2',
          session_name: 'Night shift',
          session_health: 'healthy',
          health_score: 100,
          total_agents: 1,
        },
      ],
      total: 2,
      next_cursor: null,
    });
    expectToBe('Sessions', answer);
  });

  it('is walked by cursors: who stays is met once, whoever comes and goes', async () => {
    const scenario = new Scenario();
    for (let index = 0; index < 7; index++) join(scenario, `s${index}`, { [`a${index}`]: 'busy' });
    const { json } = await serve(scenario);
    const met: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page: { sessions: SessionSummaryAnswer[]; next_cursor: string | null; total: number } =
        await json(`/api/health/sessions?limit=3${cursor === '' ? '' : `&cursor=${cursor}`}`);
      met.push(...page.sessions.map(({ session_id }) => session_id));
      cursor = page.next_cursor;
      if (met.length === 3) {
        // The one at which the next page begins leaves, and one comes in a place that is free.
        scenario.fleet.forget(scenario.fleet.find('a3'), 0);
        scenario.fleet.forget(scenario.fleet.find('a0'), 0);
        join(scenario, 'new', { b: 'busy' });
      }
    }
    expect(met.filter((session) => session !== 'new')).toEqual(['s0', 's1', 's2', 's4', 's5', 's6']);
  });

  it.each([
    ['limit=0', 'from 1 to 1000'],
    ['limit=1001', 'from 1 to 1000'],
    ['limit=ten', 'from 1 to 1000'],
    ['limit=1&limit=2', 'must be given once'],
    ['status=healthy', 'must be one of limit, cursor'],
    ['cursor=nonsense', 'next_cursor of an earlier answer'],
  ])('refuses ?%s', async (query, detail) => {
    const response = await (await serve(new Scenario())).get(`/api/health/sessions?${query}`);
    expect(response.status).toBe(400);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
    expect((await response.json()).detail).toContain(detail);
  });
});

describe('GET /api/health/sessions/{id}', () => {
  const path = '/api/health/sessions/s';

  it.each(['fast', 'detailed', 'comprehensive'])('answers in the documented shape: %s', async (strategy) => {
    const scenario = join(new Scenario(), 's', { a: 'busy', b: 'exhausted', c: 'error' });
    scenario.apply('a', { signal: 'processCpuUtilization', value: 0.5 });
    const answer: SessionAnswer = await (await serve(scenario)).json(`${path}?strategy=${strategy}`);
    expectToBe('Session', answer);
    expect(answer).toMatchObject({
      session_id: 's',
      session_health: 'degraded',
      metrics: { total_agents: 3, active_agents: 1, degraded_agents: 1, failed_agents: 1, health_score: 50 },
      collection_timestamp: new Date(epochMs).toISOString(),
      warnings: ['Health score is low: 50.0'],
    });
    expect(answer.metrics.total_cpu_percent).toBe(strategy === 'fast' ? null : 50);
    expect(answer.agents[0]!.health.score !== null).toBe(strategy === 'comprehensive');
  });

  it('is detailed, with everything, where nothing is said', async () => {
    const scenario = join(new Scenario(), 's', { a: 'busy' });
    const { json } = await serve(scenario);
    const plain = await json(path);
    expect(
      await json(`${path}?strategy=detailed&include_health=true&include_metrics=true&use_cache=true`),
    ).toEqual(plain);
  });

  it('reads its flags', async () => {
    const scenario = join(new Scenario(), 's', { a: 'busy' });
    scenario.apply('a', { signal: 'processThreadCount', value: 4 });
    const { json } = await serve(scenario);
    const threadsOf = async (query: string) => (await json(`${path}?${query}`)).metrics.total_threads;
    expect(await threadsOf('include_metrics=false')).toBeNull();
    expect(await threadsOf('')).toBe(4);
    const scoreOf = async (query: string) =>
      (await json(`${path}?strategy=comprehensive&${query}`)).agents[0].health.score;
    expect(await scoreOf('include_health=false')).toBeNull();
    expect(await scoreOf('include_health=true')).toBe(1);
    // No transition: the cache still has four threads.
    scenario.apply('a', { signal: 'processThreadCount', value: 5 });
    expect(await threadsOf('')).toBe(4);
    expect(await threadsOf('use_cache=false')).toBe(5);
    expect(await threadsOf('')).toBe(4);
  });

  it('spares the body while the cache holds', async () => {
    const scenario = join(new Scenario(), 's', { a: 'busy' });
    const { get } = await serve(scenario);
    const etag = (await get(path)).headers.get('etag') ?? '';
    scenario.pass(5 * second).beat('a');
    const again = { headers: { 'if-none-match': etag, 'cache-control': 'max-age=0' } };
    expect((await get(path, again)).status).toBe(304);
    scenario.pass(30 * second).beat('a');
    expect((await get(path, again)).status).toBe(200);
  });

  it('says what is partial, in words', async () => {
    const scenario = join(new Scenario(), 's', { a: 'busy', b: 'busy' });
    scenario.pass(2 * minute, second);
    join(scenario, 's', { c: 'busy' });
    expect(await (await serve(scenario)).json(path)).toMatchObject({
      session_health: 'degraded',
      partial_results: true,
      metrics: { offline_agents: 2, critical_issues: 2, health_score: 33.3 },
      warnings: ['2 agents are offline or unreachable', 'Health score is low: 33.3'],
    });
  });

  it.each([
    ['team/night shift', 'team%2Fnight%20shift'],
    ['team/night shift', 'team/night%20shift'],
    ['Nächte-🌙', encodeURIComponent('Nächte-🌙')],
    ['stats/of/mine', 'stats/of/mine'],
  ])('finds %s at %s', async (session, at) => {
    const { json } = await serve(join(new Scenario(), session, { a: 'busy' }));
    expect((await json(`/api/health/sessions/${at}`)).session_id).toBe(session);
  });

  it.each([
    ['/api/health/sessions/nobody', 404, 'There is no session nobody.'],
    ['/api/health/sessions/%zz', 400, 'correctly percent-encoded'],
    [`${path}?strategy=slow`, 400, 'must be one of fast, detailed, comprehensive: current value is slow'],
    [`${path}?strategy=fast&strategy=fast`, 400, 'must be given once'],
    [`${path}?include_health=yes`, 400, 'include_health as it must be true or false: current value is yes'],
    [`${path}?include_metrics=1`, 400, 'include_metrics as it must be true or false'],
    [`${path}?use_cache=`, 400, 'use_cache as it must be true or false'],
    [`${path}?limit=0`, 400, 'limit as it must be a whole number from 1 to 10000'],
    [`${path}?limit=10001`, 400, 'limit as it must be a whole number from 1 to 10000'],
    [`${path}?cache=no`, 400, 'must be one of strategy, include_health, include_metrics, use_cache'],
  ])('answers %s with problem %d', async (url, status, detail) => {
    const response = await (await serve(join(new Scenario(), 's', { a: 'busy' }))).get(url);
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
    expect((await response.json()).detail).toContain(detail);
  });

  it('is collected so often at once, and no oftener', async () => {
    const pending: ((answer: undefined) => void)[] = [];
    const sessions = {
      collect: () => new Promise<undefined>((resolve) => pending.push(resolve)),
      summaryOf: () => expect.unreachable(),
      statistics: () => expect.unreachable(),
    };
    const { get } = await serveFleet(new Scenario(), { sessions });
    const first = Array.from({ length: 16 }, () => get(path));
    await waitFor(() => pending.length === 16, { what: 'every collection under way' });
    const refused = await get(path);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
    for (const answer of pending.splice(0)) answer(undefined);
    expect((await Promise.all(first)).map(({ status }) => status)).toEqual(first.map(() => 404));
    const after = get(path);
    await waitFor(() => pending.length === 1, { what: 'room for one more' });
    pending[0]!(undefined);
    expect((await after).status).toBe(404);
  });

  it('lists up to ten thousand agents, byte for byte what was collected, and tells when nothing has changed', async () => {
    const scenario = new Scenario();
    for (let index = 0; index < 1_300; index++) join(scenario, 's1', { [`søk-${index}`]: 'busy' });
    const { get } = await serve(scenario);
    const path = '/api/health/sessions/s1?limit=10000';
    const response = await get(path);
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    const answer = (await response.json()) as SessionAnswer;
    expectToBe('Session', answer);
    expect([answer.agents.length, answer.agents_omitted]).toEqual([1_300, 0]);
    expect(new Set(answer.agents.map(({ agent_id }) => agent_id)).size).toBe(1_300);
    expect(answer.agents.every(({ agent_id }) => /^søk-\d+$/.test(agent_id))).toBe(true);
    const etag = response.headers.get('etag') ?? '';
    const again = { headers: { 'if-none-match': etag, 'cache-control': 'max-age=0' } };
    expect((await get(path, again)).status).toBe(304);
  });

  it('can only be read', async () => {
    const response = await (await serve(join(new Scenario(), 's', { a: 'busy' }))).get(path, {
      method: 'DELETE',
    });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });
});

describe('GET /api/health/sessions/stats', () => {
  it('counts what the cache did not answer', async () => {
    const { json } = await serve(join(new Scenario(), 's', { a: 'busy' }));
    for (const query of ['', '', '?strategy=fast', '?use_cache=false'])
      await json(`/api/health/sessions/s${query}`);
    const answer = await json('/api/health/sessions/stats');
    expect(answer).toEqual({
      total_collections: 3,
      successful_collections: 3,
      partial_collections: 0,
      failed_collections: 0,
      avg_collection_time_ms: 0,
      success_rate: 100,
      partial_rate: 0,
      cache_entries: 2,
    });
    expectToBe('SessionStatistics', answer);
  });

  it('comes before a session of that name, which only the list shows', async () => {
    const { json } = await serve(join(new Scenario(), 'stats', { a: 'busy' }));
    expect(await json('/api/health/sessions/stats')).toHaveProperty('total_collections', 0);
    expect((await json('/api/health/sessions')).sessions[0].session_id).toBe('stats');
  });
});
