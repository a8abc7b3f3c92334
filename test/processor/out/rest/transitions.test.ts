import type { TransitionAnswer, TransitionsAnswer } from '@agent-vitals/contract';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Tokens } from '../../../../src/processor/http/index.ts';
import { openApiDocument } from '../../../../src/processor/out/rest/openapi.ts';
import { StoreError } from '../../../../src/processor/store/index.ts';
import { expectToMatchSchema } from '../../../support/json-schema.ts';
import { epochMs, minute, observation, Scenario, second } from '../../../support/observe.ts';
import { serveStoredFleet } from '../../../support/serve-store.ts';

const path = '/api/health/transitions';

async function serve(scenario = new Scenario(), options: Parameters<typeof serveStoredFleet>[1] = {}) {
  const served = await serveStoredFleet(scenario, options);
  onTestFinished(() => expect(served.failures).toEqual([]));
  const list = async (query = ''): Promise<TransitionsAnswer> => {
    const response = await served.get(`${path}${query}`);
    expect(response.status).toBe(200);
    const answer = (await response.json()) as TransitionsAnswer;
    expectToMatchSchema(answer, schema, document);
    return answer;
  };
  /** Each `agent status` in turn, a second apart; what the fleet makes of them is kept. */
  const tell = (...said: readonly string[]) => {
    for (const text of said) {
      const [id = '', state = ''] = text.split(' ');
      scenario.nowMs += second;
      const report = observation(id, { signal: 'reportedStatus', value: 1, state });
      served.store.record(scenario.fleet.apply(report, scenario.nowMs));
    }
  };
  return { ...served, list, tell };
}

const document = openApiDocument('0') as {
  paths: Record<
    string,
    { get: { responses: Record<number, { content: Record<string, { schema: object }> }> } }
  >;
};
const schema = document.paths[path]!.get.responses[200]!.content['application/json']!.schema;

function lines({ transitions }: TransitionsAnswer): string[] {
  return transitions.map(lineOf);
}

function lineOf({ agent, from, to, at, reason, irregular }: TransitionAnswer): string {
  const mark = irregular ? ' (irregular)' : '';
  return `${agent} ${from} → ${to} @${(Date.parse(at) - epochMs) / second} ${reason}${mark}`;
}

function at(seconds: number): string {
  return new Date(epochMs + seconds * second).toISOString();
}

