import type { IntegrationAnswer } from '@agent-vitals/contract';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openApiDocument } from '../../../../src/processor/out/rest/openapi.ts';
import { expectToMatchSchema } from '../../../support/json-schema.ts';
import { epochMs, minute, Scenario, second } from '../../../support/observe.ts';
import { Operations } from '../../../support/operations.ts';
import { serveFleet } from '../../../support/serve-fleet.ts';

const document = openApiDocument('0') as { components: { schemas: Record<string, object> } };
const path = '/api/health/integrations';

async function serve(scenario: Scenario) {
  const served = await serveFleet(scenario);
  onTestFinished(() => expect(served.failures).toEqual([]));
  return served;
}

describe('GET /api/health/integrations', () => {
  it('is an empty list before anything is called', async () => {
    const response = await (await serve(new Scenario())).get(path);
    expect([response.status, await response.json(), response.headers.get('link')]).toEqual([200, [], null]);
  });

  it('lists what agents call, by name, in the documented shape', async () => {
    const scenario = new Scenario();
    const operations = new Operations(scenario);
    operations.call('a', 'search', 8, 250).call('b', 'search', 2, 1_000, 'timeout');
    scenario.pass(3 * second);
    operations.call('a', 'mail', 3, 10, 'refused').call('a', 'openai', 10, 20_000);
    const answer: IntegrationAnswer[] = await (await (await serve(scenario)).get(path)).json();
    expect(answer).toEqual([
      {
        integration_id: 'mail',
        integration_name: 'mail',
        status: 'error',
        last_used: new Date(epochMs + 3_000).toISOString(),
        latency_ms: 10,
        error_rate: 1,
        health_trend: null,
        connection_status: 'disconnected',
        slow_above_ms: 2_000,
      },
      {
        integration_id: 'openai',
        integration_name: 'openai',
        status: 'healthy',
        last_used: new Date(epochMs + 3_000).toISOString(),
        latency_ms: 20_000,
        error_rate: 0,
        health_trend: null,
        connection_status: 'connected',
        slow_above_ms: 30_000,
      },
      {
        integration_id: 'search',
        integration_name: 'search',
        status: 'degraded',
        last_used: new Date(epochMs).toISOString(),
        latency_ms: 400,
        error_rate: 0.2,
        health_trend: null,
        connection_status: 'degraded',
        slow_above_ms: 2_000,
      },
    ]);
    for (const integration of answer) {
      expectToMatchSchema(integration, document.components.schemas.Integration!, document);
    }
  });

  it('is null in what the window no longer tells', async () => {
    const scenario = new Scenario();
    new Operations(scenario).call('a', 'search', 8, 250);
    scenario.pass(6 * minute);
    const [integration] = await (await (await serve(scenario)).get(path)).json();
    expect(integration).toMatchObject({
      status: 'healthy',
      connection_status: 'unknown',
      latency_ms: null,
      error_rate: null,
      last_used: new Date(epochMs).toISOString(),
    });
  });

  it('names the next page by Link, whoever comes meanwhile', async () => {
    const scenario = new Scenario();
    const operations = new Operations(scenario);
    for (const name of ['b', 'ä/ö?&', 'd', 'e', 'zürich']) operations.call('a', name, 1);
    const { get } = await serve(scenario);
    const met: string[] = [];
    let next: string | undefined = `${path}?limit=2`;
    while (next !== undefined) {
      const response = await get(next);
      expect(response.status).toBe(200);
      met.push(...(await response.json()).map(({ integration_id }: IntegrationAnswer) => integration_id));
      next = /^<([^>]+)>; rel="next"$/.exec(response.headers.get('link') ?? '')?.[1];
      if (met.length === 2) operations.call('a', 'a', 1).call('a', 'f', 1);
    }
    expect(met).toEqual(['b', 'd', 'e', 'f', 'zürich', 'ä/ö?&']);
  });

  it.each([
    ['limit=0', 'from 1 to 1000'],
    ['cursor=!!', 'the cursor of an earlier Link'],
    ['cursor=a&cursor=b', 'must be given once'],
    ['status=error', 'must be one of limit, cursor'],
  ])('refuses ?%s', async (query, detail) => {
    const response = await (await serve(new Scenario())).get(`${path}?${query}`);
    expect(response.status).toBe(400);
    expect((await response.json()).detail).toContain(detail);
  });
});