describe('GET /api/health/transitions', () => {
  it('is empty at first', async () => {
    expect(await (await serve()).list()).toEqual({ transitions: [], next_cursor: null });
  });

  it('lists the newest first, dated when they became true, the odd ones marked', async () => {
    const scenario = new Scenario();
    const { list, tell, store } = await serve(scenario);
    tell('a busy', 'b busy', 'a paused', 'a waiting');
    scenario.beat('b');
    scenario.nowMs += 10 * minute;
    store.record(scenario.fleet.tick(scenario.nowMs));
    expect(lines(await list())).toEqual([
      'b busy → offline @124 lease_expired',
      'a paused → waiting @4 reported (irregular)',
      'a busy → paused @3 reported',
      'b null → busy @2 first_seen',
      'a null → busy @1 first_seen',
    ]);
  });

  it('answers what became true a moment ago', async () => {
    const { list, tell } = await serve();
    for (const state of ['busy', 'idle', 'busy', 'idle']) {
      tell(`a ${state}`);
      expect((await list('?limit=1')).transitions).toMatchObject([{ agent: 'a', to: state }]);
    }
  });

  it.each([
    ['a', ['a']],
    ['shop/cart@host-1', ['shop%2Fcart%40host-1', 'shop/cart@host-1']],
    ['räuber ☂', [encodeURIComponent('räuber ☂')]],
    ["a'; DROP TABLE transition; --", [encodeURIComponent("a'; DROP TABLE transition; --")]],
  ])('lists those of %s alone', async (agent, spellings) => {
    const scenario = new Scenario();
    const { list, store } = await serve(scenario);
    for (const id of [agent, 'another', `${agent}-2`]) {
      store.record(
        scenario.fleet.apply(observation(id, { signal: 'reportedStatus', value: 1, state: 'busy' }), 0),
      );
    }
    for (const spelling of spellings) {
      expect(lines(await list(`?agent=${spelling}`))).toEqual([`${agent} null → busy @0 first_seen`]);
    }
    expect((await list('?agent=nobody')).transitions).toEqual([]);
    expect((await list('')).transitions).toHaveLength(3);
  });

  it('lists those since a time, that moment included, however it is written', async () => {
    const { list, tell } = await serve();
    tell('a busy', 'a idle', 'a busy');
    const last2 = ['a idle → busy @3 reported', 'a busy → idle @2 reported'];
    const cest = at(2 + 7200).replace('Z', '+02:00');
    for (const since of [at(2), at(2).replace('.000Z', 'Z'), at(2).replace('T', ' '), at(1.001), cest]) {
      expect(lines(await list(`?since=${encodeURIComponent(since)}`))).toEqual(last2);
    }
    expect(lines(await list(`?since=${at(3.001)}`))).toEqual([]);
    expect(lines(await list(`?agent=b&since=${at(0)}`))).toEqual([]);
  });

  it('goes through all pages without a gap or a repetition, whatever comes meanwhile', async () => {
    const { list, tell } = await serve();
    const states = ['busy', 'idle', 'busy', 'waiting', 'busy', 'idle', 'paused'];
    tell(...states.flatMap((state) => [`a ${state}`, `b ${state}`]));
    const all = lines(await list());
    expect(all).toHaveLength(14);
    const seen: string[] = [];
    let query = '?limit=4';
    for (let pages = 1; ; pages++) {
      const page = await list(query);
      seen.push(...lines(page));
      tell('c busy', 'c idle');
      if (page.next_cursor === null) {
        expect(pages).toBe(4);
        break;
      }
      query = `?limit=4&cursor=${encodeURIComponent(page.next_cursor)}`;
    }
    expect(seen).toEqual(all);
    const page = await list('?agent=b&limit=5');
    const rest = await list(`?agent=b&limit=5&cursor=${page.next_cursor}`);
    expect([...lines(page), ...lines(rest)]).toEqual(all.filter((line) => line.startsWith('b ')));
    expect(rest.next_cursor).toBeNull();
  });

  it('keeps many that became true at once apart', async () => {
    const scenario = new Scenario();
    const { list, store } = await serve(scenario);
    const ids = Array.from({ length: 25 }, (_, index) => `agent-${index}`);
    for (const id of ids) {
      store.record(
        scenario.fleet.apply(observation(id, { signal: 'reportedStatus', value: 1, state: 'busy' }), 0),
      );
    }
    const seen: string[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page: TransitionsAnswer = await list(`?limit=10${cursor === '' ? '' : `&cursor=${cursor}`}`);
      seen.push(...page.transitions.map(({ agent }) => agent));
      cursor = page.next_cursor;
    }
    expect(seen).toEqual(ids.toReversed());
  });

  it.each([
    ['?limit=0', 'Cannot use limit as it must be a whole number from 1 to 1000: current value is 0'],
    ['?limit=1001', 'Cannot use limit as it must be a whole number from 1 to 1000: current value is 1001'],
    ['?limit=', 'Cannot use limit as it must be a whole number from 1 to 1000: current value is '],
    ['?limit=ten', 'Cannot use limit as it must be a whole number from 1 to 1000: current value is ten'],
    [
      '?since=yesterday',
      'Cannot use since as it must be a time such as 2030-01-31T12:00:00Z: current value is "yesterday"',
    ],
    [
      '?since=1800000000',
      'Cannot use since as it must be a time such as 2030-01-31T12:00:00Z: current value is "1800000000"',
    ],
    [
      '?since=2030-01-31T12:00:00',
      'Cannot use since as it must be a time such as 2030-01-31T12:00:00Z: current value is "2030-01-31T12:00:00"',
    ],
    [
      '?since=2030-02-29T12:00:00Z',
      'Cannot use since as it must be a time such as 2030-01-31T12:00:00Z: current value is "2030-02-29T12:00:00Z"',
    ],
    ['?cursor=7', 'Cannot read the list as its cursor must be one that an answer gave: current value is 7'],
    [
      '?cursor=1.1%3B--',
      'Cannot read the list as its cursor must be one that an answer gave: current value is 1.1;--',
    ],
    ['?agent=a&agent=b', 'Cannot read agent as it must be given once: current count is 2'],
    ['?id=a', 'Cannot read parameter id as it must be one of agent, since, limit, cursor'],
  ])('refuses %s', async (query, detail) => {
    const response = await (await serve()).get(`${path}${query}`);
    expect([response.status, (await response.json()).detail]).toEqual([400, detail]);
  });

  it('spares the body when nothing has changed', async () => {
    const { get, tell } = await serve();
    tell('a busy');
    const etag = (await get(path)).headers.get('etag') ?? '';
    const again = { headers: { 'if-none-match': etag, 'cache-control': 'max-age=0' } };
    expect((await get(path, again)).status).toBe(304);
    tell('a idle');
    expect((await get(path, again)).status).toBe(200);
  });

  it.each([
    [undefined, 401],
    ['a-token-that-may-send', 403],
    ['a-token-that-may-read', 200],
  ])('answers token %s by %d', async (token, status) => {
    const tokens = new Tokens([
      { name: 'grafana', role: 'read', token: 'a-token-that-may-read' },
      { name: 'agents', role: 'ingest', token: 'a-token-that-may-send' },
    ]);
    const { get } = await serve(new Scenario(), { tokens });
    const headers: HeadersInit = token === undefined ? {} : { authorization: `Bearer ${token}` };
    expect((await get(path, { headers })).status).toBe(status);
  });

  it('takes no other method', async () => {
    const { get } = await serve();
    const response = await get(path, { method: 'DELETE' });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    expect((await get(path, { method: 'HEAD' })).status).toBe(200);
  });

  it('asks for patience while the store can not be read', async () => {
    const { get } = await serve(new Scenario(), {
      transitions: () => Promise.reject(new StoreError('full', 'Cannot use the store /srv/a.db as …')),
    });
    const response = await get(path);
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5']);
    expect((await response.json()).detail).toBe(
      'Cannot list transitions as the store must be readable: it is not (full).',
    );
  });
});
